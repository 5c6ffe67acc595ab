"""Cohorts as rows, for lists of thousands: what the services would leave after each sitting, written in bulk."""

from __future__ import annotations

import datetime
from itertools import count

from django.utils import timezone

from accounts.models import Organisation
from assessments.models import Assessment, Attempt, Candidate, Invitation, Score, SkillScore
from assessments.states import State
from psychometrics.intervals import wilson
from question_bank.models import Skill
from reports.models import ReportFigure, SkillReport
from tests.reports.factories import make_assessment

_numbers = count(1)


def make_cohort(
    organisation: Organisation, marks: list[int], *, of: int = 24, assessment: Assessment | None = None, skills: int = 2
) -> list[Attempt]:
    """One scored person per entry of ``marks`` (points of ``of`` questions), each skill with the same share."""
    assessment = assessment or make_assessment(organisation, skills=skills, per_skill=1)
    asked = list(Skill.objects.filter(slug__in=assessment.published.loaded().skills))  # type: ignore[union-attr]
    now = timezone.now()
    numbers = [next(_numbers) for _ in marks]
    people = Candidate.objects.bulk_create(
        Candidate(organisation=organisation, email=f"person{n}@example.org", name=f"Person {n:05}") for n in numbers
    )
    invitations = Invitation.objects.bulk_create(
        Invitation(
            organisation=organisation,
            assessment=assessment,
            candidate=person,
            token_hash=f"cohort-{person.pk}",
            expires_at=now + datetime.timedelta(days=7),
        )
        for person in people
    )
    attempts = Attempt.objects.bulk_create(
        Attempt(
            candidate=invitation.candidate,
            assessment=assessment,
            version=assessment.published,
            invitation=invitation,
            state=State.SCORED,
            seed=1,
            question_count=of,
            started_at=now - datetime.timedelta(minutes=30),
            submitted_at=now,
            consented_at=now,
        )
        for invitation in invitations
    )
    _score(attempts, marks, of, asked)
    return attempts


def _score(attempts: list[Attempt], marks: list[int], of: int, asked: list[Skill]) -> None:
    estimates = [wilson(points, of) for points in marks]
    scores = Score.objects.bulk_create(
        Score(
            attempt=attempt,
            number=1,
            rule="share_of_points",
            rule_version=1,
            points=points,
            n=of,
            value=e.value,
            low=e.low,
            high=e.high,
            level=0.9,
        )
        for attempt, points, e in zip(attempts, marks, estimates, strict=True)
    )
    for attempt, score in zip(attempts, scores, strict=True):
        attempt.score = score
    Attempt.objects.bulk_update(attempts, ["score"], batch_size=1000)
    SkillScore.objects.bulk_create(
        SkillScore(score=s, skill=skill, points=s.points, n=s.n, value=s.value, low=s.low, high=s.high)
        for s in scores
        for skill in asked
    )
    reports = SkillReport.objects.bulk_create(
        SkillReport(
            attempt=a, score=s, number=1, schema_version=1, data={"sections": []}, integrity_tier="nothing notable"
        )
        for a, s in zip(attempts, scores, strict=True)
    )
    ReportFigure.objects.bulk_create(
        ReportFigure(
            report=report,
            skill=skill,
            estimate=s.value,
            low=s.low,
            high=s.high,
            level=0.9,
            points=s.points,
            n=s.n,
            provisional=True,
            method="Share of points, version 1",
            percentile_note="No comparison group of at least 100 people yet.",
        )
        for report, s in zip(reports, scores, strict=True)
        for skill in (None, *asked)
    )
