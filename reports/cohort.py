"""Everybody who was invited to one assessment, with the figures of their reports.

Filtered, sorted and counted by the database, in a number of queries that depends neither on the
number of people nor on the number of skills. Only a scored attempt shows figures: while one is
open again, or its newest score has no report yet, there is nothing to compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import OrderBy

from accounts.models import Organisation
from assessments import listing
from assessments.listing import ListedInvitation
from assessments.models import Assessment
from assessments.states import State
from psychometrics.differences import places
from question_bank.models import Skill
from reports.facts import FEW_QUESTIONS
from reports.hiring import stages_of
from reports.models import Candidacy, ReportFigure, SkillReport

OVERALL = ""
"""Stands for the figure over all skills where a skill's slug could stand."""

ESTIMATE, LOW = "estimate", "low"
DEFAULT_SORT = "-overall"
BINS = 10


@dataclass(frozen=True, slots=True)
class Terms:
    """Whom somebody wants to see, and in which order.

    ``by`` says whether figures are sorted and filtered by their estimate or by the low end of their range;
    ``least`` in [0, 1] is wanted of ``skill`` (None: overall). ``sort`` is a key of `orderings`, with "-" in
    front for descending. ``step`` is the slug of a hiring stage.
    """

    assessment: Assessment
    state: str = ""
    search: str = ""
    skill: Skill | None = None
    least: float | None = None
    by: str = ESTIMATE
    tier: str = ""
    step: str = ""
    tag: str = ""
    sort: str = DEFAULT_SORT

    def as_json(self) -> dict[str, Any]:
        """Everything but the assessment, for keeping."""
        kept = {name.name: getattr(self, name.name) for name in fields(self) if name.name != "assessment"}
        return kept | {"skill": self.skill.slug if self.skill else OVERALL}

    @classmethod
    def from_json(cls, assessment: Assessment, kept: dict[str, Any]) -> Terms:
        skill = Skill.objects.filter(slug=kept["skill"]).first() if kept["skill"] else None
        return cls(**{**kept, "assessment": assessment, "skill": skill})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person may stand among all who have the figure: 1 is the first. Overlapping places are ties."""

    best: int
    worst: int
    people: int

    @property
    def tied_with_first(self) -> bool:
        return self.best == 1


@dataclass(frozen=True, slots=True)
class CohortRow:
    """One person: the invitation, the figures in the order of the columns, the tier of the integrity section.

    ``candidacy`` None: nobody of the team has said anything yet.
    """

    invitation: ListedInvitation
    overall: ReportFigure | None
    cells: list[tuple[Skill, ReportFigure | None]]
    tier: str
    place: Place | None
    candidacy: Candidacy | None

    @property
    def step(self) -> str:
        """The slug of the hiring stage; empty where nobody has moved the person yet."""
        return self.candidacy.stage if self.candidacy else ""


@dataclass(frozen=True, slots=True)
class Bin:
    """A tenth of the scale, in percent, and how many estimates lie in it."""

    start: int
    end: int
    people: int


# --- filter and order ------------------------------------------------------------------------


def _figures(skill: Skill | None) -> QuerySet[ReportFigure]:
    """The figure of the row's person that counts: of the newest score of a scored attempt."""
    return ReportFigure.objects.filter(
        report__score=OuterRef("current__score"), report__attempt__state=State.SCORED, skill=skill
    )


def orderings(skills: Iterable[Skill], by: str) -> dict[str, Any]:
    """The keys that may be sorted by, each with its expression: no request reaches order_by."""
    known = listing.orderings()
    keys = {key: known[key] for key in ("person", "stage", "sent", "time")}
    keys["overall"] = Subquery(_figures(None).values(by))
    return keys | {f"skill-{skill.slug}": Subquery(_figures(skill).values(by)) for skill in skills}


def ordering(terms: Terms, skills: Iterable[Skill]) -> tuple[str, OrderBy]:
    """The sort in force (an unknown key gives the default) and its expression; people without it come last."""
    keys = orderings(skills, terms.by)
    sort = terms.sort if terms.sort.removeprefix("-") in keys else DEFAULT_SORT
    return sort, OrderBy(keys[sort.removeprefix("-")], descending=sort.startswith("-"), nulls_last=True)


def found(organisation: Organisation, terms: Terms) -> QuerySet[Any, Any]:
    """The organisation's invitations that fit everything but the state."""
    people = listing.searched(organisation, listing.Query(assessment=terms.assessment, search=terms.search))
    if terms.least is not None:
        people = people.filter(Exists(_figures(terms.skill).filter(**{f"{_column(terms.by)}__gte": terms.least})))
    if terms.tier:
        reports = SkillReport.objects.filter(score=OuterRef("current__score"), attempt__state=State.SCORED)
        people = people.filter(Exists(reports.filter(integrity_tier=terms.tier)))
    if terms.step:
        first = terms.step == stages_of(organisation)[0].slug
        people = people.filter(Q(candidacy__stage=terms.step) | (_UNTOUCHED if first else Q()))
    if terms.tag:
        people = people.filter(candidacy__tags__contains=[terms.tag])
    return people


_UNTOUCHED = Q(candidacy=None) | Q(candidacy__stage="")
"""Nobody has moved the person yet: they stand in the first stage."""


def _column(by: str) -> str:
    return LOW if by == LOW else ESTIMATE


def listed(organisation: Organisation, terms: Terms, skills: Sequence[Skill]) -> QuerySet[Any, Any]:
    """Values for `with_figures`, filtered and in order; ties by the newest invitation first."""
    people = found(organisation, terms)
    if terms.state:
        people = people.filter(stage=terms.state)
    return people.order_by(ordering(terms, skills)[1], "-pk").values(*listing.FIELDS)


def state_counts(organisation: Organisation, terms: Terms) -> dict[str, int]:
    """How many people are in each state, for the same other filters. One query."""
    counted = found(organisation, terms).order_by().values("stage").annotate(people=Count("pk"))
    return {row["stage"]: row["people"] for row in counted}


# --- figures ---------------------------------------------------------------------------------


def with_figures(values: Iterable[dict[str, Any]], skills: Sequence[Skill], spread: Spread) -> list[CohortRow]:
    """Put their figures, places and standing with the team beside the shown people. Two queries."""
    rows = listing.as_rows(values)
    scores = [row.score for row in rows if row.score]
    found: dict[tuple[int, int | None], ReportFigure] = {}
    if scores:
        figures = ReportFigure.objects.filter(report__score__in=scores, report__attempt__state=State.SCORED)
        for figure in figures.select_related("report").defer("report__data"):
            found[figure.report.score_id, figure.skill_id] = figure
    stands = spread.places_of(scores)
    said = {one.invitation_id: one for one in Candidacy.objects.filter(invitation__in=[row.pk for row in rows])}
    return [_row(row, skills, found, stands, said.get(row.pk)) for row in rows]


def _row(
    row: ListedInvitation,
    skills: Sequence[Skill],
    found: dict[tuple[int, int | None], ReportFigure],
    stands: dict[int, Place],
    candidacy: Candidacy | None,
) -> CohortRow:
    score = row.score or 0
    overall = found.get((score, None))
    cells = [(skill, found.get((score, skill.pk))) for skill in skills]
    tier = overall.report.integrity_tier if overall else ""
    return CohortRow(row, overall, cells, tier, stands.get(score), candidacy)


class Spread:
    """The figures of one kind (overall, or of one skill) of everybody who has one: for places and the picture.

    Three numbers a person, in one query: what is said of one depends on all.
    """

    def __init__(self, organisation: Organisation, assessment: Assessment, skill: Skill | None) -> None:
        self.skill = skill
        everybody = listing.searched(organisation, listing.Query(assessment=assessment))
        figures = ReportFigure.objects.filter(
            report__score__in=everybody.filter(stage=listing.Stage.FINISHED).order_by().values("score"),
            skill=skill,
            estimate__isnull=False,
            low__isnull=False,
            high__isnull=False,
        )
        # Figures on very few questions are known too badly to set people apart: they tie with everybody.
        few = Q(n__lt=FEW_QUESTIONS)
        low, high = (Case(When(few, then=Value(end)), default=F(name)) for end, name in ((0.0, "low"), (1.0, "high")))
        rows = list(figures.values_list("report__score", "estimate", low, high))
        self.index = {score: at for at, (score, *_) in enumerate(rows)}
        table = np.array([row[1:] for row in rows], dtype=float).reshape(-1, 3)
        self.estimate, self.low, self.high = table[:, 0], table[:, 1], table[:, 2]

    def __len__(self) -> int:
        return len(self.index)

    def places_of(self, scores: Iterable[int]) -> dict[int, Place]:
        """The places of some of them, by score; people without the figure have none."""
        known = [score for score in scores if score in self.index]
        best, worst = places(self.estimate, self.low, self.high, [self.index[score] for score in known])
        return {
            score: Place(int(first), int(last), len(self))
            for score, first, last in zip(known, best, worst, strict=True)
        }

    def bins(self) -> list[Bin]:
        """How many estimates lie in each tenth of the scale; the last one holds 100 % too."""
        counts, _ = np.histogram(self.estimate, bins=BINS, range=(0, 1))
        width = 100 // BINS
        return [Bin(width * at, width * (at + 1), int(people)) for at, people in enumerate(counts)]
