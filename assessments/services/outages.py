"""The service notices its own gaps, and gives the time back.

Each web process writes a sign of life every few seconds. While PostgreSQL is down it cannot; after a
crash or a restart nobody does. The first sign after a gap records the gap as an outage. With its signs
a process also writes for how long it could save nothing though it lived (`assessments.save_health`).
What lies between the pages and the service only the pages see: where those of several people tell of
failed saves at one time, that is an outage too, of those who told.
"""

from __future__ import annotations

import datetime
import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import Exact

from accounts.errors import NotPossible
from accounts.models import Organisation, User
from assessments.clock import database_now
from assessments.models import (
    Attempt,
    AttemptEvent,
    AttemptExtension,
    ExtensionKind,
    Outage,
    OutageKind,
    ServiceBeat,
)
from assessments.save_health import QUIET_SECONDS, SaveHealth
from assessments.services.intervene import add_time, reopen
from assessments.states import HANDED_IN, State

SHOWN = 50
"""So many outages are listed at most."""
PEOPLE, SHARE = 3, 0.05
"""Pages of so many people must tell of failed saves at one time, and of this share of those who sit: a few have always
lost their own network."""
PATIENCE_SECONDS = 2 * QUIET_SECONDS
"""So long after its end it is recorded: others tell meanwhile, and what the service has noticed itself goes first."""
TOLD_WITHIN = datetime.timedelta(days=1)
"""How long after a save failed its page is waited for to tell so."""

# The sign is written from a look at the earlier one: the row is locked and read before it is changed.
_BEAT = """
WITH before AS MATERIALIZED (SELECT at FROM assessments_servicebeat WHERE service = %(service)s FOR UPDATE),
beat AS (
    INSERT INTO assessments_servicebeat (service, at)
    SELECT %(service)s, clock_timestamp() FROM (SELECT count(*) FROM before) AS seen
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
        cursor.execute(_BEAT, {"service": service, "gap": settings.OUTAGE_GAP_SECONDS})
        return cursor.fetchone() is not None


def write_failed_saves(health: SaveHealth) -> None:
    """Record for how long a process could save nothing though it wrote its signs of life."""
    spans = health.over(settings.OUTAGE_GAP_SECONDS)
    if not spans:
        return
    now = database_now()
    for span in spans:
        began, ended = (now - datetime.timedelta(seconds=health.ago(at)) for at in (span.began, span.ended))
        _record(OutageKind.SAVES, began, ended)
    health.written(spans)


def notice_silent_pages() -> None:
    """Record when the pages of several people told of failed saves at one time, once they had time to tell."""
    now = database_now()
    events = AttemptEvent.objects.filter(
        kind="save_failed", at__gte=now - TOLD_WITHIN, data__has_keys=["began", "ended"], attempt__rehearsal=False
    )
    told = [
        (person, _time(data["began"]), _time(data["ended"]))
        for person, data in events.values_list("attempt__candidate_id", "data")
    ]
    for since, until in _together(told, PEOPLE):
        if now - until <= datetime.timedelta(seconds=PATIENCE_SECONDS):
            continue
        for began, ended in _together(told, max(PEOPLE, math.ceil(SHARE * _sitting(since, until)))):
            if since <= began and ended <= until:
                _record(OutageKind.PAGES, began, ended)


def _sitting(since: datetime.datetime, until: datetime.datetime) -> int:
    """How many attempts were running at some time between the two."""
    begun = Attempt.objects.filter(rehearsal=False, started_at__lt=until)
    return begun.filter(Q(state=State.IN_PROGRESS) | Q(submitted_at__gt=since)).count()


_time = datetime.datetime.fromisoformat


def _together(
    told: Iterable[tuple[Any, datetime.datetime, datetime.datetime]], people: int
) -> list[tuple[datetime.datetime, datetime.datetime]]:
    """Times in which the spans of so many different people overlap."""
    turns = sorted([(began, 1, who) for who, began, _ in told] + [(ended, -1, who) for who, _, ended in told],
                   key=lambda turn: (turn[0], -turn[1]))  # fmt: skip
    open_spans: Counter[Any] = Counter()
    away = 0
    found, began = [], None
    for at, change, who in turns:
        before = open_spans[who]
        open_spans[who] += change
        away += (open_spans[who] > 0) - (before > 0)
        if away >= people and began is None:
            began = at
        elif away < people and began is not None:
            found.append((began, at))
            began = None
    return found


@transaction.atomic
def _record(kind: OutageKind, began: datetime.datetime, ended: datetime.datetime) -> None:
    """One outage for what several noticed: what is on record already is not recorded, and not given back, again.

    What some pages told concerns these alone, so it covers nothing that concerns everybody.
    """
    ServiceBeat.objects.select_for_update().filter(service="web").first()  # one process after the other
    known = Outage.objects.filter(began_at__lt=ended, ended_at__gt=began).order_by("began_at")
    if kind != OutageKind.PAGES:
        known = known.exclude(service=OutageKind.PAGES)
    for outage in known:
        _create(kind, began, outage.began_at)
        began = max(began, outage.ended_at)
    _create(kind, began, ended)


def _create(kind: OutageKind, began: datetime.datetime, ended: datetime.datetime) -> None:
    if (ended - began).total_seconds() >= settings.OUTAGE_GAP_SECONDS:
        Outage.objects.create(service=kind, began_at=began, ended_at=ended)


def affected(outage: Outage, organisation: Organisation | None) -> QuerySet[Attempt]:
    """Timed attempts of an organisation (None: of all, and self-assessments) that lost time and have not got it back.

    They were running then and still are; or the clock ended them during the outage, or within its own
    length afterwards. Where only pages noticed it, theirs are meant.
    """
    until = outage.ended_at + (outage.ended_at - outage.began_at)
    found = _affected(organisation, outage.pk, outage.began_at, outage.ended_at, until)
    if outage.service == OutageKind.PAGES:
        found = found.filter(_told_of_failed_saves(Value(outage.began_at), Value(outage.ended_at)))
    return found.order_by("pk")


def _told_of_failed_saves(began: Any, ended: Any) -> Exists:
    """Whether an attempt's page told of failed saves between two times."""
    told = AttemptEvent.objects.filter(attempt=OuterRef("pk"), kind="save_failed", data__has_keys=["began", "ended"])
    told = told.alias(
        told_began=Cast(KT("data__began"), DateTimeField()), told_ended=Cast(KT("data__ended"), DateTimeField())
    )
    return Exists(told.filter(told_began__lt=ended, told_ended__gt=began))


def _affected(organisation: Organisation | None, outage: Any, began: Any, ended: Any, until: Any) -> QuerySet[Attempt]:
    """As `affected` whoever noticed it, of values or of references to an outer query."""
    ended_meanwhile = Q(
        state__in=HANDED_IN,
        ended_by="deadline",
        submitted_at__gte=began,
        submitted_at__lte=until,
    )
    credited = OuterRef(outage) if isinstance(outage, OuterRef) else outage
    return Attempt.objects.filter(
        Q(state=State.IN_PROGRESS) | ended_meanwhile,
        ~Exists(AttemptExtension.objects.filter(attempt=OuterRef("pk"), outage=credited)),
        _of(organisation, "candidate"),
        closes_at__isnull=False,
        rehearsal=False,
        started_at__lt=ended,
    )


def _of(organisation: Organisation | None, candidate: str) -> Q:
    """The organisation's; None: everybody's, people who assess themselves among them."""
    return Q(**{f"{candidate}__organisation": organisation}) if organisation else Q()


def lost_seconds(attempt: Attempt, outage: Outage) -> int:
    """What an attempt lost: the part of the outage after its start, in whole seconds, rounded up.

    Where pages noticed it: the parts of it that this attempt's page told of.
    """
    began = max(outage.began_at, attempt.started_at)
    spans = [(began, outage.ended_at)]
    if outage.service == OutageKind.PAGES:
        told = attempt.events.filter(kind="save_failed", data__has_keys=["began", "ended"])
        times = [(_time(data["began"]), _time(data["ended"])) for data in told.values_list("data", flat=True)]
        spans = [(max(began, since), min(outage.ended_at, until)) for since, until in sorted(times)]
    lost, at = datetime.timedelta(0), began
    for since, until in spans:  # they may overlap
        lost += max(datetime.timedelta(0), until - max(at, since))
        at = max(at, until)
    return -int(-lost.total_seconds() // 1)


@transaction.atomic
def credit(*, outage: Outage, organisation: Organisation | None, by: User) -> int:
    """Give all affected attempts of an organisation their lost time back, in one step; returns how many.

    Without an organisation: of everybody, people who assess themselves among them. Operators may do that.

    Those that the clock has ended meanwhile are reopened for the time that they lost. Doing it twice
    credits nobody twice.

    Raises:
        NotPossible: nobody is affected (any more).
    """
    ids = list(affected(outage, organisation).values_list("pk", flat=True))
    attempts = list(Attempt.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk"))
    credited = sum(_credit_one(attempt, outage, by) for attempt in attempts)
    if not credited:
        raise NotPossible("No running attempt lost time by this outage, or all have it back already.")
    return credited


def _credit_one(attempt: Attempt, outage: Outage, by: User) -> bool:
    seconds = lost_seconds(attempt, outage)
    if not seconds or AttemptExtension.objects.filter(attempt=attempt, outage=outage).exists():
        return False
    what = "your page could not reach the service" if outage.service == OutageKind.PAGES else "nothing could be saved"
    reason = f"Given back: {what} for {seconds} seconds."
    if attempt.state != State.IN_PROGRESS:
        try:
            reopen(attempt=attempt, seconds=seconds, reason=reason, by=by)
        except NotPossible:
            return False  # the person takes it again already: the others must not wait for that
        seconds = 0  # the reopening has added what was missing; this row marks the outage as credited
    add_time(attempt, seconds, reason, by, ExtensionKind.OUTAGE, outage=outage)
    return True


def recent_outages(organisation: Organisation | None, days: int = 30) -> QuerySet[Any, Any]:
    """Outages of the last days, newest first, with what they mean for an organisation (None: for everybody).

    ``waiting``: attempts that lost time and have not got it back; ``running``: those of them that still run;
    ``given``: the credits. Three queries, whatever the number of outages.
    """
    since = database_now() - datetime.timedelta(days=days)
    until = ExpressionWrapper(F("ended_at") + (F("ended_at") - F("began_at")), output_field=DateTimeField())
    waiting = _affected(organisation, OuterRef("pk"), OuterRef("began_at"), OuterRef("ended_at"), OuterRef("until"))
    told = _told_of_failed_saves(OuterRef(OuterRef("began_at")), OuterRef(OuterRef("ended_at")))
    waiting = waiting.filter(~Q(Exact(OuterRef("service"), Value(OutageKind.PAGES.value))) | Q(told))
    credits = AttemptExtension.objects.filter(_of(organisation, "attempt__candidate"))
    people = credits.select_related("attempt__candidate", "attempt__invitation", "granted_by").order_by("pk")
    return (
        Outage.objects.filter(ended_at__gte=since)
        .annotate(until=until)
        .annotate(waiting=_count(waiting), running=_count(waiting.filter(state=State.IN_PROGRESS)))
        .prefetch_related(Prefetch("credits", queryset=people, to_attr="given"))
        .order_by("-began_at")[:SHOWN]
    )


def _count(attempts: QuerySet[Attempt]) -> Coalesce:
    """How many there are, as a part of an outer query."""
    one_group = attempts.order_by().annotate(group=Value(1)).values("group")
    return Coalesce(Subquery(one_group.annotate(people=Count("pk")).values("people")), 0)
