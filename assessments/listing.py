"""What the team's lists show: invitations with the state that follows from their facts, points, counts.

Everything is filtered, sorted and counted by the database, in a number of queries that depends
neither on the number of people nor on the number of skills.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import (
    Case,
    CharField,
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce, Lower, NullIf

from accounts.models import Organisation
from assessments.access import invitations_visible_to
from assessments.models import Assessment, Attempt, DatabaseNow, Invitation
from assessments.states import State
from question_bank.models import Skill


class Stage(models.TextChoices):
    """What an invitation has come to. Derived from facts by `with_facts`, stored nowhere.

    A running or finished attempt says more than a withdrawal or the end of validity, so it wins.
    """

    INVITED = "invited", "Invited"
    OPENED = "opened", "Opened"
    IN_PROGRESS = "in_progress", "In progress"
    WAITING = "waiting", "Waiting for score"
    FINISHED = "finished", "Finished"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Withdrawn"


_NOT_VOIDED = [state for state in State if state is not State.VOIDED]


@dataclass(frozen=True, slots=True)
class ListedInvitation:
    """One row of the list. ``points`` of ``n`` questions as counted by the score.

    What they say about the person is an estimate: see `assessments.results`.
    """

    pk: int
    public_id: UUID
    stage: str
    name: str
    email: str
    assessment_title: str
    assessment_public_id: UUID
    created_at: datetime.datetime
    opens_at: datetime.datetime | None
    expires_at: datetime.datetime
    opened_at: datetime.datetime | None
    revoked_at: datetime.datetime | None
    mailed_at: datetime.datetime | None
    mail_problem: str
    time_factor: Decimal
    untimed: bool
    attempt: UUID | None
    started_at: datetime.datetime | None
    submitted_at: datetime.datetime | None
    time_used: datetime.timedelta | None
    score: int | None
    points: float | None
    n: int | None

    @property
    def person(self) -> str:
        return self.name or self.email

    @property
    def stage_label(self) -> str:
        return str(Stage(self.stage).label)

    @property
    def seconds_used(self) -> float | None:
        return self.time_used.total_seconds() if self.time_used is not None else None


def with_facts(invitations: QuerySet[Invitation]) -> QuerySet[Any, Any]:
    """Annotate stage, person, assessment, the attempt that counts (the newest not voided) and its score."""
    # Grouped, so that it is looked up by invitation, whatever the planner knows about the tables.
    newest = Attempt.objects.filter(invitation=OuterRef("pk"), state__in=_NOT_VOIDED).order_by().values("invitation")
    return (
        invitations.annotate(
            current=FilteredRelation("attempts", condition=Q(attempts__state__in=_NOT_VOIDED)),
        )
        .filter(Q(current=None) | Q(current=Subquery(newest.annotate(newest=Max("pk")).values("newest"))))
        .annotate(
            stage=_stage(),
            name=F("candidate__name"),
            email=F("candidate__email"),
            assessment_title=F("assessment__title"),
            assessment_public_id=F("assessment__public_id"),
            attempt=F("current__public_id"),
            started_at=F("current__started_at"),
            submitted_at=F("current__submitted_at"),
            # Scaled to the usual limit: who reads results must not see who was granted more time.
            time_used=ExpressionWrapper(
                (F("current__submitted_at") - F("current__started_at")) / F("current__time_factor"),
                output_field=DurationField(),
            ),
            score=F("current__score"),
            points=F("current__score__points"),
            n=F("current__score__n"),
        )
    )


def _stage() -> Case:
    return Case(
        When(current__state=State.SCORED, then=Value(Stage.FINISHED)),
        When(current__state__in=[State.SUBMITTED, State.NEEDS_REVIEW], then=Value(Stage.WAITING)),
        When(current__state=State.IN_PROGRESS, then=Value(Stage.IN_PROGRESS)),
        When(revoked_at__isnull=False, then=Value(Stage.REVOKED)),
        When(expires_at__lt=DatabaseNow(), then=Value(Stage.EXPIRED)),
        When(opened_at__isnull=False, then=Value(Stage.OPENED)),
        default=Value(Stage.INVITED),
        output_field=CharField(),
    )


# --- filter and order ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody wants to see. ``sort`` is a key of `orderings`, with "-" in front for descending."""

    assessment: Assessment | None = None
    stage: str = ""
    search: str = ""
    sort: str = ""


DEFAULT_SORT = "-sent"


def orderings() -> dict[str, Any]:
    """The keys that may be sorted by, each with its expression: the whitelist, so no request reaches order_by."""
    stages = [When(stage=stage, then=Value(number)) for number, stage in enumerate(Stage)]
    return {
        "person": Lower(Coalesce(NullIf("candidate__name", Value("")), "candidate__email")),
        "assessment": F("assessment__title"),
        "stage": Case(*stages, default=Value(99)),
        "sent": F("created_at"),
        "expires": F("expires_at"),
        "time": F("time_used"),
        "points": F("current__score__value"),  # the share of them, as assessments differ in length
    }


def ordering(sort: str) -> tuple[str, OrderBy]:
    """The sort that is in force (an unknown key gives the default) and its expression; people without it come last."""
    keys = orderings()
    if sort.removeprefix("-") not in keys:
        sort = DEFAULT_SORT
    expression = keys[sort.removeprefix("-")]
    return sort, OrderBy(expression, descending=sort.startswith("-"), nulls_last=True)


def searched(organisation: Organisation, query: Query) -> QuerySet[Any, Any]:
    """The organisation's invitations that fit assessment and search, whatever their stage."""
    found = with_facts(invitations_visible_to(organisation))
    if query.assessment:
        found = found.filter(assessment=query.assessment)
    if query.search:
        found = found.filter(Q(candidate__name__icontains=query.search) | Q(candidate__email__icontains=query.search))
    return found


def listed(organisation: Organisation, query: Query) -> QuerySet[Any, Any]:
    """Rows for `as_rows`, filtered and in order; ties by the newest first."""
    found = searched(organisation, query)
    if query.stage:
        found = found.filter(stage=query.stage)
    return found.order_by(ordering(query.sort)[1], "-pk").values(*FIELDS)


FIELDS = tuple(column.name for column in fields(ListedInvitation))


def as_rows(values: Iterable[dict[str, Any]]) -> list[ListedInvitation]:
    return [ListedInvitation(**row) for row in values]


def facts_of(invitation: Invitation) -> ListedInvitation:
    """The row of one invitation."""
    return as_rows(with_facts(Invitation.objects.filter(pk=invitation.pk)).values(*FIELDS))[0]


def stage_counts(organisation: Organisation, query: Query) -> dict[str, int]:
    """How many invitations are in each stage, for the same assessment and search. One query."""
    found = searched(organisation, query).order_by().values("stage").annotate(people=Count("pk"))
    return {row["stage"]: row["people"] for row in found}


# --- assessments and their skills ------------------------------------------------------------


def skills_of(assessment: Assessment) -> list[Skill]:
    """The skills that any published version asks, in the order of the taxonomy. Two queries, however many people."""
    asked = {slug for version in assessment.versions.all() for slug in version.loaded().skills}
    return list(Skill.objects.filter(slug__in=asked))


def assessments_used_by(organisation: Organisation) -> list[Assessment]:
    """Assessments that the organisation has invited somebody to, by title."""
    used = Invitation.objects.filter(organisation=organisation, assessment=OuterRef("pk"))
    return list(Assessment.objects.filter(Exists(used)).select_related("published").order_by("title"))
