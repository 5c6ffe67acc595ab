"""What readers who did not write a question answered, with the whole question and with its options alone.

`manage.py bank sheet` prints questions without their keys, a reader writes down letters, and `manage.py bank record`
keeps them in ``content/reviews/``, one file per skill. A reading is of one wording: its digest says of which.
Pure Python: no Django, no database.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import yaml

from psychometrics.intervals import ShareEstimate, wilson
from question_bank.formats.pack import Pack, PackQuestion
from question_bank.types import TYPES
from question_bank.types.base import shuffled
from question_bank.types.choice import ChoiceType

REVIEWS = Path(__file__).parent / "content" / "reviews"
MARGIN = 0.10
"""How far above chance somebody may get who sees the options alone."""

Entry = dict[str, Any]


class ReadingError(ValueError):
    """A reader's answers cannot be taken: the message names the line."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A question as a sheet shows it: its number, and its options' ids by letter."""

    number: int
    skill: str
    question: PackQuestion
    letters: Mapping[str, str]


# --- a sheet ---------------------------------------------------------------------------------
def numbered(packs: Iterable[Pack], seed: int) -> list[Numbered]:
    """All choice questions in an order and with letters that the seed alone decides."""
    asked = [(pack.skill, q) for pack in packs for q in pack.questions if isinstance(TYPES[q.type], ChoiceType)]
    asked.sort(key=lambda pair: pair[1].id)
    random.Random(seed).shuffle(asked)  # noqa: S311 - an order, not a secret
    return [Numbered(n, skill, q, _letters(q, seed + n)) for n, (skill, q) in enumerate(asked, start=1)]


def _letters(question: PackQuestion, seed: int) -> dict[str, str]:
    ids = [option.id for option in TYPES[question.type].load(question.payload).options]
    return dict(zip(ascii_uppercase, shuffled(ids, seed), strict=False))


def name_of(questions: Iterable[Numbered], *, options_only: bool) -> str:
    """Twelve hex digits of a sheet: other ones where a number, a letter or a wording on it is another."""
    present = options_digest if options_only else digest
    return _digest([[each.number, each.question.id, dict(each.letters), present(each.question)] for each in questions])


def sheet(questions: Iterable[Numbered], name: str, *, options_only: bool) -> str:
    """Markdown for a reader: no names, keys, reasons or explanations; with ``options_only`` no stems either."""
    return "\n\n".join([f"# Sheet {name}", *(_on_sheet(each, options_only) for each in questions)]) + "\n"


def _on_sheet(each: Numbered, options_only: bool) -> str:
    question = each.question
    kind = TYPES[question.type]
    payload = kind.load(question.payload)
    texts = {option.id: option.text for option in payload.options}
    lines = [f"## {each.number} - {kind.present(payload, 0).hint}"]
    if not options_only:
        lines += [part for part in (question.stimulus, question.stem.rstrip()) if part]
    lines.append("\n".join(f"- **{letter}** {texts[option]}" for letter, option in each.letters.items()))
    return "\n\n".join(lines)


_ANSWER = re.compile(r"^\s*(?:##\s*)?(\d+)\s*[:.\-]\s*([A-Ja-j](?:[\s,]*[A-Ja-j])*)\s*$")


def answers(text: str, questions: Iterable[Numbered], name: str) -> dict[int, list[str]]:
    """A reader's lines such as ``12: B`` or ``13: A, C`` as option ids by number. Empty lines and ``#`` lines pass,
    but one of them is the first line of the sheet.

    Raises:
        ReadingError: the answers are to another sheet; a line says nothing, or names a question or an option that
            the sheet does not have.
    """
    by_number = {each.number: each for each in questions}
    found: dict[int, list[str]] = {}
    if f"# Sheet {name}" not in text.splitlines():
        raise ReadingError(
            f"the line '# Sheet {name}' is missing: copy the first line of the sheet. Where it is another one, "
            "the seed, the files or a wording are not those that were read"
        )
    for place, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("# "):
            continue
        said = _ANSWER.match(line)
        if said is None:
            raise ReadingError(f"line {place}: write a number and letters, as in 12: B or 13: A, C; got {line!r}")
        each = by_number.get(int(said[1]))
        if each is None:
            raise ReadingError(f"line {place}: the sheet has no question {said[1]}")
        letters = re.findall(r"[A-J]", said[2].upper())
        if unknown := [letter for letter in letters if letter not in each.letters]:
            raise ReadingError(f"line {place}: question {said[1]} has no option {unknown[0]}")
        found[each.number] = sorted({each.letters[letter] for letter in letters})
    return found


# --- records ---------------------------------------------------------------------------------
def digest(question: PackQuestion) -> str:
    """Twelve hex digits of what a reader answers: stem, stimulus, payload and key, without reasons."""
    return _digest({"stimulus": question.stimulus, "stem": question.stem, "payload": _payload(question)})


def options_digest(question: PackQuestion) -> str:
    """Twelve hex digits of what somebody guesses who sees no stem: payload and key, without reasons."""
    return _digest(_payload(question))


def _digest(said: Any) -> str:
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _payload(question: PackQuestion) -> Any:
    return _without_reasons(TYPES[question.type].load(question.payload).model_dump(mode="json"))


def _without_reasons(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_reasons(inner) for name, inner in value.items() if name != "rationale"}
    return [_without_reasons(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def mark(question: PackQuestion, options: Sequence[str]) -> float:
    """What the options earn, 0 to 1."""
    kind = TYPES[question.type]
    return kind.mark(kind.load(question.payload), {"options": list(options)}) or 0.0


def with_guess(entry: Entry, question: PackQuestion, options: Sequence[str]) -> Entry:
    """The entry with what somebody chose who saw the options alone."""
    return entry | {"guess": list(options), "guessed_digest": options_digest(question)}


def with_answer(entry: Entry, question: PackQuestion, options: Sequence[str]) -> Entry:
    """The entry with a blind answer to the whole question; what was changed before stays said."""
    agreed = mark(question, options) == 1.0
    kept = entry.get("change", "") if agreed else ""  # what was changed before has not settled it
    return entry | {"blind_answer": list(options), "agreed": agreed, "change": kept, "digest": digest(question)}


def read_records(folder: Path = REVIEWS) -> dict[str, dict[str, Any]]:
    """Skill to its record: `skill`, `reviewed_on`, `by`, and `questions` by id."""
    records = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yaml")))
    return {record["skill"]: record for record in records}


_FIELDS = ("blind_answer", "agreed", "change", "digest", "guess", "guessed_digest")


def written(record: Mapping[str, Any]) -> str:
    """The text of a record's file: one line a question, but for answers of several lines."""
    head = {name: value for name, value in record.items() if name != "questions"}
    lines = [yaml.safe_dump(head, sort_keys=False, allow_unicode=True) + "questions:\n"]
    for name, entry in record["questions"].items():
        ordered = {field: entry[field] for field in _FIELDS if field in entry}
        if isinstance(ordered.get("blind_answer"), str):
            lines.append(f"  {name}:\n" + "".join(_block(ordered)))
        else:
            flow = yaml.safe_dump(
                ordered, sort_keys=False, allow_unicode=True, default_flow_style=True, width=10**6
            ).strip()
            lines.append(f"  {name}: {flow}\n")
    return "".join(lines)


def _block(entry: Entry) -> Iterator[str]:
    """A mapping whose blind answer is a text of several lines, as a literal block."""
    yield "    blind_answer: |\n"
    yield from (f"      {line}\n" if line else "\n" for line in str(entry["blind_answer"]).splitlines())
    rest = {name: value for name, value in entry.items() if name != "blind_answer"}
    yield from (
        f"    {line}\n" for line in yaml.safe_dump(rest, sort_keys=False, allow_unicode=True, width=10**6).splitlines()
    )


def not_read(
    questions: Iterable[Numbered], records: Mapping[str, Mapping[str, Any]], *, options_only: bool
) -> list[Numbered]:
    """Those whose present wording nobody has answered (or with ``options_only`` guessed)."""
    field, present = ("guessed_digest", options_digest) if options_only else ("digest", digest)
    known = {name: entry.get(field) for record in records.values() for name, entry in record["questions"].items()}
    return [each for each in questions if known.get(each.question.id) != present(each.question)]


# --- what the records say --------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Guessing:
    """What the options alone earn: mean mark with its 90 % interval, and what chance earns on the same questions."""

    earned: ShareEstimate
    chance: float

    @property
    def above(self) -> float | None:
        return None if self.earned.value is None else self.earned.value - self.chance


def guessing(packs: Iterable[Pack], records: Mapping[str, Mapping[str, Any]], *, kind: str = "") -> Guessing:
    """Over all questions (of one type) whose present wording somebody has guessed from the options alone."""
    marks, chances = [], []
    for pack in packs:
        entries = records.get(pack.skill, {}).get("questions", {})
        for question in pack.questions:
            entry = entries.get(question.id, {})
            if (kind and question.type != kind) or entry.get("guessed_digest") != options_digest(question):
                continue
            marks.append(mark(question, entry["guess"]))
            chances.append(TYPES[question.type].chance(TYPES[question.type].load(question.payload)))
    return Guessing(wilson(sum(marks), len(marks)), sum(chances) / len(chances) if chances else 0.0)
