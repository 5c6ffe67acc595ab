"""Rows that wait for a worker."""

from __future__ import annotations

from assessments.models import Attempt
from assessments.states import State


def unscored() -> list[int]:
    """Ids of submitted attempts without a score, oldest first."""
    return list(
        Attempt.objects.filter(state=State.SUBMITTED, rehearsal=False)
        .order_by("submitted_at")
        .values_list("pk", flat=True)[:1000]
    )
