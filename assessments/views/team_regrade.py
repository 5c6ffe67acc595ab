"""Correcting scores where a question turned out to be wrong: dry run, decision, progress."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import MemberRequest, member_with
from accounts.errors import NotPossible
from assessments.access import get_regrade_for, regrades_visible_to, scored_items
from assessments.models import Regrade, RegradeKind, RegradeState
from assessments.services import regrade as service
from assessments.tasks import wake, work_on_regrade
from question_bank.access import visible_to
from question_bank.models import Question, QuestionVersion

PER_PAGE = 100
BUSY = (RegradeState.PLANNING, RegradeState.RUNNING)


class RegradeForm(forms.Form):
    """Which answers, what is done to them, and why."""

    version = forms.ModelChoiceField(QuestionVersion.objects.none(), label="Answers to", empty_label=None)
    kind = forms.ChoiceField(label="What to do", choices=RegradeKind.choices, widget=forms.RadioSelect)
    target = forms.ModelChoiceField(
        QuestionVersion.objects.none(),
        label="Version with the right key",
        required=False,
        empty_label="none",
        help_text="Only to mark by another key: a released version of this question.",
    )
    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
        help_text="Stands in the new reports, and in the mail to candidates where they are told.",
    )
    everybody = forms.BooleanField(
        label="For the candidates of all teams", required=False, help_text="Otherwise for this team's alone."
    )

    def __init__(self, question: Question, *, operator: bool, organisation: Any, **more: Any) -> None:
        super().__init__(**more)
        scored = scored_items(None if operator else organisation).filter(question_version=OuterRef("pk"))
        count = scored.order_by().values("question_version").annotate(n=Count("pk")).values("n")
        versions = question.versions.annotate(scored=Coalesce(Subquery(count), 0)).order_by("-number")
        self.fields["version"].queryset = versions.filter(scored__gt=0)  # type: ignore[attr-defined]
        self.fields["version"].label_from_instance = (  # type: ignore[attr-defined]
            lambda version: f"Version {version.number}, {version.scored} scored"
        )
        self.fields["target"].queryset = versions  # type: ignore[attr-defined]
        self.fields["target"].label_from_instance = (  # type: ignore[attr-defined]
            lambda version: f"Version {version.number}"
        )
        self.empty = not versions.filter(scored__gt=0).exists()
        if not operator:
            del self.fields["everybody"]


@require_GET
@member_with("correct_scores")
def regrade_list(request: MemberRequest) -> HttpResponse:
    """All corrections, newest first."""
    found = regrades_visible_to(request.membership).annotate(changed=Count("changes")).order_by("-pk")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "assessments/team/regrades.html", {"page": page})


@require_http_methods(["GET", "POST"])
@member_with("correct_scores")
def regrade_new(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Order the dry run of a correction of one question."""
    question = get_object_or_404(visible_to(request.user).select_related("skill"), public_id=public_id)
    form = RegradeForm(
        question,
        operator=request.user.is_superuser,
        organisation=request.membership.organisation,
        data=request.POST or None,
        initial={"kind": RegradeKind.KEY},
    )
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        everybody = asked.pop("everybody", False)
        organisation = None if everybody else request.membership.organisation
        try:
            ordered = service.plan_regrade(**asked, by=request.user, organisation=organisation)
        except NotPossible as refused:
            form.add_error(None, str(refused))
        else:
            wake(work_on_regrade, ordered.pk)
            return redirect("regrade", public_id=ordered.public_id)
    status = 422 if form.errors else 200
    return render(request, "assessments/team/regrade_new.html", {"question": question, "form": form}, status=status)


@require_GET
@member_with("correct_scores")
def regrade(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """What a correction changes, and how far it is. htmx fetches the lower part while a worker is busy."""
    found = get_regrade_for(request.membership, public_id)
    partial = bool(request.htmx and not request.htmx.history_restore_request)  # type: ignore[attr-defined]
    name = "assessments/team/_regrade.html" if partial else "assessments/team/regrade.html"
    return render(request, name, _context(request, found))


def _context(request: MemberRequest, found: Regrade) -> dict[str, Any]:
    changes = found.changes.select_related("attempt__candidate", "attempt__assessment", "attempt__invitation")
    return {
        "regrade": found,
        "busy": found.state in BUSY,
        "outlook": service.outlook(found),
        "page": Paginator(changes.order_by("pk"), PER_PAGE).get_page(request.GET.get("page")),
        "own": found.organisation_id == request.membership.organisation_id,
    }


@require_POST
@member_with("correct_scores")
def regrade_decide(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Carry a correction out, or discard it."""
    found = get_regrade_for(request.membership, public_id)
    try:
        if request.POST.get("do") == "carry_out":
            wake(work_on_regrade, service.carry_out(regrade=found).pk)
        else:
            service.discard(regrade=found)
            messages.success(request, "Discarded. Nothing was changed.")
    except NotPossible as refused:
        messages.error(request, str(refused))
    return redirect("regrade", public_id=public_id)
