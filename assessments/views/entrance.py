"""Before the start: the page behind an invitation, self-assessments, and the way into an attempt."""

from __future__ import annotations

import datetime
import hashlib
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import NotPossible
from assessments.access import hand_over, open_to_everybody, own_attempts
from assessments.accommodations import accommodation_of
from assessments.clock import database_now
from assessments.forms_taking import StartForm
from assessments.models import Attempt, Invitation
from assessments.results import results_of
from assessments.services.integrity import note_browser
from assessments.services.invite import invitation_for, mark_opened
from assessments.services.rehearsal import MINUTES as REHEARSAL_MINUTES
from assessments.services.rehearsal import can_rehearse
from assessments.services.start import Started, attempt_of, closing_time, start_invited, start_self
from assessments.states import State

# --- before the start ------------------------------------------------------------------------


@require_safe
def invitation_landing(request: HttpRequest, token: str) -> HttpResponse:
    """What will happen, before anything happens. Opening this page starts and uses up nothing."""
    invitation = invitation_for(token)
    if invitation is None:
        return no_such_link(request)
    attempt = attempt_of(invitation)
    now = database_now()
    if attempt is None and not usable(invitation, now):
        return no_such_link(request)
    mark_opened(invitation)
    return _render_landing(request, token, invitation, attempt, StartForm(candidate=invitation.candidate), now)


@require_POST
def invitation_start(request: HttpRequest, token: str) -> HttpResponse:
    """Start, or continue in this browser. A second click finds the same attempt."""
    invitation = invitation_for(token, offer=False)  # the start reads the rest under its lock
    if invitation is None:
        return no_such_link(request)
    form = StartForm(request.POST, candidate=invitation.candidate)
    if not form.is_valid():
        if attempt := attempt_of(invitation):
            return enter(request, attempt)
        return _render_landing(request, token, invitation, None, form, database_now(), status=422)
    try:
        name = form.cleaned_data.get("name", "")
        started = start_invited(invitation=invitation, name=name, browser=_browser_of(request))
    except NotPossible as problem:
        form.add_error(None, str(problem))
        return _render_landing(request, token, invitation, None, form, database_now(), status=409)
    return enter(request, started.attempt, fresh=started.created)


def usable(invitation: Invitation, now: datetime.datetime) -> bool:
    published = invitation.assessment.published is not None
    return published and invitation.revoked_at is None and invitation.expires_at >= now


def no_such_link(request: HttpRequest) -> HttpResponse:
    """One page for mistyped, expired and withdrawn links: it does not tell which of them exist."""
    return render(request, "assessments/taking/no_such_link.html", status=404)


def _render_landing(
    request: HttpRequest,
    token: str,
    invitation: Invitation,
    attempt: Attempt | None,
    form: StartForm,
    now: datetime.datetime,
    status: int = 200,
) -> HttpResponse:
    version = attempt.version if attempt else invitation.assessment.published
    if version is None:
        return no_such_link(request)
    context = {
        "token": token,
        "invitation": invitation,
        "assessment": invitation.assessment,
        "attempt": attempt,
        "definition": version.loaded(),
        "form": form,
        "now": now,
        "not_open_yet": invitation.opens_at and invitation.opens_at > now,
        **_time_offered(version.loaded(), invitation, now),
    }
    return render(request, "assessments/taking/landing.html", context, status=status)


def _time_offered(definition: Any, invitation: Invitation | None, now: datetime.datetime) -> dict[str, Any]:
    """Minutes that this person would get from now on, and whether the invitation's end cuts them."""
    closes_at = closing_time(definition, now, invitation)
    minutes = None if closes_at is None else (closes_at - now).total_seconds() / 60
    granted = accommodation_of(invitation.candidate if invitation else None, invitation)
    full = definition.time_limit_minutes
    if full is not None:
        full = None if granted.untimed else full * float(granted.time_factor)
    cut = minutes is not None and (full is None or minutes < full - 0.5)
    return {
        "minutes": minutes,
        "closes_at": closes_at,
        "cut": cut,
        "granted": granted,
        "retention_days": settings.RETENTION_DAYS,
        "can_rehearse": can_rehearse(),
        "practice_minutes": REHEARSAL_MINUTES * float(granted.time_factor),
    }


def enter(request: HttpRequest, attempt: Attempt, *, fresh: bool = False) -> HttpResponse:
    """Bind the attempt to this browser and go where it stands."""
    if attempt.state == State.IN_PROGRESS:
        target = reverse("attempt_resume", args=[attempt.public_id])
    else:
        target = reverse("attempt_receipt", args=[attempt.public_id])
    if attempt.state == State.IN_PROGRESS and not fresh:  # the start itself has noted it
        note_browser(attempt=attempt, fingerprint=_browser_of(request))
    response = redirect(target)
    hand_over(response, attempt, secure=settings.HTTPS)
    return response


def _browser_of(request: HttpRequest) -> str:
    """A short hash of the browser's own name: tells that it is another one, not which or whose."""
    name = request.headers.get("User-Agent", "") + request.headers.get("Accept-Language", "")
    return hashlib.sha256(name.encode()).hexdigest()[:12]


# --- self-assessment -------------------------------------------------------------------------


@require_safe
def self_list(request: HttpRequest) -> HttpResponse:
    """Assessments that anybody may take, and what the person has taken so far."""
    attempts: list[Attempt] = []
    if request.user.is_authenticated:
        mine = own_attempts(request.user).exclude(state=State.VOIDED)
        attempts = list(mine.select_related("assessment", "version").order_by("-id")[:50])
    shown_ones = (
        open_to_everybody()
        .select_related("published", "organisation")
        .order_by(F("organisation").asc(nulls_first=True), "position", "title")[:200]
    )
    results = results_of(attempt.score_id for attempt in attempts)
    taken = [(attempt, results.get(attempt.score_id or 0)) for attempt in attempts]
    context = {"assessments": shown_ones, "attempts": taken}
    return render(request, "assessments/taking/self_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def self_start(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The page before a self-assessment, and its start."""
    assessment = open_to_everybody().select_related("published").filter(public_id=public_id).first()
    if assessment is None or assessment.published is None or not request.user.is_authenticated:
        raise Http404
    form = StartForm(request.POST or None, candidate=None)
    if request.method == "POST" and form.is_valid():
        try:
            started: Started = start_self(assessment=assessment, user=request.user, browser=_browser_of(request))
            return enter(request, started.attempt, fresh=started.created)
        except NotPossible as problem:
            form.add_error(None, str(problem))
    definition, now = assessment.published.loaded(), database_now()
    running = own_attempts(request.user).filter(assessment=assessment, state=State.IN_PROGRESS).first()
    context = {"assessment": assessment, "definition": definition, "form": form, "now": now, "attempt": running}
    status = 422 if form.errors else 200
    return render(
        request, "assessments/taking/landing.html", context | _time_offered(definition, None, now), status=status
    )
