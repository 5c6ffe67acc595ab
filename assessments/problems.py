"""What candidates reported about questions: who may read it, and the question as they had it before them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from accounts.models import User
from assessments.models import ProblemReport
from question_bank.access import organisations_with
from question_bank.models import Question
from question_bank.types.base import DescribedLine, Presentation
from question_bank.types.variants import worded
from question_bank.upkeep import LISTED, Note, Notes


@dataclass(frozen=True, slots=True)
class Context:
    """The sitting behind a report, without the person: what was shown and what was answered."""

    assessment: str
    position: int
    of: int
    stem: str
    presentation: Presentation
    answer: Sequence[DescribedLine]
    answered: bool
    drawn_now: int | None
    """Number of the version that candidates get today; None where they get none."""


def visible_reports(user: User) -> QuerySet[ProblemReport]:
    """Reports of the own candidates, and those on the own questions."""
    reports = ProblemReport.objects.select_related("item__question_version__question__skill")
    if user.is_superuser:
        return reports
    teams = organisations_with(user, "see_questions")
    return reports.filter(
        Q(item__attempt__candidate__organisation__in=teams)
        | Q(item__question_version__question__organisation__in=teams)
    )


def open_notes(sender: Any, user: User, question: Question | None, **kwargs: Any) -> Notes:
    """Receiver of `question_bank.upkeep.notes_wanted`."""
    reports = visible_reports(user).filter(resolved_at=None)
    if question is not None:
        reports = reports.filter(item__question_version__question=question)
    counted = reports.order_by().values_list("item__question_version__question__skill").annotate(Count("pk"))
    newest = [
        Note(
            question=report.item.question_version.question.external_id,
            text=report.text[:500],
            at=report.created_at,
            address=reverse("admin:assessments_problemreport_change", args=[report.pk]),
        )
        for report in reports.order_by("-pk")[:LISTED]
    ]
    return Notes(dict(Counter(dict(counted))), newest)


def context_of(report: ProblemReport) -> Context:
    """What the candidate had before them when they wrote. A few queries."""
    item = report.item
    attempt, version = item.attempt, item.question_version
    question = version.question
    seed = item.seed(attempt)
    kind, payload = version.question_type, version.asked(seed)
    shuffle = attempt.version.loaded().sections[item.section].shuffle_options
    newest = item.responses.order_by("-revision").first()
    answer = newest.answer if newest else None
    drawn = question.current if question.status in {"live", "pilot"} else None
    return Context(
        assessment=attempt.assessment.title,
        position=item.position,
        of=attempt.question_count,
        stem=worded(version.stem, payload.draw),
        presentation=kind.present(payload, seed, shuffle=shuffle),
        answer=kind.describe(payload, answer),
        answered=answer is not None,
        drawn_now=drawn.number if drawn else None,
    )
