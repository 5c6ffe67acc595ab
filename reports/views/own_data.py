"""A person's own data: to take along, and to have the name taken away."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import NotPossible
from assessments.access import get_held_attempt
from assessments.services.retention import erase_on_request
from assessments.states import State
from reports.own_data import data_of


@require_safe
def own_data(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A file with everything that is stored about this attempt, once it is handed in."""
    attempt = get_held_attempt(request, public_id)
    if attempt.state == State.IN_PROGRESS:
        return redirect("attempt_resume", public_id)
    response = JsonResponse(data_of(attempt), json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="my-data-{public_id}.json"'
    return response


@require_POST
def own_erasure(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Erase who the person is, as happens to everybody after the promised time."""
    attempt = get_held_attempt(request, public_id)
    try:
        if request.POST.get("sure") != "on":
            raise NotPossible("Nothing was erased. Tick the box if you are sure.")
        erase_on_request(attempt=attempt)
        messages.success(request, "Your name, your address and your texts are erased.")
    except NotPossible as refused:
        messages.warning(request, str(refused))
    own = attempt.candidate.organisation_id is None
    return redirect("self_list") if own else redirect("attempt_receipt", public_id)
