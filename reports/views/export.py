"""Taking results along: a table as CSV at once, everything else as a file that a worker builds."""

from __future__ import annotations

import datetime
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import MemberRequest, member_with
from assessments import listing
from assessments.access import get_attempt_for
from assessments.tasks import wake
from reports import export
from reports.access import get_cohort_for, get_file_for, report_of
from reports.forms import cohort_filter
from reports.models import FileKind
from reports.services import files
from reports.tasks import build_file

SLOW = datetime.timedelta(seconds=60)
CONTENT_TYPES = {
    FileKind.COHORT_XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileKind.REPORT_PDF: "application/pdf",
}


@require_POST
@member_with("export_results")
def cohort_export(request: MemberRequest, public_id: UUID) -> HttpResponseBase:
    """The people of the page, with its filters and in its order; all of them, not one page."""
    organisation = request.membership.organisation
    assessment = get_cohort_for(request.membership, public_id)
    skills = listing.skills_of(assessment)
    terms = cohort_filter(request.GET, organisation, assessment, skills).terms(assessment)
    if request.POST.get("format") == "xlsx":
        order = files.want_workbook(organisation=organisation, terms=terms, by=request.user)
        wake(build_file, order.pk)
        return redirect("file_page", public_id=order.public_id)
    files.note_export(organisation=organisation, terms=terms, format="csv", by=request.user)
    table = export.as_csv(export.lines(organisation, terms, skills), skills)
    response = StreamingHttpResponse(table, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{files.file_name(assessment, "csv")}"'
    return response


@require_POST
@member_with("see_candidates")
def report_pdf(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Order a report as PDF; ``?number=1`` an earlier one."""
    attempt = get_attempt_for(request.membership, public_id)
    report = report_of(attempt, request.GET.get("number"))
    if report is None:
        raise Http404
    order = files.want_pdf(organisation=request.membership.organisation, report=report, by=request.user)
    if order.built_at is None:
        wake(build_file, order.pk)
    return redirect("file_page", public_id=order.public_id)


@require_safe
@member_with("see_candidates")
def file_page(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Whether the file is there yet. The page asks again until it is."""
    order = get_file_for(request.membership, public_id)
    late = timezone.now() - order.wanted_at > SLOW
    context = {"order": order, "waits": not order.built_at and not order.problem, "late": late}
    return render(request, "reports/file.html", context)


@require_safe
@member_with("see_candidates")
def file_download(request: MemberRequest, public_id: UUID) -> HttpResponse:
    order = get_file_for(request.membership, public_id)
    if order.content is None:
        raise Http404
    response = HttpResponse(bytes(order.content), content_type=CONTENT_TYPES[FileKind(order.kind)])
    response["Content-Disposition"] = f'attachment; filename="{order.name}"'
    return response
