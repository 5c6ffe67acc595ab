"""Reading texts of questions: words, listings, options."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from question_bank.linting.base import LintItem

FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+-]*)[^\n]*\n(.*?)^[ \t]*\1[ \t]*$", re.DOTALL | re.MULTILINE)
_TABLE = re.compile(r"^\s*\|?[ :-]*-{2,}[ :-]*\|[ |:-]*$", re.MULTILINE)
_IMAGE = re.compile(r"!\[[^\]]*\]\(")
_WORD = re.compile(r"[a-z][a-z']{3,}")
_COMMON_WORDS = """
about after again against also although among another because been before being below between both cannot could
does done down during each either enough even every first from given goes have here high however into itself
just keep kept last less like long made make many more most much must need needs neither never next none often
once only other others over part rather same second should since some still such than that their them then there
these they thing third this those though through thus time under until upon used uses using very want were what
when where whether which while whole whose will with within without would your
"""
CARRIES_ARTEFACT = frozenset({"config_repair", "sql", "hotspot"})
"""Types whose payload itself is something to read or to work on."""
_COMMON = frozenset(_COMMON_WORDS.split())


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a choice question."""

    place: int
    text: str
    correct: bool
    rationale: str


def choices(item: LintItem) -> list[Choice]:
    """The options of a single or multiple choice question; empty for other types."""
    listed = item.payload.get("options")
    if not isinstance(listed, Sequence) or not all(isinstance(one, Mapping) and "text" in one for one in listed):
        return []
    found = [
        Choice(place, str(one["text"]), bool(one.get("correct")), str(one.get("rationale", "")))
        for place, one in enumerate(listed)
    ]
    return found if any(choice.correct for choice in found) else []


def payload_texts(value: Any, path: str = "payload") -> Iterator[tuple[str, str]]:
    """Each text anywhere in a payload with its path, such as ``payload.options.2.text``."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, below in value.items():
            yield from payload_texts(below, f"{path}.{key}")
    elif isinstance(value, Sequence):
        for place, below in enumerate(value):
            yield from payload_texts(below, f"{path}.{place + 1}")


def all_texts(item: LintItem) -> Iterator[tuple[str, str]]:
    """Everything that somebody reads, with the name of its field."""
    yield "stem", item.stem
    yield "stimulus", item.stimulus
    yield from payload_texts(item.payload)
    yield "explanation", item.explanation
    yield "interview_follow_up", item.interview_follow_up


def prose(text: str) -> str:
    """A text without its listings, inline code and tables."""
    text = re.sub(r"`[^`\n]*`", " ", FENCE.sub("\n\n", text))
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("|"))


def plain(text: str) -> str:
    """Letters and digits in lower case with single blanks: what is left when two texts "say the same"."""
    return " ".join(re.findall(r"\w+", text.lower()))


def content_words(text: str) -> set[str]:
    """Words that carry meaning: four letters or more, without the commonest ones, a plural -s taken off."""
    return {word.rstrip("s") for word in _WORD.findall(text.lower()) if word not in _COMMON}


def has_stimulus(item: LintItem) -> bool:
    """Whether something is to be read or worked on: a listing, a table, a picture, an artefact of the type."""
    if FENCE.search(item.stem) or _TABLE.search(item.stem) or _IMAGE.search(item.stem):
        return True
    return bool(item.stimulus) or item.type in CARRIES_ARTEFACT


def reading_words(item: LintItem) -> int:
    """How many words a candidate reads before answering, those of listings included."""
    return len(item.stem.split()) + sum(len(choice.text.split()) for choice in choices(item))
