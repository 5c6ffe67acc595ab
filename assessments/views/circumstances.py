"""What goes on around the answers: the clock, pauses, what the page reports, the candidate's comment."""

from __future__ import annotations

import json
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.errors import NotPossible
from assessments.access import get_held_attempt
from assessments.presence import note_seen
from assessments.services.extend import time_given
from assessments.services.integrity import comment, record
from assessments.services.pauses import pause_minutes_left, take_pause
from assessments.sheet import sheet_of
from assessments.states import State


@require_GET
def clock(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Time left by the database's clock, whether the attempt still runs, and what time was given.

    ``?position=3`` asks for the nearest end as seen from that question.
    """
    attempt = get_held_attempt(request, public_id)
    note_seen(attempt.pk)
    sheet = sheet_of(attempt)
    position = request.GET.get("position", "")
    at = int(position) if position.isdecimal() and len(position) < 5 else 0
    cell = sheet.cell(at)
    body = {
        "state": attempt.state,
        "remaining_ms": sheet.remaining_ms,
        "nearest_ms": sheet.remaining_ms_at(at),
        "open": cell.open if cell else None,
        "given": time_given(attempt.public_id),
    }
    return JsonResponse(body)


@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The script that serves the last page without network. From here, because its folder is how far it may reach."""
    script = (settings.BASE_DIR / "static/js/worker.js").read_bytes()
    return HttpResponse(script, content_type="text/javascript", headers={"Cache-Control": "no-cache"})


@require_http_methods(["GET", "POST"])
def pause(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A page without questions. POST takes the next block of pause; going on early loses nothing."""
    attempt = get_held_attempt(request, public_id)
    if attempt.state != State.IN_PROGRESS:
        return redirect("attempt_receipt", public_id)
    if request.method == "POST":
        try:
            minutes = take_pause(attempt=attempt)
        except NotPossible as refused:
            messages.warning(request, str(refused))
            return redirect("attempt_resume", public_id)
        messages.success(request, f"{minutes} minutes were added. Take your pause.")
        return redirect("attempt_pause", public_id)
    context = {"attempt": attempt, "sheet": sheet_of(attempt), "left": pause_minutes_left(attempt)}
    return render(request, "assessments/taking/pause.html", context)


@require_POST
def events(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take what the page reports about focus, paste and connection: a JSON list, 50 at most."""
    attempt = get_held_attempt(request, public_id)
    try:
        reported = json.loads(request.body or b"[]")
    except ValueError:
        return JsonResponse({"message": "Not JSON."}, status=400)
    kept = record(attempt=attempt, events=reported if isinstance(reported, list) else [])
    return JsonResponse({"kept": kept})


@require_POST
def candidate_comment(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What the candidate wants the readers of the report to know about the circumstances."""
    attempt = get_held_attempt(request, public_id)
    try:
        comment(attempt=attempt, text=request.POST.get("text", ""))
        messages.success(request, "Thank you. It stands in the report beside what was recorded.")
    except NotPossible as refused:
        messages.warning(request, str(refused))
    return redirect("attempt_receipt", public_id)
