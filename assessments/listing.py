"""What the team's lists show: invitations with the state that follows from their facts, counts, skill columns.

Everything is filtered, sorted and counted by the database, in a number of queries that depends
neither on the number of people nor on the number of skills.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
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
from assessments.models import Assessment, Attempt, DatabaseNow, Invitation, SkillScore
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
    """One row of the list. ``value``, ``low`` and ``high`` in [0, 1], resting on ``n`` questions."""

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
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    level: float | None

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
    newer = Attempt.objects.filter(invitation=OuterRef("pk"), pk__gt=OuterRef("current__pk"), state__in=_NOT_VOIDED)
    return (
        invitations.annotate(
            current=FilteredRelation("attempts", condition=Q(attempts__state__in=_NOT_VOIDED)),
        )
        .filter(~Exists(newer))
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
            value=F("current__score__value"),
            low=F("current__score__low"),
            high=F("current__score__high"),
            n=F("current__score__n"),
            level=F("current__score__level"),
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


def orderings(skills: Iterable[Skill] = ()) -> dict[str, Any]:
    """The keys that may be sorted by, each with its expression: the whitelist, so no request reaches order_by."""
    stages = [When(stage=stage, then=Value(number)) for number, stage in enumerate(Stage)]
    keys: dict[str, Any] = {
        "person": Lower(Coalesce(NullIf("candidate__name", Value("")), "candidate__email")),
        "assessment": F("assessment__title"),
        "stage": Case(*stages, default=Value(99)),
        "sent": F("created_at"),
        "expires": F("expires_at"),
        "time": F("time_used"),
        "result": F("value"),
        "low": F("low"),
    }
    for skill in skills:
        share = SkillScore.objects.filter(score=OuterRef("current__score"), skill=skill).values("value")
        keys[f"skill-{skill.slug}"] = Subquery(share)
    return keys


def ordering(sort: str, skills: Iterable[Skill] = ()) -> tuple[str, OrderBy]:
    """The sort that is in force (an unknown key gives the default) and its expression; people without it come last."""
    keys = orderings(skills)
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


def listed(organisation: Organisation, query: Query, skills: Iterable[Skill] = ()) -> QuerySet[Any, Any]:
    """Rows for `as_rows`, filtered and in order; ties by the newest first."""
    found = searched(organisation, query)
    if query.stage:
        found = found.filter(stage=query.stage)
    return found.order_by(ordering(query.sort, skills)[1], "-pk").values(*_FIELDS)


_FIELDS = tuple(column.name for column in fields(ListedInvitation))


def as_rows(values: Iterable[dict[str, Any]]) -> list[ListedInvitation]:
    return [ListedInvitation(**row) for row in values]


def facts_of(invitation: Invitation) -> ListedInvitation:
    """The row of one invitation."""
    return as_rows(with_facts(Invitation.objects.filter(pk=invitation.pk)).values(*_FIELDS))[0]


def stage_counts(organisation: Organisation, query: Query) -> dict[str, int]:
    """How many invitations are in each stage, for the same assessment and search. One query."""
    found = searched(organisation, query).order_by().values("stage").annotate(people=Count("pk"))
    return {row["stage"]: row["people"] for row in found}


# --- one assessment picked: a column per skill -----------------------------------------------


def skills_of(organisation: Organisation, assessment: Assessment) -> list[Skill]:
    """The skills that the published version asks, and those of earlier sittings; in the order of the taxonomy."""
    sat = SkillScore.objects.filter(
        skill=OuterRef("pk"),
        score__attempt__assessment=assessment,
        score__attempt__candidate__organisation=organisation,
    )
    asked = assessment.published.loaded().skills if assessment.published else []
    return list(Skill.objects.filter(Q(slug__in=asked) | Exists(sat)))


@dataclass(frozen=True, slots=True)
class SkillRow:
    """A row with its skills, in the order of the columns; None where a skill was not scored."""

    invitation: ListedInvitation
    cells: list[tuple[Skill, SkillScore | None]] = field(default_factory=list)


def with_skills(rows: Iterable[ListedInvitation], skills: list[Skill]) -> list[SkillRow]:
    """Put the skill scores of the shown rows beside them. One query, or none."""
    rows = list(rows)
    scores = [row.score for row in rows if row.score]
    found: dict[tuple[int, int], SkillScore] = {}
    if skills and scores:
        found = {(s.score_id, s.skill_id): s for s in SkillScore.objects.filter(score__in=scores, skill__in=skills)}
    return [SkillRow(row, [(skill, found.get((row.score or 0, skill.pk))) for skill in skills]) for row in rows]


def assessments_used_by(organisation: Organisation) -> list[Assessment]:
    """Assessments that the organisation has invited somebody to, by title."""
    used = Invitation.objects.filter(organisation=organisation, assessment=OuterRef("pk"))
    return list(Assessment.objects.filter(Exists(used)).select_related("published").order_by("title"))
