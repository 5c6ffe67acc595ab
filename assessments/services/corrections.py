"""Corrections in force, and what they make of an answer's mark."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

from assessments.models import IN_FORCE, Attempt, AttemptItem, Regrade, RegradeKind
from question_bank.models import QuestionVersion

_LOCK = 0x5C07E
"""Any number, the same in all processes: scorings share it, putting a correction in force takes it alone."""


def while_scoring() -> None:
    """Let no correction come into force until this transaction ends: a score follows it, or is there for it to find."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_LOCK])


def between_scorings() -> None:
    """Wait until no scoring is under way, and let none begin until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def corrections_for(attempt: Attempt, items: Iterable[AttemptItem]) -> dict[int, Regrade]:
    """By question version, the newest correction that holds for this attempt. One query."""
    found = Regrade.objects.filter(
        version__in=[item.question_version_id for item in items], state__in=IN_FORCE
    ).select_related("target", "organisation")
    theirs = attempt.candidate.organisation_id if found else None
    return {
        regrade.version_id: regrade
        for regrade in sorted(found, key=lambda regrade: regrade.pk)
        if regrade.organisation_id in (None, theirs)
    }


def corrected_mark(version: QuestionVersion, seed: int, answer: Any, correction: Regrade | None) -> float | None:
    """The mark of an answer to ``version`` in [0, 1] under a correction; None while a person has to give it.

    A dropped question keeps its mark for the record.
    """
    if correction is not None and correction.kind == RegradeKind.FULL:
        return 1.0
    if correction is not None and correction.target is not None:
        version = correction.target
    return version.question_type.mark(version.asked(seed), answer)
