"""Where a person stands with the team: notes, tags, stage, and a decision that somebody makes and explains."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import MemberRequest, member_with
from accounts.errors import NotPossible
from accounts.models import Membership
from assessments import listing
from assessments.access import get_invitation_for
from assessments.models import Invitation
from reports.forms import DecisionForm, NoteForm, StagesForm, TagsForm
from reports.hiring import candidacy_of, history_of, stages_of
from reports.models import ReportFigure
from reports.services import hiring


@require_safe
@member_with("see_candidates")
def candidacy(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Everything the team said about a person, and what can be said now."""
    invitation = get_invitation_for(request.membership, public_id)
    return render(request, "reports/candidacy.html", _context(request.membership, invitation))


def _context(membership: Membership, invitation: Invitation, **refused: Any) -> dict[str, Any]:
    said = candidacy_of(invitation)
    row = listing.facts_of(invitation)
    stages = stages_of(invitation.organisation)
    finished = row.stage == listing.Stage.FINISHED
    figures = ReportFigure.objects.filter(report__score=row.score if finished else None, skill=None)
    return {
        "invitation": invitation,
        "row": row,
        "figure": figures.first(),
        "candidacy": said,
        "stages": stages,
        "stage": said.stage or stages[0].slug,
        "history": list(history_of(said)),
        "may_note": membership.may("note_candidates"),
        "may_decide": membership.may("decide_candidates"),
        "note_form": NoteForm(),
        "tags_form": TagsForm(initial={"tags": ", ".join(said.tags)}),
        "decision_form": DecisionForm(initial={"decision": said.decision}),
        **refused,
    }


@require_POST
@member_with("note_candidates")
def candidacy_note(request: MemberRequest, public_id: UUID) -> HttpResponse:
    invitation = get_invitation_for(request.membership, public_id)
    form = NoteForm(request.POST)
    if form.is_valid():
        hiring.leave_note(invitation=invitation, text=form.cleaned_data["text"], by=request.user)
        messages.success(request, "The note is kept.")
        return redirect("candidacy", public_id=public_id)
    return _refused(request, invitation, note_form=form)


@require_POST
@member_with("decide_candidates")
def candidacy_stage(request: MemberRequest, public_id: UUID) -> HttpResponse:
    invitation = get_invitation_for(request.membership, public_id)
    try:
        hiring.move_to_stage(invitation=invitation, stage=request.POST.get("stage", ""), by=request.user)
        messages.success(request, "The stage is kept.")
    except NotPossible as refused:
        messages.error(request, str(refused))
    return redirect("candidacy", public_id=public_id)


@require_POST
@member_with("note_candidates")
def candidacy_tags(request: MemberRequest, public_id: UUID) -> HttpResponse:
    invitation = get_invitation_for(request.membership, public_id)
    form = TagsForm(request.POST)
    if form.is_valid():
        try:
            hiring.set_tags(invitation=invitation, tags=form.cleaned_data["tags"].split(","), by=request.user)
            messages.success(request, "The tags are kept.")
            return redirect("candidacy", public_id=public_id)
        except NotPossible as refused:
            form.add_error("tags", str(refused))
    return _refused(request, invitation, tags_form=form)


@require_POST
@member_with("decide_candidates")
def candidacy_decide(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """A person decides and says why. Nothing else happens: no mail, no closing, no rejection by itself."""
    invitation = get_invitation_for(request.membership, public_id)
    form = DecisionForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            hiring.decide(invitation=invitation, decision=given["decision"], reason=given["reason"], by=request.user)
            messages.success(request, "The decision is kept with its reason. The candidate is told nothing by it.")
            return redirect("candidacy", public_id=public_id)
        except NotPossible as refused:
            form.add_error("reason", str(refused))
    return _refused(request, invitation, decision_form=form)


def _refused(request: MemberRequest, invitation: Invitation, **forms: Any) -> HttpResponse:
    context = _context(request.membership, invitation, **forms)
    return render(request, "reports/candidacy.html", context, status=422)


@require_http_methods(["GET", "POST"])
@member_with("set_stages")
def stages(request: MemberRequest) -> HttpResponse:
    """The stages of the team."""
    organisation = request.membership.organisation
    initial = "\n".join(stage.title for stage in stages_of(organisation))
    form = StagesForm(request.POST or None, initial={"stages": initial})
    if request.method == "POST" and form.is_valid():
        try:
            hiring.set_stages(organisation=organisation, titles=form.cleaned_data["stages"].splitlines())
            messages.success(request, "The stages are kept.")
            return redirect("hiring_stages")
        except NotPossible as refused:
            form.add_error("stages", str(refused))
    return render(request, "reports/stages.html", {"form": form}, status=422 if form.errors else 200)
