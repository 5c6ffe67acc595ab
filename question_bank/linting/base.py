"""What a rule of the linter is, and what it reads. Pure Python: no Django, no database."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from question_bank.formats.pack import Pack, PackQuestion


class Severity(StrEnum):
    """``error``: not fit to be asked. ``warning``: repair it or say why not. ``hint``: worth a second look."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.HINT: 2}


@dataclass(frozen=True, slots=True)
class LintItem:
    """One question as the rules read it, from a file or from the database.

    ``allow``: findings that somebody has looked at and accepted, as rule slug to the reason.
    """

    id: str
    skill: str
    topic: str
    type: str
    difficulty: int
    expected_seconds: int
    stem: str
    payload: Mapping[str, Any]
    explanation: str = ""
    references: Sequence[Mapping[str, Any]] = ()
    interview_follow_up: str = ""
    checked_on: datetime.date | None = None
    status: str = "live"
    allow: Mapping[str, str] = field(default_factory=dict)
    stimulus: str = ""
    """What the questions of a case share."""

    @property
    def drawn(self) -> bool:
        """Whether candidates get it: only these count for the balance of a bank."""
        return self.status in {"live", "pilot"}


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may know besides the questions: the day, and the topics of each skill."""

    today: datetime.date
    topics: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One complaint. ``question`` is empty for what concerns a whole skill, ``skill`` too for the whole bank."""

    rule: str
    severity: Severity
    skill: str
    question: str
    field: str
    message: str

    def __str__(self) -> str:
        place = self.question or self.skill or "whole bank"
        return f"{self.severity}: {place}: {self.field + ': ' if self.field else ''}{self.message} [{self.rule}]"


Complaint = tuple[str, str]
"""Field and message of what a rule found in one question."""

BankComplaint = tuple[str, str, str, str]
"""Skill, question, field and message; skill and question may be empty."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Looks at one question. ``title`` says what it stands for."""

    slug: str
    severity: Severity
    title: str
    check: Callable[[LintItem, Context], Iterator[Complaint]]


@dataclass(frozen=True, slots=True)
class BankRule:
    """Looks at all questions of one owner that candidates get."""

    slug: str
    severity: Severity
    title: str
    check: Callable[[Sequence[LintItem], Context], Iterator[BankComplaint]]


def item_from_pack(skill: str, question: PackQuestion) -> LintItem:
    return LintItem(
        id=question.id,
        skill=skill,
        topic=question.topic,
        type=question.type,
        difficulty=question.difficulty,
        expected_seconds=question.expected_seconds,
        stem=question.stem,
        payload=question.payload,
        explanation=question.explanation,
        references=[reference.model_dump(mode="json") for reference in question.references],
        interview_follow_up=question.interview_follow_up,
        checked_on=question.checked_on,
        status=question.status,
        allow=question.lint_allow,
        stimulus=question.stimulus,
    )


def items_from_packs(packs: Sequence[Pack]) -> list[LintItem]:
    return [item_from_pack(pack.skill, question) for pack in packs for question in pack.questions]
