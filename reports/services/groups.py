"""Where a result stands in a group: the people who took the same assessment before, each once."""

from __future__ import annotations

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from assessments.models import Attempt
from assessments.states import State
from psychometrics.estimates import Estimate
from psychometrics.intervals import wilson
from reports.facts import PlaceFacts
from reports.models import ReportFigure
from reports.services.estimates import Estimates

SMALLEST_GROUP = 100
"""Below this no percentile is given: with 100 people the middle one is known to ten places either way."""


def place_in_group(attempt: Attempt, overall: Estimate, estimates: Estimates) -> PlaceFacts:
    """The percentile of an overall figure, or why there is none.

    The percentile is the share of the group with a lower estimate, ties counted half. Its interval carries both
    errors: the person's (ranks of the two ends of the interval) and the group's (Wilson at both ranks), so it is
    rather too wide than too narrow.
    """
    group = f"people who took {attempt.assessment.title}, first sitting each"
    today = timezone.localdate()
    if overall.value is None:
        return PlaceFacts(group, 0, today, None, None, None, "There is no figure to compare.")
    if estimates.provisional:
        reason = "Not given while figures rest on assumed question difficulty."
        return PlaceFacts(group, 0, today, None, None, None, reason)
    counts = _group(attempt).aggregate(
        n=Count("pk"),
        below=Count("pk", filter=Q(estimate__lt=overall.value)),
        equal=Count("pk", filter=Q(estimate=overall.value)),
        below_low=Count("pk", filter=Q(estimate__lt=overall.low)),
        below_high=Count("pk", filter=Q(estimate__lt=overall.high)),
    )
    n = counts["n"]
    if n < SMALLEST_GROUP:
        reason = f"Not given: the group has {n} people, and {SMALLEST_GROUP} are needed."
        return PlaceFacts(group, n, today, None, None, None, reason)
    low = wilson(counts["below_low"], n, overall.level).low
    high = wilson(counts["below_high"], n, overall.level).high
    percentile = 100 * (counts["below"] + counts["equal"] / 2) / n
    return PlaceFacts(group, n, today, percentile, 100 * (low or 0.0), 100 * (1.0 if high is None else high))


def _group(attempt: Attempt) -> QuerySet[ReportFigure]:
    """Overall figures of the others: of each one's first sitting the newest report, where it rests on answers."""
    earlier = Attempt.objects.filter(
        candidate=OuterRef("report__attempt__candidate"),
        assessment=OuterRef("report__attempt__assessment"),
        started_at__lt=OuterRef("report__attempt__started_at"),
    )
    return (
        ReportFigure.objects.filter(
            skill=None,
            provisional=False,
            estimate__isnull=False,
            report__attempt__assessment=attempt.assessment_id,
            report__attempt__state=State.SCORED,
            report__score=F("report__attempt__score"),
        )
        .exclude(report__attempt__candidate=attempt.candidate_id)
        .exclude(Exists(earlier))
    )
