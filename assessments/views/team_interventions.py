"""What the team does with one attempt: reopen it, set it aside, hand in a file; and what a person is granted."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest, member_with
from accounts.errors import NotPossible
from assessments import listing, tasks
from assessments.access import get_attempt_for, get_invitation_for
from assessments.forms_board import HandInForm, ReopenForm, StandingForm, VoidForm
from assessments.models import Attempt, Invitation
from assessments.services import intervene
from assessments.services.accommodate import set_standing
from assessments.services.hand_in import hand_in
from assessments.states import State
from assessments.views.team_invitations import detail_context


@require_POST
@member_with("invite_candidates")
def invitation_reopen(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Let a handed-in attempt go on."""
    invitation, form = get_invitation_for(request.membership, public_id), ReopenForm(request.POST)
    if form.is_valid():
        minutes, reason = form.cleaned_data["minutes"], form.cleaned_data["reason"]
        try:
            attempt = _attempt(request, invitation)
            intervene.reopen(attempt=attempt, seconds=minutes * 60, reason=reason, by=request.user)
            more = f"for {minutes} more minute{'s' if minutes != 1 else ''}" if attempt.closes_at else "without a limit"
            messages.success(request, f"The attempt is open again {more}. {invitation.candidate} needs to know that.")
            return redirect("invitation_detail", public_id=public_id)
        except NotPossible as refused:
            return _refused(request, invitation, refusal=str(refused), reopen_form=form)
    return _refused(request, invitation, reopen_form=form)


@require_POST
@member_with("invite_candidates")
def invitation_void(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Set the attempt aside; the invitation can be used again."""
    invitation, form = get_invitation_for(request.membership, public_id), VoidForm(request.POST)
    if form.is_valid():
        try:
            attempt = _attempt(request, invitation)
            intervene.void(attempt=attempt, reason=form.cleaned_data["reason"], by=request.user)
            messages.success(request, "The attempt is set aside. While the invitation is valid, its link starts anew.")
            return redirect("invitation_detail", public_id=public_id)
        except NotPossible as refused:
            return _refused(request, invitation, refusal=str(refused), void_form=form)
    return _refused(request, invitation, void_form=form)


@require_POST
@member_with("invite_candidates")
def invitation_hand_in(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Take over the answers of a file, and score again where that was done already."""
    invitation, form = get_invitation_for(request.membership, public_id), HandInForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            _hand_in(request, _attempt(request, invitation), form)
            return redirect("invitation_detail", public_id=public_id)
        except NotPossible as refused:
            return _refused(request, invitation, refusal=str(refused), hand_in_form=form)
    return _refused(request, invitation, hand_in_form=form)


def _hand_in(request: MemberRequest, attempt: Attempt, form: HandInForm) -> None:
    data, note = form.cleaned_data["file"].read(), form.cleaned_data["note"]
    taken_over = hand_in(attempt=attempt, data=data, note=note, by=request.user).taken_over
    if not taken_over:
        messages.info(request, "The file is kept. All of its answers were stored already, so nothing changes.")
        return
    tasks.wake(tasks.score_attempt, attempt.pk)  # where it was not scored yet; else the hand-in has done it
    each = "1 answer was" if taken_over == 1 else f"{taken_over} answers were"
    attempt.refresh_from_db(fields=["state"])
    waits = " Texts wait for marks; until then there is no report." if attempt.state == State.NEEDS_REVIEW else ""
    messages.success(request, f"{each} taken over, marked as late. The score is made anew.{waits}")


@require_POST
@member_with("invite_candidates")
def invitation_accommodation(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """What this person is granted in every assessment from now on."""
    invitation, form = get_invitation_for(request.membership, public_id), StandingForm(request.POST)
    if form.is_valid():
        set_standing(candidate=invitation.candidate, **form.cleaned_data)
        messages.success(request, f"Kept. It holds for every attempt that {invitation.candidate} starts from now on.")
        return redirect("invitation_detail", public_id=public_id)
    return _refused(request, invitation, standing_form=form)


def _attempt(request: MemberRequest, invitation: Invitation) -> Attempt:
    row = listing.facts_of(invitation)
    if row.attempt is None:
        raise NotPossible("The assessment was not started yet.")
    return get_attempt_for(request.membership, row.attempt)


def _refused(request: MemberRequest, invitation: Invitation, **more: Any) -> HttpResponse:
    """The page again. ``refusal`` is said on top, as the form's own place may be gone by then."""
    context = detail_context(request.membership, invitation, **more)
    return render(request, "assessments/team/invitation.html", context, status=422)
