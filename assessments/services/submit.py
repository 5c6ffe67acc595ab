"""Ending an attempt: by the candidate, or by the sweep once time is over."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import (
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, Least

from assessments.models import Attempt, AttemptExtension, DatabaseNow, Response
from assessments.states import LostRace, State


def _deadline() -> ExpressionWrapper[Any]:
    """`closes_at` plus extensions, in SQL; null where untimed."""
    seconds = (
        AttemptExtension.objects.filter(attempt=OuterRef("pk"))
        .order_by()
        .values("attempt")
        .annotate(total=Sum("seconds"))
        .values("total")
    )
    extra = Coalesce(Subquery(seconds, output_field=IntegerField()), Value(0))
    return ExpressionWrapper(
        F("closes_at") + ExpressionWrapper(extra * Value(timedelta(seconds=1)), output_field=DurationField()),
        output_field=DateTimeField(),
    )


@transaction.atomic
def submit_attempt(*, attempt: Attempt, ended_by: str = "candidate") -> Attempt:
    """End an attempt and write its receipt. A second call changes nothing and returns the same receipt.

    The end is the deadline where that has passed, so an attempt is never longer than it was allowed to be.
    """
    try:
        attempt.move(
            State.SUBMITTED,
            since=State.IN_PROGRESS,
            data={"by": ended_by},
            submitted_at=Least(DatabaseNow(), Coalesce(_deadline(), DatabaseNow())),
            ended_by=ended_by,
        )
    except LostRace:
        attempt.refresh_from_db()
        return attempt
    attempt.receipt = receipt_hash(attempt)
    Attempt.objects.filter(pk=attempt.pk).update(receipt=attempt.receipt)
    return attempt


# One look into the index for each question: never through all answers, however young the table's statistics are.
_FINAL = """
SELECT i.position, i.question_version_id, newest.revision, newest.answer
FROM assessments_attemptitem i
CROSS JOIN LATERAL (
    SELECT r.revision, r.answer FROM assessments_response r WHERE r.item_id = i.id ORDER BY r.revision DESC LIMIT 1
) newest
WHERE i.attempt_id = %s ORDER BY i.position
"""


def receipt_hash(attempt: Attempt) -> str:
    """SHA-256 over the final answers, in canonical JSON: what a candidate can hold against us."""
    with connection.cursor() as cursor:
        cursor.execute(_FINAL, [attempt.pk])
        rows = cursor.fetchall()
    lines = [[*row[:3], None if row[3] is None else json.loads(row[3])] for row in rows]
    text = json.dumps([str(attempt.public_id), lines], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def newest_responses(attempt: Attempt) -> QuerySet[Response]:
    """The newest revision of each answered item; an answer that was cleared is null."""
    return Response.objects.filter(item__attempt=attempt).order_by("item_id", "-revision").distinct("item_id")


def overdue(only: int | None = None) -> list[int]:
    """Ids of running attempts (or of ``only`` one) whose deadline and grace have passed, by the database's clock."""
    grace = timedelta(seconds=settings.SAVE_GRACE_SECONDS)
    return list(
        Attempt.objects.filter(state=State.IN_PROGRESS, closes_at__lt=DatabaseNow())
        .annotate(ends_at=_deadline())
        .filter(ends_at__lt=ExpressionWrapper(DatabaseNow() - Value(grace), output_field=DateTimeField()))
        .filter(**({"pk": only} if only else {}))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def close_overdue() -> list[int]:
    """Submit every overdue attempt, stamped with its deadline. Returns the ids that this call closed.

    Safe to run twice and at the same time as a submission: the conditional update decides.
    """
    return [pk for pk in overdue() if close_if_overdue(pk)]


@transaction.atomic
def close_if_overdue(attempt_id: int) -> bool:
    """Submit one attempt if it is overdue now; whether this call closed it.

    The lock is the one that `extend` takes: time that was given a moment ago is seen.
    """
    attempt = Attempt.objects.select_for_update(of=("self",)).get(pk=attempt_id)
    if attempt.state != State.IN_PROGRESS or attempt.pk not in overdue(attempt.pk):
        return False
    return submit_attempt(attempt=attempt, ended_by="deadline").ended_by == "deadline"


__all__ = ["close_overdue", "newest_responses", "overdue", "receipt_hash", "submit_attempt"]
