"""Sharing a report: by the team, by link; and by the candidates, as a page of their own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import MemberRequest, member_with
from accounts.errors import NotPossible
from assessments.access import get_attempt_for, get_held_attempt
from assessments.definition import Feedback
from assessments.models import Attempt
from assessments.states import State
from reports.access import report_of
from reports.forms import ShareForm
from reports.models import ShareKind, ShareLink, SkillReport
from reports.services import share as sharing
from reports.sharing import fingerprint, get_link_for, links_of, open_link, result_link, sections_for


@require_http_methods(["GET", "POST"])
@member_with("share_reports")
def share_links(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """The links to a person's reports: who made them, how often they were opened; and a new one."""
    attempt = get_attempt_for(request.membership, public_id)
    report = report_of(attempt)
    if report is None or attempt.state != State.SCORED:
        raise Http404
    form = ShareForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sharing.share(report=report, by=request.user, **form.cleaned_data)
            messages.success(request, "The link is below. Whoever has it can read the report until it ends.")
            return redirect("share_links", public_id=public_id)
        except NotPossible as refused:
            form.add_error(None, str(refused))
    links = [(link, _address(link)) for link in links_of(attempt)]
    context = {"attempt": attempt, "report": report, "form": form, "links": links}
    return render(request, "reports/share/links.html", context, status=422 if form.errors else 200)


def _address(link: ShareLink) -> str:
    name = "result_page" if link.kind == ShareKind.RESULT else "shared_report"
    return settings.SITE_URL + reverse(name, args=[sharing.token_of(link)])


@require_POST
@member_with("share_reports")
def share_revoke(request: MemberRequest, public_id: UUID) -> HttpResponse:
    link = get_link_for(request.membership, public_id)
    sharing.revoke(link=link)
    messages.success(request, "The link is taken back. It leads nowhere any more.")
    return redirect("share_links", public_id=link.report.attempt.public_id)


@require_safe
def shared_report(request: HttpRequest, token: str) -> HttpResponse:
    """What a link of the team leads to."""
    return _shared(request, token, "reports/share/shared.html", ShareKind.TEAM_FULL, ShareKind.TEAM_REDACTED)


@require_safe
def result_page(request: HttpRequest, token: str) -> HttpResponse:
    """A candidate's own result page: figures that this service vouches for, as long as the candidate wants."""
    return _shared(request, token, "reports/share/result.html", ShareKind.RESULT)


def _shared(request: HttpRequest, token: str, template: str, *kinds: ShareKind) -> HttpResponse:
    try:
        link = open_link(token, *kinds)
    except Http404:
        return _private(render(request, "reports/share/gone.html", status=404))
    sharing.note_view(link=link)
    report = link.report
    context: dict[str, Any] = {
        "link": link,
        "report": report,
        "attempt": report.attempt,
        "candidate": report.attempt.candidate,
        "organisation": report.attempt.candidate.organisation,
        "audience": "shared",
        "named": link.kind != ShareKind.TEAM_REDACTED,
        "sections": sections_for(link),
        "fingerprint": fingerprint(report),
        "site": settings.SITE_URL,
    }
    return _private(render(request, template, context))


def _private(response: HttpResponse) -> HttpResponse:
    """Kept out of caches, search engines and the addresses that a browser tells other sites."""
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


@require_http_methods(["GET", "POST"])
def candidate_share(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Where a candidate makes the own result public, and takes it back."""
    attempt = get_held_attempt(request, public_id)
    report = _own_report(attempt)
    if request.method == "POST":
        link = result_link(report)
        if request.POST.get("do") == "revoke":
            if link:
                sharing.revoke(link=link)
        else:
            sharing.publish_result(report=report)
        return redirect("candidate_share", public_id=public_id)
    link = result_link(report)
    context = {"attempt": attempt, "link": link, "address": _address(link) if link else "", "base": "base_attempt.html"}
    return render(request, "reports/share/own.html", context)


def _own_report(attempt: Attempt) -> SkillReport:
    """The report that the candidate may read. Raises Http404 before its release, and where there is none."""
    receipt_only = attempt.version.loaded().feedback is Feedback.RECEIPT
    report = None if receipt_only or attempt.state != State.SCORED else report_of(attempt)
    if report is None:
        raise Http404
    return report
