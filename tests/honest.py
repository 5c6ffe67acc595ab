"""Finds figures that are shown without what they need: their range and the number of answers behind them.

A percentage in a page, a mail or a picture's words has to be one of these:

- written out whole, as `reports.figures.figure` does: ``62 % (45-77 %), n 12, provisional``;
- inside an element with ``data-estimate``, whose words together hold figure, range and n;
- the level of a range ("90 % range");
- inside an element with ``data-number``, of one of the kinds in `NO_ESTIMATE`, or of class ``prose``: those hold what
  authors wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from lxml import html

NO_ESTIMATE = {
    "scale": "labels of an axis, and classes that people or questions are sorted into",
    "cut": "a pass mark, and the probability that it is reached, which is itself how sure one is",
    "rating": "what one judge said",
    "form": "a property of the form that was drawn",
    "content": "the words of a question, its answers and its key",
}

NOT_OF_A_PERSON = {"question", "plan", "panel"}
"""Values of ``data-estimate`` for figures that rest on no assumed difficulty, or say themselves that they do."""

FIGURE = re.compile(r"\d ?%|± ?\d|\bpercentile \d|\bpoints (out )?of 100\b", re.IGNORECASE)
WHOLE = re.compile(r"\d+ % \(\d+–\d+ %\), n (?:= )?\d+(?P<said>, provisional)?")
PLACE = re.compile(r"Percentile \d+ \(\d+–\d+\) among .+?: n = \d+, counted on")
DIFFERENCES = (
    re.compile(r"by (?:\d+–|less than 1 to )\d+ % of the questions \(n \d+ and \d+\)"),
    re.compile(r"by (?:\d+|less than 1) to \d+ points of 100 \(\d+ % range; n \d+ at first, n \d+ now\)"),
)
LEVEL = re.compile(r"\d+ % (?:posterior )?(?:range|interval)s?\b|in \d+ % of cases|\(90 %: that is how often a range")
RANGE = re.compile(
    r"[+−]\d+ to [+−]\d+ points of 100|\d+(?: %)?–\d+|± ?\d|between \d+ % and \d+ %|standard error of \d"
    r"|Low end \d+ % High end \d+ %"
)
N = re.compile(r"\bn (?:= )?\d+|\b\d+ (?:questions?|judges|people)\b|\bQuestions \d+")
# Words that stand in attributes and are read out or shown.
ATTRIBUTES = ("aria-label", "alt", "title", "placeholder", "content")
SILENT = {"script", "style", "template"}


def plain(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())


def in_text(text: str, *, provisional: bool) -> list[str]:
    """What is wrong with words that stand outside of any marked element."""
    text = plain(text)
    wrong = [f"not called provisional: {m[0]}" for m in WHOLE.finditer(text) if provisional and not m["said"]]
    wrong += [f"a percentile without data: {m[0]}" for m in PLACE.finditer(text) if provisional]
    for allowed in (WHOLE, PLACE, *DIFFERENCES, LEVEL):
        text = allowed.sub("…", text)
    return wrong + [f"alone: …{text[max(0, m.start() - 50) : m.end() + 30]}…" for m in FIGURE.finditer(text)]


def in_estimate(text: str, *, provisional: bool) -> list[str]:
    """What is wrong inside of an element that says it holds a whole figure."""
    text = LEVEL.sub("…", plain(text))
    if not FIGURE.search(text):
        return []
    missing = [name for name, found in (("range", RANGE), ("n", N)) if not found.search(text)]
    if provisional and "provisional" not in text.lower():
        missing.append("the word provisional")
    return [f"without {' and '.join(missing)}: {text[:160]}"] if missing else []


class Page:
    """A page as its reader gets it. ``estimates`` counts the figures that were found whole."""

    def __init__(self, source: str, *, provisional: bool) -> None:
        self.wrong: list[str] = []
        self.estimates = 0
        self.provisional = provisional
        self._walk(html.document_fromstring(source))

    def _walk(self, node: html.HtmlElement) -> None:
        loose = " ".join(self._loose(node))
        self.estimates += len(WHOLE.findall(plain(loose)))
        self.wrong += in_text(loose, provisional=self.provisional)

    def _loose(self, node: html.HtmlElement) -> Iterator[str]:
        """Words of a node and its descendants that stand in no marked element; those are checked on the way."""
        if not isinstance(node.tag, str) or node.tag in SILENT or "prose" in node.attrib.get("class", "").split():
            return
        if "data-number" in node.attrib:
            kind = node.attrib["data-number"]
            self.wrong += [] if kind in NO_ESTIMATE else [f"no such kind of number: {kind}"]
            return
        if "data-estimate" in node.attrib:
            text = words(node)
            self.estimates += bool(FIGURE.search(plain(text)))
            of_a_person = node.attrib["data-estimate"] not in NOT_OF_A_PERSON
            self.wrong += in_estimate(text, provisional=self.provisional and of_a_person)
            return
        yield from (node.attrib[name] for name in ATTRIBUTES if name in node.attrib)
        yield node.text or ""
        for child in node:
            yield from self._loose(child)
            yield child.tail or ""


def words(node: html.HtmlElement) -> str:
    """All words of an element; cells of a row with the heads of their columns, as a screen reader says them."""
    if node.tag != "tr":
        return " ".join(node.itertext())
    return " ".join(f"{cell.attrib.get('data-label', '')} {' '.join(cell.itertext())}" for cell in node)


def in_json(found: Any, known: frozenset[str] = frozenset(), where: str = "") -> list[str]:
    """Objects with a figure and without its range, n and label. What stands in an object around it counts as said."""
    if isinstance(found, list):
        return [wrong for at, one in enumerate(found) for wrong in in_json(one, known, f"{where}[{at}]")]
    if not isinstance(found, dict):
        return []
    said = known | {name for name, value in found.items() if value is not None}
    wrong = []
    if isinstance(found.get("value", found.get("estimate")), int | float):
        wrong = [f"{where}: no {name}" for name in ("low", "high") if found.get(name) is None]
        wrong += [f"{where}: no {names}" for names in (("n", "questions"), ("provisional",)) if not said & set(names)]
    return wrong + [line for name, value in found.items() for line in in_json(value, said, f"{where}.{name}")]


def in_table(rows: Iterable[list[Any]]) -> list[str]:
    """An export: each column of estimates has its range, count and label beside it, and each cell has them filled."""
    heads, *lines = list(rows)
    at = {str(head): number for number, head in enumerate(heads)}
    of = [head.removesuffix(" estimate") for head in at if head.endswith(" estimate")]
    assert of, heads
    wrong = []
    for name in of:
        needed = [f"{name} {column}" for column in ("low", "high", "level", "questions", "provisional")]
        absent = [f"no column {column}" for column in needed if column not in at]
        wrong += absent
        for number, line in enumerate([] if absent else lines, start=2):
            if line[at[f"{name} estimate"]] not in (None, ""):
                empty = [column for column in needed if line[at[column]] in (None, "")]
                wrong += [f"line {number}: no {column}" for column in empty]
    return wrong
