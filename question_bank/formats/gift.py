"""GIFT: Moodle's plain text for questions. Reads what Moodle documents, writes what GIFT can say.

A block of text without blank lines is a question; the answers stand in braces; ``~ = # { } :`` and the
backslash are written with a backslash before them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from question_bank.formats import shapes
from question_bank.formats.base import NO_RATIONALE, Defaults, Format, Item, Losses, Parsed, Reading, Written, fixed
from question_bank.formats.markup import from_any
from question_bank.formats.shapes import Choice
from question_bank.formats.source import Source
from question_bank.formats.texts import clean
from question_bank.types import TYPES

_CODES = {"\\": "\x01", ":": "\x02", "#": "\x03", "=": "\x04", "{": "\x05", "}": "\x06", "~": "\x07", "n": "\x08"}
_BACK = {code: "\n" if sign == "n" else sign for sign, code in _CODES.items()}
_ESCAPED = re.compile(r"\\([\\:#={}~n])")
_WEIGHT = re.compile(r"^%(-?\d{1,3}(?:\.\d+)?)%")
_FORM = re.compile(r"^\s*\[(html|moodle|plain|markdown)\]")
_TAG = re.compile(r"\[(id|tag):([^\]]*)\]")
_BLANK = "_____"


class Gift(Format):
    slug = "gift"
    label = "GIFT"
    extensions = (".gift", ".txt")

    def detect(self, source: Source) -> bool:
        if source.is_archive or source.is_xml:
            return False
        start = source.start.decode("utf-8", "replace")
        if re.search(r"^(::|\$CATEGORY:|//)", start, re.MULTILINE):
            return "{" in start
        return bool(re.search(r"(?<!\\)\{\s*(#|=|~|%|T\b|F\b|TRUE|FALSE|\})", start))

    def read(self, source: Source, defaults: Defaults) -> Parsed:
        reading = Reading(source, defaults)
        category: tuple[str, ...] = ()
        for block in _blocks(source.text):
            if block.text.startswith("$CATEGORY:"):
                path = block.text.removeprefix("$CATEGORY:").replace("$course$", "").split("/")
                category = tuple(_plain(part) for part in path if part.strip())[::-1]
            elif block.text:
                _Question(reading, block, category).read()
        return reading.parsed

    def write(self, items: Sequence[Item], pictures: Mapping[str, bytes]) -> Written:
        losses = Losses()
        parts, category = [], ""
        for item in fixed(items, losses):
            text = _written(item, losses)
            if not text:
                continue
            now = "/".join(filter(None, (item.skill, item.question.topic.replace("/", "-"))))
            parts += [f"$CATEGORY: $course$/{now}\n"] if now != category else []
            category = now
            parts.append(text)
        return Written("\n".join(parts).encode(), ".gift", "text/plain; charset=utf-8", tuple(losses.problems))


@dataclass(frozen=True, slots=True)
class _Block:
    """A question's text with escaped signs as control characters, its first line, and what its comments say."""

    text: str
    line: int
    identifier: str


def _blocks(text: str) -> Iterator[_Block]:
    """Blocks between blank lines. A blank line inside braces ends none, unless the braces never close."""
    text = clean(text)[0]
    lines: list[str] = []
    start, identifier = 0, ""
    for number, line in enumerate([*text.split("\n"), ""], 1):
        stripped = line.strip()
        if stripped.startswith("//"):
            tags = dict(_TAG.findall(stripped))
            identifier = tags.get("id", identifier)
            continue
        if stripped.startswith("::") and lines and not _open(lines):  # a name begins the next question
            yield _Block("\n".join(lines).strip(), start, identifier)
            lines, start, identifier = [], 0, ""
        if stripped:
            start = start or number
            lines.append(_ESCAPED.sub(lambda found: _CODES[found[1]], line))
        elif lines and not (_open(lines) and _closes_next(text, number)):
            yield _Block("\n".join(lines).strip(), start, identifier)
            lines, start, identifier = [], 0, ""


def _open(lines: Sequence[str]) -> bool:
    whole = "\n".join(lines)
    return whole.count("{") > whole.count("}")


def _closes_next(text: str, number: int) -> bool:
    """Whether the text after a line closes a brace before it opens or names a question."""
    after = re.search(r"(?<!\\)[{}]|^::|^\$CATEGORY", "\n".join(text.split("\n")[number : number + 200]), re.MULTILINE)
    return bool(after) and after[0] == "}"  # type: ignore[index]


def _plain(text: str) -> str:
    return re.sub("[\x01-\x08]", lambda found: _BACK[found[0]], text).strip()


class _Question:
    """Reads one block."""

    def __init__(self, reading: Reading, block: _Block, category: tuple[str, ...]) -> None:
        self.reading, self.block, self.category = reading, block, category
        self.title, rest = "", block.text
        if found := re.match(r"::(.*?)::", rest, re.DOTALL):
            self.title, rest = _plain(found[1]), rest[found.end() :].strip()
        self.rest = rest
        self.form = "moodle"
        self.label = self.title or " ".join(_plain(rest).split())[:60]

    def read(self) -> None:
        start, end = self.rest.find("{"), self.rest.rfind("}")
        if start < 0 and end < 0:
            self._refused("holds no question: a description")
            return
        if start < 0 or end < start:
            self._refused("its braces do not close; write a plain brace as \\{ or \\}")
            return
        answers = self.rest[start + 1 : end].strip()
        before, after = self.rest[:start], self.rest[end + 1 :].strip().strip('";')
        stem = before if not after else f"{before}{_BLANK}{' ' if after[0].isalnum() else ''}{after}"
        if found := _FORM.match(stem):
            self.form, stem = found[1], stem[found.end() :]
        general = ""
        if "####" in answers:
            answers, _, general = answers.rpartition("####")
        fields = self._fields(answers.strip())
        if fields is None:
            return
        fields |= {"stem": self._markdown(stem), "explanation": self._markdown(general)}
        self.reading.add(
            fields,
            label=self.label,
            identifier=self.block.identifier if not self.block.identifier.isdigit() else "",
            title=self.title,
            hints=self.category,
            line=self.block.line,
        )

    def _fields(self, answers: str) -> dict[str, Any] | None:
        word = answers.partition("#")[0].strip().upper()
        if not answers:
            return self._refused("an essay: a question in free text needs a rubric; write it here")
        if answers.startswith("#"):
            return self._numeric(answers[1:])
        if "~" in answers:
            return self._choice(answers)
        if "=" in answers and "->" in answers:
            return self._matching(answers)
        if word in {"T", "TRUE", "F", "FALSE"}:
            return self._true_false(word.startswith("T"), answers)
        return self._short(answers)

    def _choice(self, answers: str) -> dict[str, Any]:
        found = [(sign, *self._answer(body)) for sign, body in _split(answers, "~=")]
        several = not any(sign == "=" for sign, *_ in found)
        options = []
        for sign, weight, text, why in found:
            worth = weight if weight is not None else 100.0 if sign == "=" else 0.0
            right = worth > 0 if several else sign == "=" or worth >= 100
            if 0 < worth < 100 and not right:
                self._lose("weight", f"{text[:40]!r} was worth {worth:g} %; here it is wrong")
            options.append(Choice(text, right, why))
        return shapes.choice(options, several=several)

    def _true_false(self, right: bool, answers: str) -> dict[str, Any]:
        parts = [self._markdown(part) for part in answers.split("#")[1:3]] + ["", ""]
        wrong, good = parts[0], parts[1]
        return shapes.true_false(right, good if right else wrong, wrong if right else good)

    def _short(self, answers: str) -> dict[str, Any]:
        accepted, whys = [], []
        for _, body in _split(answers if answers.startswith("=") else f"={answers}", "="):
            weight, text, why = self._answer(body, plain=True)
            if weight is not None and weight < 100:
                self._lose("weight", f"{text[:40]!r} was worth {weight:g} %; it is not accepted here")
                continue
            if "*" in text:
                self._lose("answer", f"the star in {text[:40]!r} stood for anything; here it is a star")
            accepted.append(text)
            whys += [why] if why else []
        return shapes.short_text(accepted, why="\n\n".join(dict.fromkeys(whys)))

    def _numeric(self, answers: str) -> dict[str, Any] | None:
        right: list[tuple[float, float, str]] = []
        misses: list[tuple[float, str]] = []
        answers, tilde, otherwise = answers.partition("~")
        if tilde:
            self._lose("feedback", f"for any other number: {_plain(otherwise).lstrip('#').strip()[:60]!r}")
        for _, body in _split(answers if answers.strip().startswith("=") else f"={answers}", "="):
            weight, text, why = self._answer(body, plain=True)
            ends = _range(text)
            if ends is None:
                return self._refused(f"{text[:40]!r} is no number")
            value, tolerance = ends
            if weight is None or weight >= 100:
                right.append((value, tolerance, why))
            elif weight > 0:
                self._lose("weight", f"{text[:40]!r} was worth {weight:g} %; here it is wrong")
            else:
                misses.append((value, why))
        if len(right) != 1:
            return self._refused(f"{len(right)} numbers are right; one is needed")
        fields = shapes.numeric(right[0][0], right[0][1], misses=misses)
        return fields | {"payload": fields["payload"] | {"working": right[0][2]}}

    def _matching(self, answers: str) -> dict[str, Any] | None:
        pairs, distractors = [], []
        for _, body in _split(answers, "="):
            left, arrow, right = body.partition("->")
            if not arrow:
                return self._refused(f"a pair without '->': {_plain(body)[:40]!r}")
            if left.strip():
                pairs.append((self._markdown(left), self._markdown(right)))
            else:
                distractors.append(self._markdown(right))
        return shapes.matching(pairs, distractors)

    def _answer(self, body: str, *, plain: bool = False) -> tuple[float | None, str, str]:
        """Weight in percent (None: not said), text and feedback of one answer."""
        body = body.strip()
        weight = None
        if found := _WEIGHT.match(body):
            weight, body = float(found[1]), body[found.end() :]
        text, _, why = body.partition("#")
        return weight, _plain(_FORM.sub("", text)) if plain else self._markdown(text), self._markdown(why)

    def _markdown(self, text: str) -> str:
        form = self.form
        if found := _FORM.match(text):
            form, text = found[1], text[found.end() :]
        return from_any(_plain(text), form, lambda what: self._lose("text", what), _no_picture)

    def _lose(self, element: str, message: str) -> None:
        self.reading.lose(self.label, element, message, line=self.block.line)

    def _refused(self, message: str) -> dict[str, Any] | None:
        self.reading.refuse(self.label, "", message, line=self.block.line)
        return None


def _no_picture(address: str, words: str) -> str:
    return ""


def _split(answers: str, signs: str) -> list[tuple[str, str]]:
    """The answers with their sign; what stands before the first sign is none."""
    parts = re.split(f"([{signs}])", answers)
    found = list(zip(parts[1::2], parts[2::2], strict=True))
    merged: list[tuple[str, str]] = []
    for sign, body in found:
        # "~%50%=x" is no two answers: an equals sign in a weighted text is a habit of some files.
        if merged and sign == "=" and merged[-1][0] == "~" and _WEIGHT.fullmatch(merged[-1][1].strip()):
            merged[-1] = ("~", merged[-1][1] + body)
        else:
            merged.append((sign, body))
    return merged


def _range(text: str) -> tuple[float, float] | None:
    """``3.14:0.01`` or ``3.1..3.2`` or ``3`` as a value and a tolerance."""
    if ".." in text:
        low, high = (shapes.number_of(part) for part in text.split("..", 1))
        if low is None or high is None:
            return None
        ends = Decimal(repr(low)), Decimal(repr(high))  # in decimals, as 3.141..3.142 is meant
        return float(sum(ends) / 2), float(abs(ends[1] - ends[0]) / 2)
    value, _, tolerance = text.partition(":")
    numbers = shapes.number_of(value), shapes.number_of(tolerance or "0")
    return None if None in numbers else numbers  # type: ignore[return-value]


# --- writing -------------------------------------------------------------------------------------------------------
def _escape(text: str) -> str:
    """Signs with a backslash, lines as ``\\n``; a lone ``[html]`` at the start is no format, as ours is named."""
    text = re.sub(r"([\\~=#{}:])", r"\\\1", text.strip())
    return text.replace("\n", "\\n")


def _why(text: str) -> str:
    return f"#{_escape(text)}" if text and text != NO_RATIONALE else ""


def _written(item: Item, losses: Losses) -> str:
    question = item.question
    payload = TYPES[question.type].load(question.payload)
    answers = _answers(question.type, payload, losses, question.id)
    if answers is None:
        losses.refuse_type(question, "GIFT")
        return ""
    fields = "difficulty, expected time, references, author and date of the check are not written"
    losses.add(question.id, "fields", fields + ("; nor the interview question" if question.interview_follow_up else ""))
    if "image:" in question.stem:
        losses.add(question.id, "pictures", "GIFT carries no pictures")
    general = f"\t####{_escape(question.explanation)}\n" if question.explanation else ""
    head = f"// [id:{question.id}]\n::{_escape(question.id)}::[markdown]{_escape(question.stem)}"
    return f"{head}{{{answers}{general}}}\n"


def _answers(kind: str, payload: Any, losses: Losses, name: str) -> str | None:
    if kind in {"single_choice", "multiple_choice"}:
        return _choices(payload, several=kind == "multiple_choice")
    if kind == "numeric":
        if payload.unit:
            losses.add(name, "unit", f"the unit {payload.unit!r} is not written; say it in the question")
        return _numbers(payload)
    if kind == "matching":
        return _pairs(payload)
    if kind == "cloze" and len(payload.gaps) == 1 and payload.text == f"[[{payload.gaps[0].id}]]":
        return _short(payload.gaps[0])
    return None


def _choices(payload: Any, *, several: bool) -> str:
    options = payload.options
    right = sum(option.correct for option in options)
    lines = []
    for option in options:
        share = 100 / right if option.correct else -100 / (len(options) - right)
        sign = f"~%{share:.5f}%" if several else "=" if option.correct else "~"
        lines.append(f"\t{sign}{_escape(option.text)}{_why(option.rationale)}\n")
    return "\n" + "".join(lines)


def _pairs(payload: Any) -> str:
    """Rows with what belongs to them; an arrow inside a text is written as a sign of its own, as nothing escapes it."""
    texts = {option.id: option.text for option in payload.options}
    lines = [f"\t={_escape(row.text).replace('->', '→')} -> {_escape(texts[row.answer])}\n" for row in payload.rows]
    used = {row.answer for row in payload.rows}
    return "\n" + "".join(lines + [f"\t= -> {_escape(text)}\n" for name, text in texts.items() if name not in used])


def _short(gap: Any) -> str | None:
    if gap.kind != "text":
        return None
    return "\n" + "".join(f"\t=%100%{_escape(text)}{_why(gap.rationale)}\n" for text in gap.accepted)


def _numbers(payload: Any) -> str:
    number = shapes.plain_number
    lines = [f"\t={number(payload.answer)}:{number(payload.tolerance)}{_why(payload.working)}\n"]
    lines += [f"\t=%0%{number(m.value)}:0{_why(m.rationale)}\n" for m in payload.near_misses]
    return "#\n" + "".join(lines)
