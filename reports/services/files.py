"""Files that take a while: ordered as a row, built by a worker, kept for a month."""

from __future__ import annotations

import datetime

import structlog
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import slugify

from accounts.errors import NotPossible
from accounts.models import Organisation, User
from assessments import listing
from assessments.models import Assessment
from reports import cohort, export, pdf, workbook
from reports.access import sections_for_team
from reports.cohort import Terms
from reports.models import BuiltFile, ExportEvent, FileKind, SkillReport

log = structlog.get_logger(__name__)

_NEEDED = ("assessment", "organisation", "report__attempt__candidate", "report__attempt__assessment")
MAX_TRIES = 3
KEPT_DAYS = 30


def note_export(*, organisation: Organisation, terms: Terms, format: str, by: User) -> ExportEvent:
    """Record that somebody takes the figures of these people along. Before they do."""
    people = cohort.found(organisation, terms)
    if terms.state:
        people = people.filter(stage=terms.state)
    return ExportEvent.objects.create(
        organisation=organisation,
        assessment=terms.assessment,
        format=format,
        people=people.count(),
        terms=terms.as_json(),
        actor=by,
    )


@transaction.atomic
def want_workbook(*, organisation: Organisation, terms: Terms, by: User) -> BuiltFile:
    """Order the workbook of a cohort, and record it."""
    note_export(organisation=organisation, terms=terms, format="xlsx", by=by)
    return BuiltFile.objects.create(
        organisation=organisation,
        kind=FileKind.COHORT_XLSX,
        assessment=terms.assessment,
        terms=terms.as_json(),
        wanted_by=by,
    )


@transaction.atomic
def want_pdf(*, organisation: Organisation, report: SkillReport, by: User) -> BuiltFile:
    """Order a report as PDF; one that is there or under way is used again. It stays the version that it is of."""
    SkillReport.objects.select_for_update().only("pk").get(pk=report.pk)
    there = BuiltFile.objects.filter(organisation=organisation, kind=FileKind.REPORT_PDF, report=report, problem="")
    return there.defer("content").order_by("-pk").first() or BuiltFile.objects.create(
        organisation=organisation, kind=FileKind.REPORT_PDF, report=report, wanted_by=by
    )


def build_file(file_id: int) -> None:
    """Fill an ordered file. Safe to run twice: the first one that is done wins.

    What goes wrong is tried again by the sweep, `MAX_TRIES` times in all; then the row says so.
    """
    order = BuiltFile.objects.filter(pk=file_id).select_related(*_NEEDED).first()
    if order is None or order.built_at or order.problem:
        return
    try:
        with transaction.atomic():
            name, content = BUILDERS[FileKind(order.kind)](order)
    except NotPossible as refused:
        BuiltFile.objects.filter(pk=file_id, built_at=None).update(problem=str(refused))
    except Exception:
        log.exception("file_not_built", file=file_id, kind=order.kind)
        _count_try(order)
    else:
        BuiltFile.objects.filter(pk=file_id, built_at=None).update(name=name, content=content, built_at=timezone.now())


def _count_try(order: BuiltFile) -> None:
    """The last try says so to people."""
    order.tries += 1
    if order.tries >= MAX_TRIES:
        order.problem = "The file could not be made. Order it again; if that fails too, tell the operator."
    order.save(update_fields=["tries", "problem"])


def _cohort_workbook(order: BuiltFile) -> tuple[str, bytes]:
    assessment = order.assessment
    assert assessment is not None  # noqa: S101 - set by want_workbook
    terms = Terms.from_json(assessment, order.terms)
    skills = listing.skills_of(assessment)
    table = export.lines(order.organisation, terms, skills)
    return file_name(assessment, "xlsx"), workbook.build(table, skills, _about(order, assessment, terms))


def _about(order: BuiltFile, assessment: Assessment, terms: Terms) -> list[tuple[str, str]]:
    skill = terms.skill.title if terms.skill else "overall"
    least = "" if terms.least is None else f"{terms.by} of at least {100 * terms.least:g} % {skill}"
    filters = [terms.search, terms.state, terms.tier, least]
    return [
        ("assessment", assessment.title),
        ("made on", f"{timezone.now():%Y-%m-%d %H:%M} UTC"),
        ("filters", ", ".join(filter(None, filters)) or "none: everybody who was invited"),
    ]


def _report_pdf(order: BuiltFile) -> tuple[str, bytes]:
    report = order.report
    assert report is not None  # noqa: S101 - set by want_pdf
    attempt = report.attempt
    context = {
        "report": report,
        "attempt": attempt,
        "candidate": attempt.candidate,
        "organisation": order.organisation,
        "audience": "team",
        "sections": sections_for_team(report),
    }
    name = slugify(f"{attempt.candidate} {attempt.assessment.title}")[:100]
    return f"{name}-report-{report.number}.pdf", pdf.draw(render_to_string("reports/pdf.html", context))


BUILDERS = {FileKind.COHORT_XLSX: _cohort_workbook, FileKind.REPORT_PDF: _report_pdf}


def file_name(assessment: Assessment, ending: str) -> str:
    """``mlops-core-results-2026-11-21.csv``."""
    return f"{slugify(assessment.title)[:60] or 'assessment'}-results-{timezone.now():%Y-%m-%d}.{ending}"


def waiting() -> list[int]:
    """Ids of files that wait for a worker for longer than building takes, oldest first."""
    before = timezone.now() - datetime.timedelta(seconds=20)
    rows = BuiltFile.objects.filter(built_at=None, problem="", wanted_at__lt=before).order_by("wanted_at")
    return list(rows.values_list("pk", flat=True)[:100])


def forget_old() -> None:
    """Files hold names: they go after `KEPT_DAYS` days and can be ordered again."""
    BuiltFile.objects.filter(wanted_at__lt=timezone.now() - datetime.timedelta(days=KEPT_DAYS)).delete()
