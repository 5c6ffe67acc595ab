"""What the team sees and does while attempts run: the live board, and outages of the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, TeamRequest, member_with
from accounts.errors import NotPossible
from accounts.models import User
from assessments.access import get_attempt_for
from assessments.board import board_of, running_attempts
from assessments.forms_board import ExtendManyForm, RowForm
from assessments.models import Attempt, Outage
from assessments.services.extend import extend
from assessments.services.intervene import extend_many, reopen, void
from assessments.services.outages import credit, recent_outages

OUTAGE_DAYS = 30


@require_GET
@member_with("see_candidates")
def board(request: MemberRequest) -> HttpResponse:
    """Who is taking an assessment now. htmx fetches the parts that move every few seconds."""
    partial = bool(request.htmx and not request.htmx.history_restore_request)  # type: ignore[attr-defined]
    name = "assessments/team/_board_update.html" if partial else "assessments/team/board.html"
    return render(request, name, _board_context(request, ExtendManyForm()))


def _board_context(
    request: MemberRequest, form: ExtendManyForm, ticked: Sequence[str] = (), refused: RowForm | None = None
) -> dict[str, Any]:
    organisation, may = request.membership.organisation, request.membership.may("invite_candidates")
    return {
        "board": board_of(organisation, granted=may),
        "form": form,
        "ticked": set(ticked),
        "refused": refused,
        "open_rows": {refused.attempt} if refused else set(filter(None, map(_as_id, request.GET.getlist("row")))),
        "may_extend": may,
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


@require_POST
@member_with("invite_candidates")
def board_act(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """What the row of one attempt offers: more time, opening it again, setting it aside. Each with a reason."""
    attempt, form = get_attempt_for(request.membership, public_id), RowForm(request.POST, public_id)
    if form.is_valid():
        try:
            messages.success(request, _act(attempt, by=request.user, **form.cleaned_data))
            return redirect("board")
        except NotPossible as refused:
            form.add_error(None, str(refused))
    context = _board_context(request, ExtendManyForm(), refused=form)
    return render(request, "assessments/team/board.html", context, status=422)


def _act(attempt: Attempt, *, do: str, minutes: int | None, reason: str, by: User) -> str:
    """Do it; returns what to say about it. Raises NotPossible."""
    person, more = attempt.candidate, f"{minutes} more minute{'s' if minutes != 1 else ''}"
    if do == "void":
        void(attempt=attempt, reason=reason, by=by)
        return f"The attempt of {person} is set aside. While the invitation is valid, its link starts anew."
    seconds = 60 * (minutes or 0)
    if do == "reopen":
        reopen(attempt=attempt, seconds=seconds, reason=reason, by=by)
        limit = f"for {more}" if attempt.closes_at else "without a limit"
        return f"The attempt of {person} is open again {limit}. {person} needs to know that."
    extend(attempt=attempt, seconds=seconds, reason=reason, by=by)
    return f"{person} got {more}. The open page says so within 15 seconds."


@require_GET
@member_with("see_candidates", operators=True)
def outages(request: TeamRequest) -> HttpResponse:
    """When the service was away, and whom it cost time: of the team, or for an operator without one of all."""
    team = request.membership.organisation if request.membership else None
    listed = list(recent_outages(team, OUTAGE_DAYS))
    if request.user.is_staff:  # an operator answers for everybody, people who assess themselves among them
        everywhere = {outage.pk: outage.waiting for outage in recent_outages(None, OUTAGE_DAYS)}
        for outage in listed:
            outage.everywhere = everywhere.get(outage.pk, 0)
            outage.for_everybody = outage.everywhere and (team is None or outage.everywhere != outage.waiting)
    context = {
        "outages": listed,
        "days": OUTAGE_DAYS,
        "team": team,
        "may_credit": bool(request.membership and request.membership.may("invite_candidates")),
    }
    return render(request, "assessments/team/outages.html", context)


@require_POST
@member_with("invite_candidates", operators=True)
def outage_credit(request: TeamRequest, public_id: UUID) -> HttpResponse:
    """Give the team, or for an operator everybody on this installation, the time back that an outage cost them."""
    outage = get_object_or_404(Outage, public_id=public_id)
    everybody = request.POST.get("to") == "everybody"
    team = request.membership.organisation if request.membership else None
    if (everybody and not request.user.is_staff) or (team is None and not everybody):
        raise Http404
    try:
        whose = None if everybody else team
        people = credit(outage=outage, organisation=whose, by=request.user)
        each = "1 attempt has" if people == 1 else f"{people} attempts have"
        messages.success(request, f"{each} the lost time back. The open pages say so within 15 seconds.")
    except NotPossible as refused:
        messages.warning(request, str(refused))
    return redirect("outages")
