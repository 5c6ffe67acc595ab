"""Two to five people side by side."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import MemberRequest, member_with
from assessments import listing
from assessments.access import attempts_visible_to
from assessments.models import Assessment, Attempt
from assessments.states import State
from reports.access import get_cohort_for
from reports.comparison import LEAST, MOST, Compared, compare


@require_safe
@member_with("see_candidates")
def comparison(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """``?who=`` names attempts. What is not a scored attempt of this assessment and team is not there."""
    assessment = get_cohort_for(request.membership, public_id)
    chosen = _chosen(request, assessment)
    context = {"assessment": assessment, "least": LEAST, "most": MOST, "chosen": len(chosen)}
    if LEAST <= len(chosen) <= MOST:
        people = [Compared("ABCDE"[at], attempt) for at, attempt in enumerate(chosen)]
        context |= {"people": people, "lines": compare(people, listing.skills_of(assessment))}
    return render(request, "reports/compare.html", context)


def _chosen(request: MemberRequest, assessment: Assessment) -> list[Attempt]:
    """The attempts in the order in which they were named; one more than fits tells that there are too many."""
    names = list(dict.fromkeys(name for name in map(_uuid, request.GET.getlist("who")) if name))[: MOST + 1]
    visible = attempts_visible_to(request.membership.organisation).filter(
        assessment=assessment, state=State.SCORED, score__report__isnull=False, public_id__in=names
    )
    found = {attempt.public_id: attempt for attempt in visible.select_related("candidate", "invitation")}
    return [found[name] for name in names if name in found]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
