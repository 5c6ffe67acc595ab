"""Moodle's embedded answers: ``{1:SHORTANSWER:=Paris#Right~London}`` inside a text, in both directions."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from question_bank.formats.shapes import distinct, number_of, plain_number

_KINDS = {
    "SHORTANSWER": "text", "SA": "text", "MW": "text", "SHORTANSWER_C": "case", "SAC": "case", "MWC": "case",
    "NUMERICAL": "number", "NM": "number",
    "MULTICHOICE": "list", "MC": "list", "MULTICHOICE_V": "list", "MCV": "list", "MULTICHOICE_H": "list", "MCH": "list",
    "MULTICHOICE_S": "list", "MCS": "list", "MULTICHOICE_VS": "list", "MCVS": "list", "MULTICHOICE_HS": "list",
    "MCHS": "list",
}  # fmt: skip
_GAP = re.compile(r"\{(\d*):([A-Z_]+):((?:\\.|[^\\}])*)\}", re.DOTALL)
_WEIGHT = re.compile(r"^(?:%(-?\d{1,3}(?:\.\d+)?)%|=)")


@dataclass(frozen=True, slots=True)
class Embedded:
    """One gap as the text has it: ``kind`` is text, case, number or list; answers are (percent, text, feedback)."""

    kind: str
    answers: tuple[tuple[float, str, str], ...]


def found_in(text: str, mark: Callable[[int], str], *, markup: bool) -> tuple[str, list[Embedded | str]]:
    """The text with ``mark(n)`` for each gap, and the gaps; a word instead of a gap is a kind that nobody knows.

    ``markup``: the text is HTML, so that answers may hold tags and entities.
    """
    gaps: list[Embedded | str] = []

    def replaced(found: re.Match[str]) -> str:
        kind = _KINDS.get(found[2])
        answers = tuple(_answer(part, markup) for part in re.split(r"(?<!\\)~", found[3]))
        gaps.append(Embedded(kind, answers) if kind else found[2])
        return mark(len(gaps) - 1)

    return _GAP.sub(replaced, text), gaps


def _answer(text: str, markup: bool) -> tuple[float, str, str]:
    text = text.strip()
    worth = 0.0
    if found := _WEIGHT.match(text):
        worth = float(found[1]) if found[1] else 100.0
        text = text[found.end() :]
    words, feedback = (*re.split(r"(?<!\\)#", text, maxsplit=1), "")[:2]
    return worth, _plain(words, markup), _plain(feedback, markup)


def _plain(text: str, markup: bool) -> str:
    if markup:
        text = re.sub(r"</?[A-Za-z][^>]*>", "", re.sub(r"<br\s*/?>|</p>", " ", text))
        text = html.unescape(text)
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL).strip()


def as_gap(embedded: Embedded, name: str, lose: Callable[[str], None]) -> dict[str, Any] | None:
    """A gap of a fill-in question; None where it has no right answer."""
    right = [(text, why) for worth, text, why in embedded.answers if worth >= 100]
    for worth, text, _ in embedded.answers:
        if 0 < worth < 100:
            lose(f"{text[:40]!r} was worth {worth:g} %; here it is wrong")
    if not right:
        return None
    gap: dict[str, Any] = {"id": name, "rationale": "\n\n".join(dict.fromkeys(why for _, why in right if why))}
    if embedded.kind == "list":
        texts = list(dict.fromkeys(text for _, text, _ in embedded.answers))
        return gap | {"kind": "list", "options": texts, "answer": right[0][0]}
    if embedded.kind == "number":
        value, _, tolerance = right[0][0].partition(":")
        numbers = number_of(value), number_of(tolerance or "0")
        if None in numbers:
            return None
        return gap | {"kind": "number", "answer": numbers[0], "tolerance": abs(numbers[1] or 0.0)}
    accepted = distinct([text for text, _ in right], embedded.kind == "case")
    return gap | {"kind": "text", "accepted": accepted} | ({"case_sensitive": True} if embedded.kind == "case" else {})


def written(gap: Any) -> str:
    """A gap of a fill-in question as Moodle writes it."""
    why = f"#{_escaped(gap.rationale)}" if gap.rationale else ""
    if gap.kind == "list":
        parts = [("=" if text == gap.answer else "") + _escaped(text) for text in gap.options]
        return "{1:MULTICHOICE:" + "~".join(p + why if p.startswith("=") else p for p in parts) + "}"
    if gap.kind == "number":
        return f"{{1:NUMERICAL:={plain_number(gap.answer)}:{plain_number(gap.tolerance)}{why}}}"
    kind = "SHORTANSWER_C" if gap.case_sensitive else "SHORTANSWER"
    first, *rest = (f"={_escaped(text)}" for text in gap.accepted)
    return "{1:" + kind + ":" + "~".join([first + why, *rest]) + "}"


def _escaped(text: str) -> str:
    """Signs with a backslash; at the start also what would be read as the mark or the weight of a right answer."""
    return re.sub(r"^([=%])", r"\\\1", re.sub(r'([\\}#~/"])', r"\\\1", text))
