"""The service notices its own gaps, and gives the time back.

Each web process writes a sign of life every few seconds. While PostgreSQL is down it cannot; after a
crash or a restart nobody does. The first sign after a gap records the gap as an outage.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from accounts.errors import NotPossible
from accounts.models import Organisation, User
from assessments.clock import database_now
from assessments.models import Attempt, AttemptExtension, ExtensionKind, Outage
from assessments.services.intervene import add_time, reopen
from assessments.states import State

BEAT_SECONDS = 5.0
GAP_SECONDS = 15.0
"""Gaps below this are the rhythm of the signs themselves."""

_BEAT = """
WITH before AS (SELECT at FROM assessments_servicebeat WHERE service = %(service)s FOR UPDATE),
beat AS (
    INSERT INTO assessments_servicebeat (service, at) VALUES (%(service)s, clock_timestamp())
    ON CONFLICT (service) DO UPDATE SET at = greatest(assessments_servicebeat.at, excluded.at)
    RETURNING at
)
INSERT INTO assessments_outage (public_id, service, began_at, ended_at)
SELECT gen_random_uuid(), %(service)s, before.at, beat.at FROM before, beat
WHERE beat.at - before.at > make_interval(secs => %(gap)s)
RETURNING id
"""


def beat(service: str = "web") -> bool:
    """Write a sign of life; True where it ended a gap, which is then recorded.

    One statement with a row lock: of several processes that come back at once, one records the gap.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BEAT, {"service": service, "gap": GAP_SECONDS})
        return cursor.fetchone() is not None


def affected(outage: Outage, organisation: Organisation | None) -> QuerySet[Attempt]:
    """Timed attempts of an organisation (None: self-assessments) that were running during an outage.

    An attempt that the clock ended during the outage, or within its own length afterwards, counts too.
    """
    still_running = Q(state=State.IN_PROGRESS)
    span = outage.ended_at - outage.began_at
    ended_meanwhile = Q(
        state__in=[State.SUBMITTED, State.SCORED],
        ended_by="deadline",
        submitted_at__gte=outage.began_at,
        submitted_at__lte=outage.ended_at + span,
    )
    return (
        Attempt.objects.filter(still_running | ended_meanwhile, closes_at__isnull=False)
        .filter(candidate__organisation=organisation, started_at__lt=outage.ended_at)
        .exclude(extensions__outage=outage)
        .order_by("pk")
    )


def lost_seconds(attempt: Attempt, outage: Outage) -> int:
    """What an attempt lost: the part of the outage after its start, in whole seconds, rounded up."""
    began = max(outage.began_at, attempt.started_at)
    lost = outage.ended_at - began
    return max(0, -int(-lost.total_seconds() // 1))


@transaction.atomic
def credit(*, outage: Outage, organisation: Organisation, by: User) -> int:
    """Give all affected attempts of an organisation their lost time back, in one step; returns how many.

    Those that the clock has ended meanwhile are reopened for the time that they lost. Doing it twice
    credits nobody twice.

    Raises:
        NotPossible: nobody is affected (any more).
    """
    ids = list(affected(outage, organisation).values_list("pk", flat=True))
    attempts = list(Attempt.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk"))
    credited = sum(_credit_one(attempt, outage, by) for attempt in attempts)
    if not credited:
        raise NotPossible("No running attempt of your team lost time by this outage, or all have it back already.")
    return credited


def _credit_one(attempt: Attempt, outage: Outage, by: User) -> bool:
    seconds = lost_seconds(attempt, outage)
    if not seconds or AttemptExtension.objects.filter(attempt=attempt, outage=outage).exists():
        return False
    reason = f"Given back: the service was interrupted for {seconds} seconds."
    if attempt.state != State.IN_PROGRESS:
        reopen(attempt=attempt, seconds=seconds, reason=reason, by=by)
        seconds = 0  # the reopening has added what was missing; this row marks the outage as credited
    add_time(attempt, seconds, reason, by, ExtensionKind.OUTAGE, outage=outage)
    return True


def recent_outages(days: int = 30) -> Iterable[Outage]:
    """Outages of the last days, newest first."""
    since = database_now() - datetime.timedelta(days=days)
    return Outage.objects.filter(ended_at__gte=since).annotate(length=F("ended_at") - F("began_at"))
