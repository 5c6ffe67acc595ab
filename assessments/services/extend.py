"""More time for one running attempt."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.errors import NotPossible
from accounts.models import User
from assessments.models import Attempt, AttemptExtension
from assessments.services.intervene import MAX_SECONDS, add_time
from assessments.states import State


@transaction.atomic
def extend(*, attempt: Attempt, seconds: int, reason: str, by: User) -> AttemptExtension:
    """Grant more time. The page learns of it with the next save or poll.

    Raises:
        NotPossible: the attempt is over or untimed, or no reason is given.
    """
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if attempt.state != State.IN_PROGRESS:
        raise NotPossible("This attempt is over; more time would change nothing.")
    if attempt.closes_at is None:
        raise NotPossible("This attempt has no time limit.")
    if not reason.strip() or not 0 < seconds <= MAX_SECONDS:
        raise NotPossible("Give a reason, and a time of up to seven days.")
    return add_time(attempt, seconds, reason, by)


def time_given(attempt: UUID) -> list[dict[str, Any]]:
    """Every time that was given to the attempt, for its page to say it in words."""
    found = AttemptExtension.objects.filter(attempt__public_id=attempt).exclude(seconds=0).order_by("pk")
    return [dict(row) for row in found.values("id", "seconds", "kind", "reason")]
