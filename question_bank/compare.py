"""What differs between two versions: as lines of text, for reading."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from question_bank.formats.yaml_text import as_yaml
from question_bank.models import QuestionVersion

CONTEXT_LINES = 4


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a comparison. ``sign`` is "+", "-", " " or "" (lines left out)."""

    sign: str
    text: str


def as_text(version: QuestionVersion) -> str:
    """A version in the form that the packs use."""
    fields: dict[str, Any] = {
        "topic": version.topic.title if version.topic else None,
        "type": version.type,
        "difficulty": version.difficulty,
        "expected_seconds": version.expected_seconds,
        "case": version.case,
        "stimulus": version.stimulus,
        "stem": version.stem,
        "payload": version.payload,
        "explanation": version.explanation,
        "references": version.references,
        "interview_follow_up": version.interview_follow_up,
        "checked_on": version.checked_on,
    }
    return as_yaml(fields)


def diff(old: QuestionVersion, new: QuestionVersion) -> list[DiffLine]:
    """The changed lines with a few around them; empty where both say the same."""
    lines = difflib.unified_diff(as_text(old).splitlines(), as_text(new).splitlines(), n=CONTEXT_LINES, lineterm="")
    return [DiffLine("", "") if line.startswith("@@") else DiffLine(line[0], line[1:]) for line in list(lines)[2:]][1:]
