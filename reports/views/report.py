"""The report: for the hiring team, and for the person it is about."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import MemberRequest, member_with
from assessments.access import get_attempt_for, get_held_attempt
from assessments.definition import Feedback
from assessments.models import Attempt
from assessments.states import State
from reports.access import other_reports, report_of, sections_for_candidate, sections_for_team
from reports.answers import answered_questions
from reports.models import SkillReport

SLOW = datetime.timedelta(seconds=60)


@require_safe
@member_with("see_candidates")
def report_for_team(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """The whole report. ``?number=1`` shows an earlier one."""
    attempt = get_attempt_for(request.membership, public_id)
    report = report_of(attempt, request.GET.get("number"))
    if report is None:
        return _not_there_yet(request, attempt, audience="team")
    context = {
        **_context(attempt, report, "team"),
        "sections": sections_for_team(report),
        "others": other_reports(report),
        "sees_key": request.membership.may("see_answers_with_key"),
    }
    return _render(request, context)


@require_safe
def candidate_report(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The candidate's own report: per skill, without questions, keys or marks of single questions."""
    attempt = get_held_attempt(request, public_id)
    if attempt.version.loaded().feedback is Feedback.RECEIPT:
        return _without_report(request, attempt, "candidate", "receipt")
    report = report_of(attempt)
    if report is None or attempt.state != State.SCORED:
        return _not_there_yet(request, attempt, audience="candidate")
    context = {**_context(attempt, report, "candidate"), "sections": sections_for_candidate(report)}
    return _render(request, context)


@require_safe
@member_with("see_answers_with_key")
def report_answers(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Every question as it was asked, with the answer, the key and the reasons."""
    attempt = get_attempt_for(request.membership, public_id)
    report = report_of(attempt, request.GET.get("number"))
    if report is None:
        raise Http404
    context = {**_context(attempt, report, "team"), "questions": answered_questions(attempt, report.score)}
    return render(request, "reports/answers.html", context)


def _frame(attempt: Attempt, audience: str) -> dict[str, Any]:
    """What every page needs. Candidates get the frame of the assessment, without the team's navigation."""
    base = "base.html" if audience == "team" else "base_attempt.html"
    return {"attempt": attempt, "candidate": attempt.candidate, "audience": audience, "base": base}


def _context(attempt: Attempt, report: SkillReport, audience: str) -> dict[str, Any]:
    return {**_frame(attempt, audience), "report": report}


def _polled(request: HttpRequest) -> bool:
    """Whether the waiting message of a page asks, which wants its replacement and not a whole page."""
    details = getattr(request, "htmx", None)
    return details is not None and bool(details) and details.target == "report"


def _render(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The page, or the part of it that replaces the waiting message."""
    name = "reports/report_body.html" if _polled(request) else "reports/report.html"
    return render(request, name, context)


def _not_there_yet(request: HttpRequest, attempt: Attempt, *, audience: str) -> HttpResponse:
    """Waiting for a worker; or not to be waited for, because the attempt is running or void."""
    if attempt.state in (State.IN_PROGRESS, State.VOIDED):
        return _without_report(request, attempt, audience, attempt.state)
    stage = "slow" if attempt.submitted_at and timezone.now() - attempt.submitted_at > SLOW else "soon"
    polled = _polled(request)
    if polled and request.GET.get("stage") == stage:
        return HttpResponse(status=204)
    context = {**_frame(attempt, audience), "stage": stage}
    return render(request, "reports/waiting_body.html" if polled else "reports/waiting.html", context)


def _without_report(request: HttpRequest, attempt: Attempt, audience: str, why: str) -> HttpResponse:
    context = {**_frame(attempt, audience), "why": why}
    name = "reports/no_report_body.html" if _polled(request) else "reports/no_report.html"
    return render(request, name, context)
