"""Taking an assessment: the questions, saving, submitting, the receipt."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.errors import NotPossible
from assessments import tasks
from assessments.access import get_held_attempt, get_held_form
from assessments.models import Attempt, AttemptItem
from assessments.pinned import pinned_question
from assessments.services.extend import time_given
from assessments.services.hand_in import file_key
from assessments.services.integrity import recorded
from assessments.services.navigate import OVERVIEW, leave, report_problem, set_flag, shown
from assessments.services.pauses import pause_minutes_left
from assessments.services.save_answer import Saved, SaveResult, save_answer
from assessments.services.submit import submit_attempt
from assessments.sheet import Sheet, question_page, sheet_of
from assessments.states import State
from assessments.trying import tried_out
from assessments.views.rehearsal import ways_on
from question_bank.types.base import AnswerError, values_of

SAVE_STATUS = {
    Saved.SAVED: 200,
    Saved.UNCHANGED: 200,
    Saved.STALE: 409,
    Saved.CLOSED: 409,
    Saved.PART_CLOSED: 409,
    Saved.LEFT: 409,
    Saved.MISSING: 404,
}
SAVE_WORDS = {
    Saved.STALE: "This question was answered in another tab or window. Your answer here was not saved.",
    Saved.CLOSED: "The time is over. This answer came too late and was not saved.",
    Saved.PART_CLOSED: "The time for this question is over. The answer came too late and was not saved.",
    Saved.LEFT: "This question was left for good and cannot be changed any more.",
    Saved.MISSING: "There is no such question.",
}
GO_ON_AT = {
    Saved.STALE: ("attempt_question", True),
    Saved.CLOSED: ("attempt_receipt", False),
    Saved.PART_CLOSED: ("attempt_resume", False),
    Saved.LEFT: ("attempt_resume", False),
}
"""The page that shows what is stored, or what can still be answered, and whether its address names the question."""


# --- during the attempt ----------------------------------------------------------------------


def _running(request: HttpRequest, public_id: UUID) -> tuple[Attempt, Sheet] | HttpResponse:
    """The attempt and its sheet while it runs; else the way to its receipt."""
    attempt = get_held_attempt(request, public_id)
    if attempt.state == State.IN_PROGRESS:
        sheet = sheet_of(attempt)
        if not _time_is_over(sheet):
            return attempt, sheet
        _submit(attempt, "deadline")
    return _go(request, reverse("attempt_receipt", args=[public_id]))


def _time_is_over(sheet: Sheet) -> bool:
    left = sheet.remaining_ms
    return left is not None and left < -settings.SAVE_GRACE_SECONDS * 1000


def _submit(attempt: Attempt, by: str) -> None:
    submit_attempt(attempt=attempt, ended_by=by)
    tasks.wake(tasks.score_attempt, attempt.pk)


def _go(request: HttpRequest, url: str) -> HttpResponse:
    """Redirect; for htmx as a full page load, where the frame of the page changes."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


@require_GET
def attempt_resume(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Where a candidate left off: the first open question without an answer, else the overview."""
    found = _running(request, public_id)
    if isinstance(found, HttpResponse):
        return found
    _, sheet = found
    target = next((cell.position for cell in sheet.cells if cell.open and not cell.answered), None)
    if target is None:
        return redirect("attempt_overview", public_id)
    return redirect("attempt_question", public_id, target)


@require_GET
def attempt_question(request: HttpRequest, public_id: UUID, position: int) -> HttpResponse:
    """One question, as a page or, for htmx, as the part of it that changes."""
    found = _running(request, public_id)
    if isinstance(found, HttpResponse):
        return found
    attempt, sheet = found
    cell = sheet.cell(position)
    if cell is None:
        raise Http404
    if not cell.open:
        return redirect("attempt_resume", public_id)
    shown(attempt=attempt, position=position)
    return _render_question(request, sheet, position)


def _render_question(
    request: HttpRequest, sheet: Sheet, position: int, *, status: int = 200, **more: Any
) -> HttpResponse:
    cell = sheet.cells[position - 1]
    page = question_page(sheet.attempt, position, cell.section)
    context = {
        "sheet": sheet,
        "attempt": sheet.attempt,
        "page": page,
        "cell": cell,
        "section": sheet.attempt.version.loaded().sections[page.item.section],
        "type_template": f"question_types/{page.type}.html",
        "remaining_ms": sheet.remaining_ms_at(position),
        "part_ends": cell.closes_at,
        "pause_minutes": pause_minutes_left(sheet.attempt),
        "file_key": file_key(sheet.attempt),
        **more,
    }
    if request.headers.get("HX-Request"):
        response = render(request, "assessments/taking/_question.html", context, status=status)
        response["HX-Push-Url"] = reverse("attempt_question", args=[sheet.attempt.public_id, position])
        return response
    return render(request, "assessments/taking/question.html", context, status=status)


@require_POST
def save(request: HttpRequest, public_id: UUID, position: int) -> HttpResponse:
    """Save an answer. For the page's script the reply is JSON; a button also says where to go next."""
    form = get_held_form(request, public_id)
    version = form.version(position)
    if version is None:
        return _reply(request, public_id, position, SaveResult(Saved.MISSING))
    question = pinned_question(version)
    kind, payload = question.kind, question.kind.asked(question.payload, form.item_seed(position))
    raw = {} if request.POST.get("go") == "clear" else dict(request.POST.lists())
    try:
        answer = kind.clean(payload, raw, form.item_seed(position))
    except AnswerError as problem:
        return _refuse(request, public_id, position, str(problem))
    result = save_answer(
        attempt=public_id,
        position=position,
        answer=answer,
        revision=_revision(request),
        seconds=_seconds(request),
    )
    warning = kind.warning(payload, answer)
    return _reply(request, public_id, position, result, answered=answer is not None, warning=warning)


def _revision(request: HttpRequest) -> int:
    """The revision that the page holds; nonsense counts as a page that knows of none."""
    text = request.POST.get("revision", "0")
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _seconds(request: HttpRequest) -> float | None:
    """Seconds on the page as the browser counts them: for the record only, never for scoring."""
    text = request.POST.get("seconds", "")
    return min(float(text), 86_400.0) if text.replace(".", "", 1).isdecimal() and len(text) < 12 else None


def wants_json(request: HttpRequest) -> bool:
    return str(request.META.get("HTTP_ACCEPT", "")).startswith("application/json")  # headers parses all of them


def _refuse(request: HttpRequest, public_id: UUID, position: int, words: str) -> HttpResponse:
    """An answer that cannot be one: 422, with what to change."""
    if wants_json(request):
        return JsonResponse({"outcome": "refused", "message": words}, status=422)
    attempt = get_held_attempt(request, public_id)
    return _render_question(
        request, sheet_of(attempt), position, status=422, problem=words, typed=request.POST.getlist("answer")
    )


def _reply(
    request: HttpRequest,
    public_id: UUID,
    position: int,
    result: SaveResult,
    *,
    answered: bool = False,
    warning: str = "",
) -> HttpResponse:
    if wants_json(request):
        body: dict[str, Any] = {
            "outcome": result.outcome.value,
            "revision": result.revision,
            "saved_at": result.saved_at,
            "remaining_ms": result.remaining_ms,
            "answered": answered,
            "message": _words(result, warning),
        }
        if result.given and request.POST.get("given", "") not in ("", str(result.given)):
            body["given"] = time_given(public_id)
        if result.outcome in GO_ON_AT:
            page, at = GO_ON_AT[result.outcome]
            body["next"] = reverse(page, args=[public_id, position] if at else [public_id])
        return JsonResponse(body, status=SAVE_STATUS[result.outcome])
    if result.outcome is Saved.MISSING:
        raise Http404
    attempt = get_held_attempt(request, public_id)
    if result.outcome is Saved.STALE:
        draft = values_of(dict(request.POST.lists()))
        sheet = sheet_of(attempt)
        return _render_question(request, sheet, position, status=409, draft=draft, problem=SAVE_WORDS[Saved.STALE])
    if result.outcome is Saved.CLOSED:
        messages.warning(request, _words(result))
        return _go(request, reverse("attempt_receipt", args=[attempt.public_id]))
    if result.outcome in (Saved.PART_CLOSED, Saved.LEFT):
        messages.warning(request, _words(result))
        response = _go(request, reverse("attempt_resume", args=[attempt.public_id]))
        response["X-Not-Stored"] = result.outcome.value  # the page keeps the answer, for a file at the end
        return response
    return _onwards(request, attempt, position)


def _words(result: SaveResult, warning: str = "") -> str:
    """Why an answer was not saved, or what is wrong with the one that was."""
    if result.outcome is Saved.CLOSED and (result.remaining_ms is None or result.remaining_ms > 0):
        return "This assessment was handed in already. The answer was not saved."
    return SAVE_WORDS.get(result.outcome, warning)


def _onwards(request: HttpRequest, attempt: Attempt, position: int) -> HttpResponse:
    """Where the button that was pressed leads."""
    go = request.POST.get("go", "stay")
    if go == "overview" or (go == "next" and position >= attempt.question_count):
        leave(attempt=attempt, position=position)
        return _go(request, reverse("attempt_overview", args=[attempt.public_id]))
    if go == "next":
        leave(attempt=attempt, position=position)
    target = {"next": position + 1, "previous": max(1, position - 1)}.get(go, position)
    return redirect("attempt_question", attempt.public_id, target)


@require_POST
def try_out(request: HttpRequest, public_id: UUID, position: int) -> HttpResponse:
    """Show what an answer does with what the page shows. Without scripts it is saved on the way, so that it stays."""
    found = _running(request, public_id)
    if isinstance(found, HttpResponse):
        return found
    attempt, sheet = found
    cell = sheet.cell(position)
    if cell is None or not cell.open:
        raise Http404
    text = "\n".join(request.POST.getlist("answer"))
    if request.headers.get("HX-Request"):
        return render(request, "question_types/_tried.html", {"tried": tried_out(attempt, position, text)})
    reply = save(request, public_id, position)
    if reply.status_code >= 400:
        return reply
    return _render_question(request, sheet, position, tried=tried_out(attempt, position, text))


@require_POST
def flag(request: HttpRequest, public_id: UUID, position: int) -> HttpResponse:
    """Mark or unmark a question for another look."""
    attempt = get_held_attempt(request, public_id)
    set_flag(attempt=attempt, position=position, flagged=request.POST.get("flagged") == "1")
    if wants_json(request):
        return JsonResponse({"flagged": request.POST.get("flagged") == "1"})
    return redirect("attempt_question", public_id, position)


@require_POST
def problem(request: HttpRequest, public_id: UUID, position: int) -> HttpResponse:
    """Take a note that something is wrong with a question."""
    attempt = get_held_attempt(request, public_id)
    if not AttemptItem.objects.filter(attempt=attempt, position=position).exists():
        raise Http404
    try:
        report_problem(attempt=attempt, position=position, text=request.POST.get("text", ""))
        words, ok = "Thank you. Your note reaches the people who keep this question.", True
    except NotPossible as refused:
        words, ok = str(refused), False
    if wants_json(request):
        return JsonResponse({"message": words}, status=200 if ok else 422)
    (messages.success if ok else messages.warning)(request, words)
    return redirect("attempt_question", public_id, position)


@require_GET
def attempt_overview(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """All questions at a glance, what is unanswered, and the button that ends the attempt."""
    found = _running(request, public_id)
    if isinstance(found, HttpResponse):
        return found
    attempt, sheet = found
    shown(attempt=attempt, position=OVERVIEW)
    pause = pause_minutes_left(attempt)
    context = {"sheet": sheet, "attempt": attempt, "file_key": file_key(attempt), "pause_minutes": pause}
    return render(request, "assessments/taking/overview.html", context)


@require_POST
def submit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """End the attempt. Nothing is checked that could stop it, and a second click changes nothing."""
    attempt = get_held_attempt(request, public_id)
    _submit(attempt, "candidate")
    return redirect("attempt_receipt", public_id)


@require_GET
def attempt_receipt(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What was handed in, and where the result will be."""
    attempt = get_held_attempt(request, public_id)
    if attempt.state == State.IN_PROGRESS:
        sheet = sheet_of(attempt)
        if not _time_is_over(sheet):
            return redirect("attempt_overview", public_id)
        _submit(attempt, "deadline")
    context = {
        "attempt": attempt,
        "sheet": sheet_of(attempt),
        "definition": attempt.version.loaded(),
        "file_key": file_key(attempt),
        "recorded": recorded(attempt),
        "ways_on": ways_on(attempt) if attempt.rehearsal else {},
    }
    return render(request, "assessments/taking/receipt.html", context)
