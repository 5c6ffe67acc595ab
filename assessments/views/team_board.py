"""What the team sees and does while attempts run: the live board, and outages of the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, member_with
from accounts.errors import NotPossible
from assessments.board import board_of, running_attempts
from assessments.forms_board import ExtendManyForm
from assessments.models import Attempt, Outage
from assessments.services.intervene import extend_many
from assessments.services.outages import credit, recent_outages

OUTAGE_DAYS = 30


@require_GET
@member_with("see_candidates")
def board(request: MemberRequest) -> HttpResponse:
    """Who is taking an assessment now. htmx fetches the lower part of the same page every few seconds."""
    partial = bool(request.htmx and not request.htmx.history_restore_request)  # type: ignore[attr-defined]
    name = "assessments/team/_board.html" if partial else "assessments/team/board.html"
    return render(request, name, _board_context(request, ExtendManyForm()))


def _board_context(request: MemberRequest, form: ExtendManyForm, ticked: Sequence[str] = ()) -> dict[str, Any]:
    organisation = request.membership.organisation
    return {
        "board": board_of(organisation),
        "form": form,
        "ticked": set(ticked),
        "may_extend": request.membership.may("invite_candidates"),
        "outages": [outage for outage in recent_outages(organisation) if outage.running],
    }


@require_POST
@member_with("invite_candidates")
def board_extend(request: MemberRequest) -> HttpResponse:
    """More time for the ticked attempts, or for all that are running."""
    form, ticked = ExtendManyForm(request.POST), request.POST.getlist("attempt")
    if form.is_valid():
        try:
            _extend(request, form, ticked)
            return redirect("board")
        except NotPossible as refused:
            form.add_error(None, str(refused))
    return render(request, "assessments/team/board.html", _board_context(request, form, ticked), status=422)


def _extend(request: MemberRequest, form: ExtendManyForm, ticked: Sequence[str]) -> None:
    minutes, reason = form.cleaned_data["minutes"], form.cleaned_data["reason"]
    chosen = _chosen(request, ticked)
    given = extend_many(attempts=chosen, seconds=minutes * 60, reason=reason, by=request.user)
    if not given:
        raise NotPossible("Nobody got more time: the chosen attempts are over, or have no time limit.")
    left_out = len(chosen) - given
    also = f" {left_out} passed over: over already, or without a time limit." if left_out else ""
    each = "1 attempt got" if given == 1 else f"{given} attempts got"
    messages.success(request, f"{each} {minutes} more minute{'s' if minutes != 1 else ''}.{also}")


def _chosen(request: MemberRequest, ticked: Sequence[str]) -> list[Attempt]:
    """The running attempts that the button means."""
    running = running_attempts(request.membership.organisation)
    if request.POST.get("to") == "all":
        chosen = list(running)
        if not chosen:
            raise NotPossible("No attempt is running.")
        return chosen
    ids = {attempt_id for text in ticked if (attempt_id := _as_id(text))}
    if not ids:
        raise NotPossible("Tick the people who are to get more time first.")
    return list(running.filter(public_id__in=ids))


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@require_GET
@member_with("see_candidates")
def outages(request: MemberRequest) -> HttpResponse:
    """When the service was away, and whom it cost time."""
    listed = list(recent_outages(request.membership.organisation, OUTAGE_DAYS))
    if request.user.is_staff:  # an operator answers for everybody, people who assess themselves among them
        everywhere = {outage.pk: outage.waiting for outage in recent_outages(None, OUTAGE_DAYS)}
        for outage in listed:
            outage.everywhere = everywhere.get(outage.pk, 0)
    context = {
        "outages": listed,
        "days": OUTAGE_DAYS,
        "may_credit": request.membership.may("invite_candidates"),
    }
    return render(request, "assessments/team/outages.html", context)


@require_POST
@member_with("invite_candidates")
def outage_credit(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Give the team, or for an operator everybody on this installation, the time back that an outage cost them."""
    outage = get_object_or_404(Outage, public_id=public_id)
    everybody = request.POST.get("to") == "everybody"
    if everybody and not request.user.is_staff:
        raise Http404
    try:
        whose = None if everybody else request.membership.organisation
        people = credit(outage=outage, organisation=whose, by=request.user)
        each = "1 attempt has" if people == 1 else f"{people} attempts have"
        messages.success(request, f"{each} the lost time back. The open pages say so within 15 seconds.")
    except NotPossible as refused:
        messages.warning(request, str(refused))
    return redirect("outages")
