"""What staff do to a sitting: more time for one or many, reopening, setting aside."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.db import transaction

from accounts.errors import NotPossible
from accounts.models import User
from assessments.clock import database_now
from assessments.models import Attempt, AttemptEvent, AttemptExtension, ExtensionKind
from assessments.states import HANDED_IN, LostRace, State

MAX_SECONDS = 7 * 24 * 3600


@transaction.atomic
def extend_many(*, attempts: Iterable[Attempt], seconds: int, reason: str, by: User) -> int:
    """Grant more time to several running attempts; those that are over or untimed are passed over. Returns how many.

    Raises:
        NotPossible: no reason, or a time that is not between a second and seven days.
    """
    _refuse_without_reason(reason)
    if not 0 < seconds <= MAX_SECONDS:
        raise NotPossible("Give a time of up to seven days.")
    ids = [attempt.pk for attempt in attempts]
    running = Attempt.objects.select_for_update().filter(pk__in=ids, state=State.IN_PROGRESS, closes_at__isnull=False)
    return sum(bool(add_time(attempt, seconds, reason, by)) for attempt in running.order_by("pk"))


def add_time(
    attempt: Attempt, seconds: int, reason: str, by: User | None, kind: str = ExtensionKind.GRANTED, **fields: object
) -> AttemptExtension:
    """Append more time and its event. The caller holds the attempt's row."""
    extension = AttemptExtension.objects.create(
        attempt=attempt, kind=kind, seconds=seconds, reason=reason.strip(), granted_by=by, **fields
    )
    data = {"seconds": seconds, "kind": str(kind), "reason": reason.strip()}
    AttemptEvent.objects.create(attempt=attempt, kind="extended", data=data, actor=by)
    return extension


@transaction.atomic
def reopen(*, attempt: Attempt, seconds: int, reason: str, by: User) -> Attempt:
    """Let a handed-in attempt go on for so many seconds from now. Its scores and reports stay as they were.

    Raises:
        NotPossible: not handed in, no reason, the person takes the assessment again already, or a lost race.
    """
    _refuse_without_reason(reason)
    if not 0 < seconds <= MAX_SECONDS:
        raise NotPossible("Give a time of up to seven days.")
    attempt = Attempt.objects.select_for_update(of=("self",)).select_related("candidate").get(pk=attempt.pk)
    if attempt.state not in HANDED_IN:
        raise NotPossible("Only an attempt that was handed in can be reopened.")
    others = attempt.candidate.attempts.filter(assessment=attempt.assessment_id, state=State.IN_PROGRESS)
    if others.exists():
        raise NotPossible("This person is taking the assessment again at the moment.")
    deadline = attempt.deadline()
    try:
        attempt.move(
            State.IN_PROGRESS,
            since=State(attempt.state),
            actor=by,
            data={"reason": reason.strip()},
            submitted_at=None,
            ended_by="",
            receipt="",
        )
    except LostRace as race:
        raise NotPossible("Somebody else changed this attempt meanwhile. Look at it again.") from race
    if deadline is not None:
        ends = database_now() + datetime.timedelta(seconds=seconds)
        missing = max(0, round((ends - deadline).total_seconds()))
        if missing:
            add_time(attempt, missing, reason, by, ExtensionKind.REOPENED)
    return attempt


@transaction.atomic
def void(*, attempt: Attempt, reason: str, by: User) -> Attempt:
    """Set an attempt aside: it does not count, and nothing of it is deleted. The invitation can be used again.

    Raises:
        NotPossible: set aside already, no reason, or a lost race.
    """
    _refuse_without_reason(reason)
    attempt.refresh_from_db(fields=["state"])
    if attempt.state == State.VOIDED:
        raise NotPossible("This attempt was set aside already.")
    try:
        attempt.move(State.VOIDED, since=State(attempt.state), actor=by, data={"reason": reason.strip()})
    except LostRace as race:
        raise NotPossible("Somebody else changed this attempt meanwhile. Look at it again.") from race
    return attempt


def _refuse_without_reason(reason: str) -> None:
    if not reason.strip():
        raise NotPossible("Give a reason; it is kept with the attempt.")
