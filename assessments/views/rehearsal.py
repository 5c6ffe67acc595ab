"""The way into a practice run, from the page before an invited or a self-assessment."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.errors import NotPossible
from assessments.access import open_to_everybody
from assessments.clock import database_now
from assessments.models import Assessment, Attempt
from assessments.services.invite import invitation_for, path_of
from assessments.services.rehearsal import leads_back_to, rehearse_invited, rehearse_self
from assessments.services.start import attempt_of
from assessments.views.entrance import enter, no_such_link, usable


@require_POST
def invitation_rehearse(request: HttpRequest, token: str) -> HttpResponse:
    """Start the practice run of an invitation. Nothing of the invitation changes."""
    invitation = invitation_for(token)
    if invitation is None or not (usable(invitation, database_now()) or attempt_of(invitation)):
        return no_such_link(request)
    if attempt_of(invitation):
        return redirect("invitation_landing", token)  # the clock runs, or all is done
    try:
        return enter(request, rehearse_invited(invitation=invitation))
    except NotPossible as refused:
        messages.warning(request, str(refused))
        return redirect("invitation_landing", token)


@require_POST
@login_required
def self_rehearse(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Start the practice run before a self-assessment."""
    assessment = get_object_or_404(open_to_everybody(), public_id=public_id)
    try:
        return enter(request, rehearse_self(assessment=assessment, user=request.user))  # type: ignore[arg-type]
    except NotPossible as refused:
        messages.warning(request, str(refused))
        return redirect("self_start", public_id)


def ways_on(attempt: Attempt) -> dict[str, str]:
    """From the receipt of a practice run: ``back`` to what it was for, and ``again``; none where that is gone."""
    target = leads_back_to(attempt)
    if target is None:
        return {}
    if isinstance(target, Assessment):
        names, key = ("self_start", "self_rehearse"), str(target.public_id)
        return {"back": reverse(names[0], args=[key]), "again": reverse(names[1], args=[key])}
    back = path_of(target)
    return {"back": back, "again": f"{back}practice-run/"}
