"""Pauses, where they are granted: blocks of extra time during which the questions are hidden."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Sum

from accounts.errors import NotPossible
from assessments.models import Attempt, ExtensionKind
from assessments.services.intervene import add_time
from assessments.states import State

BLOCK_MINUTES = 5


def pause_minutes_left(attempt: Attempt) -> int:
    """Granted minutes of pause that are not taken yet."""
    granted = attempt.invitation.pause_minutes if attempt.invitation else 0
    if not granted or attempt.closes_at is None:
        return 0
    taken = attempt.extensions.filter(kind=ExtensionKind.PAUSE).aggregate(total=Sum("seconds"))["total"] or 0
    return int(max(0, granted - taken // 60))


@transaction.atomic
def take_pause(*, attempt: Attempt) -> int:
    """Take the next block of pause: the time is added at once, so going on early loses nothing. Returns minutes.

    Raises:
        NotPossible: the attempt is over, or no pause is left.
    """
    attempt = Attempt.objects.select_for_update(of=("self",)).select_related("invitation").get(pk=attempt.pk)
    if attempt.state != State.IN_PROGRESS:
        raise NotPossible("This attempt is over.")
    minutes = min(BLOCK_MINUTES, pause_minutes_left(attempt))
    if not minutes:
        raise NotPossible("You have taken all of your pauses.")
    add_time(attempt, minutes * 60, "Pause", None, ExtensionKind.PAUSE)
    return minutes
