"""What the live board shows: running and just ended attempts of a team, in a constant number of queries."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, F, FloatField, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce

from accounts.models import Organisation
from assessments.access import attempts_visible_to
from assessments.clock import database_now
from assessments.models import Attempt, AttemptEvent, AttemptExtension, AttemptItem, Response
from assessments.presence import SEEN_SECONDS, silent_seconds
from assessments.states import HANDED_IN, State

SHOWN = 200
"""So many rows at most, the nearest to their end first."""
NEAR_END_SECONDS = 5 * 60
ENDED_SECONDS = 3600
"""Ended attempts stay on the board for so long: who was cut off says so soon."""
ENDED_SHOWN = 50
SIGNALS = ("focus_lost", "paste", "other_browser")


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One running attempt. Times in seconds; ``left`` None: no time limit; ``silent`` None: never heard of.

    ``failed_saves``: how often the page reported that a save did not get through. It was tried again since.
    """

    public_id: UUID
    invitation: UUID | None
    person: str
    email: str
    assessment: str
    answered: int
    questions: int
    started_at: datetime.datetime
    ends_at: datetime.datetime | None
    left: float | None
    saved_at: datetime.datetime | None
    failed_saves: int
    silent: float | None
    offline_times: int
    offline_seconds: float
    signals: int

    @property
    def near_end(self) -> bool:
        return self.left is not None and self.left <= NEAR_END_SECONDS

    @property
    def heard_of(self) -> bool:
        return self.silent is not None and self.silent < SEEN_SECONDS


@dataclass(frozen=True, slots=True)
class EndedRow:
    """An attempt that has just ended and can be opened again. ``by_clock``: its time was over."""

    public_id: UUID
    invitation: UUID | None
    person: str
    email: str
    assessment: str
    answered: int
    questions: int
    ended_at: datetime.datetime | None
    by_clock: bool
    timed: bool
    failed_saves: int


@dataclass(frozen=True, slots=True)
class Board:
    """``presence``: whether it is known who was heard of (the cache answers)."""

    rows: list[BoardRow]
    ended: list[EndedRow]
    running: int
    near_end: int
    not_heard_of: int
    presence: bool
    now: datetime.datetime

    @property
    def left_out(self) -> int:
        return self.running - len(self.rows)


def running_attempts(organisation: Organisation) -> QuerySet[Attempt]:
    """The organisation's attempts that are being taken."""
    return attempts_visible_to(organisation).filter(state=State.IN_PROGRESS)


def _just_ended(organisation: Organisation, now: datetime.datetime) -> list[Attempt]:
    """The newest attempts that ended in the last hour and may be opened again."""
    since = now - datetime.timedelta(seconds=ENDED_SECONDS)
    ended = attempts_visible_to(organisation).filter(state__in=HANDED_IN, submitted_at__gte=since)
    return list(ended.select_related("candidate", "assessment", "invitation").order_by("-submitted_at")[:ENDED_SHOWN])


def board_of(organisation: Organisation, *, granted: bool = True) -> Board:
    """Everything that the page shows, in six queries and one look into the cache.

    Without ``granted`` nothing tells what time a person was given: no end, and the order is that of the starts.
    """
    now = database_now()
    attempts = _with_ends(running_attempts(organisation))
    if not granted:
        attempts = sorted(((attempt, None) for attempt, _ in attempts), key=lambda pair: pair[0].started_at)
    shown = attempts[:SHOWN]
    ended = _just_ended(organisation, now)
    pks = [attempt.pk for attempt, _ in attempts]
    heard = silent_seconds(pks)
    facts = _facts([attempt.pk for attempt, _ in shown] + [attempt.pk for attempt in ended])
    rows = [_row(attempt, end, now, facts.get(attempt.pk, {}), heard or {}) for attempt, end in shown]
    ends = [(end - now).total_seconds() for _, end in attempts if end]
    silent = {row.public_id for row in rows if not row.heard_of}
    silent |= {a.public_id for a, _ in attempts[SHOWN:] if (heard or {}).get(a.pk, SEEN_SECONDS) >= SEEN_SECONDS}
    return Board(
        rows=rows,
        ended=[_ended_row(attempt, facts.get(attempt.pk, {})) for attempt in ended],
        running=len(attempts),
        near_end=sum(left <= NEAR_END_SECONDS for left in ends),
        not_heard_of=len(silent),
        presence=heard is not None,
        now=now,
    )


def _with_ends(attempts: QuerySet[Attempt]) -> list[tuple[Attempt, datetime.datetime | None]]:
    """With the end in force, the nearest first and untimed ones last."""
    seconds = AttemptExtension.objects.filter(attempt=OuterRef("pk")).order_by().values("attempt")
    found = attempts.select_related("candidate", "assessment", "invitation").annotate(
        extra=Coalesce(Subquery(seconds.annotate(total=Sum("seconds")).values("total")), 0)
    )
    pairs = [(a, a.closes_at + datetime.timedelta(seconds=a.extra) if a.closes_at else None) for a in found]
    return sorted(pairs, key=lambda pair: (pair[1] is None, pair[1] or pair[0].started_at, pair[0].pk))


def _facts(pks: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Answers, saves and events of each attempt: three queries."""
    facts: dict[int, dict[str, Any]] = {}
    for rows in (_answers(pks), _saves(pks), _events(pks)):
        for row in rows:
            facts.setdefault(row.pop("in_attempt"), {}).update(row)
    return facts


def _answers(pks: Sequence[int]) -> QuerySet[Any, Any]:
    newest = Response.objects.filter(item=OuterRef("pk")).order_by("-revision")
    filled = newest.annotate(filled=Q(answer__isnull=False)).values("filled")[:1]
    items = AttemptItem.objects.filter(attempt__in=pks).order_by().annotate(filled=Subquery(filled))
    return items.values(in_attempt=F("attempt_id")).annotate(answered=Count("pk", filter=Q(filled=True)))


def _saves(pks: Sequence[int]) -> QuerySet[Any, Any]:
    saves = Response.objects.filter(item__attempt__in=pks).order_by()
    return saves.values(in_attempt=F("item__attempt_id")).annotate(saved_at=Max("saved_at"))


def _events(pks: Sequence[int]) -> QuerySet[Any, Any]:
    offline = Q(kind="offline")
    seconds = Cast(KT("data__seconds"), FloatField())
    events = AttemptEvent.objects.filter(attempt__in=pks).order_by().values(in_attempt=F("attempt_id"))
    return events.annotate(
        offline_times=Count("pk", filter=offline),
        offline_seconds=Coalesce(Sum(seconds, filter=offline), 0.0),
        failed_saves=Coalesce(Sum(Cast(KT("data__count"), IntegerField()), filter=Q(kind="save_failed")), 0),
        signals=Count("pk", filter=Q(kind__in=SIGNALS)),
        # Not the doings of staff: those are no sign of the candidate.
        seen_at=Max("at", filter=Q(actor=None)),
    )


def _row(
    attempt: Attempt,
    end: datetime.datetime | None,
    now: datetime.datetime,
    facts: dict[str, Any],
    heard: dict[int, float],
) -> BoardRow:
    return BoardRow(
        public_id=attempt.public_id,
        invitation=attempt.invitation.public_id if attempt.invitation else None,
        person=str(attempt.candidate),
        email=attempt.candidate.email,
        assessment=attempt.assessment.title,
        answered=facts.get("answered", 0),
        questions=attempt.question_count,
        started_at=attempt.started_at,
        ends_at=end,
        left=(end - now).total_seconds() if end else None,
        saved_at=facts.get("saved_at"),
        failed_saves=facts.get("failed_saves", 0),
        silent=_silent(now, heard.get(attempt.pk), [facts.get("saved_at"), facts.get("seen_at")]),
        offline_times=facts.get("offline_times", 0),
        offline_seconds=facts.get("offline_seconds", 0.0),
        signals=facts.get("signals", 0),
    )


def _ended_row(attempt: Attempt, facts: dict[str, Any]) -> EndedRow:
    return EndedRow(
        public_id=attempt.public_id,
        invitation=attempt.invitation.public_id if attempt.invitation else None,
        person=str(attempt.candidate),
        email=attempt.candidate.email,
        assessment=attempt.assessment.title,
        answered=facts.get("answered", 0),
        questions=attempt.question_count,
        ended_at=attempt.submitted_at,
        by_clock=attempt.ended_by == "deadline",
        timed=attempt.closes_at is not None,
        failed_saves=facts.get("failed_saves", 0),
    )


def _silent(now: datetime.datetime, heard: float | None, signs: Iterable[datetime.datetime | None]) -> float | None:
    """Seconds since the newest sign of a person: its page asked for the time, a save, a page shown."""
    since = [max(0.0, (now - at).total_seconds()) for at in signs if at]
    if heard is not None:
        since.append(heard)
    return min(since, default=None)
