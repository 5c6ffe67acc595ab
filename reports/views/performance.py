"""For authors: how a question performs, and what an assessment will be able to tell."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, member_with
from accounts.models import User
from assessments.access import get_assessment_for
from question_bank.access import visible_to
from reports.performance import performance_of
from reports.precision import precision_of


@require_GET
@login_required
def question_performance(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Figures of each version of a question. For people who may see its key."""
    assert isinstance(request.user, User)  # noqa: S101 - login_required lets nobody else in
    visible = visible_to(request.user).select_related("skill", "organisation")
    question = get_object_or_404(visible, public_id=public_id)
    context = {"question": question, "versions": performance_of(question, question.organisation)}
    return render(request, "reports/performance.html", context)


@require_GET
@member_with("see_assessments")
def assessment_precision(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """What the draft, or for the library the published version, is expected to tell per skill."""
    assessment = get_assessment_for(request.membership, public_id)
    own = assessment.organisation_id is not None
    definition = assessment.draft_definition() if own else assessment.published.loaded()  # type: ignore[union-attr]
    context = {"assessment": assessment, "own": own, "precision": precision_of(definition, assessment.organisation)}
    return render(request, "reports/precision.html", context)
