"""Which report of an attempt is shown. Who may see the attempt is decided by `assessments.access`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import Membership, Organisation
from assessments.models import Assessment, Attempt
from assessments.results import Result
from assessments.states import State
from reports.models import BuiltFile, ExportEvent, FileKind, ReportFigure, SkillReport
from reports.sections import SECTIONS
from reports.sections.base import Section
from reports.sections.summary import Summary


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A stored section, ready for its template."""

    section: Section
    title: str
    data: dict[str, Any]

    @property
    def slug(self) -> str:
        return self.section.slug

    @property
    def template(self) -> str:
        return self.section.template


def get_cohort_for(membership: Membership, public_id: UUID) -> Assessment:
    """An assessment whose results the member may see: also an archived one. Raises Http404."""
    visible = Assessment.objects.filter(Q(organisation=None) | Q(organisation=membership.organisation))
    return get_object_or_404(visible.select_related("published"), public_id=public_id)


def exports_of(organisation: Organisation, assessment: Assessment) -> list[ExportEvent]:
    """Who took results of this assessment along, the newest first."""
    found = ExportEvent.objects.filter(organisation=organisation, assessment=assessment)
    return list(found.select_related("actor").order_by("-pk")[:20])


FILE_RIGHTS = {FileKind.COHORT_XLSX: "export_results", FileKind.REPORT_PDF: "see_candidates"}


def get_file_for(membership: Membership, public_id: UUID) -> BuiltFile:
    """A file of the member's organisation, of a kind that the member may have; without its content. Raises Http404."""
    kinds = [kind for kind, right in FILE_RIGHTS.items() if membership.may(right)]
    files = BuiltFile.objects.filter(organisation=membership.organisation, kind__in=kinds)
    return get_object_or_404(
        files.select_related("assessment", "report__attempt").defer("content"), public_id=public_id
    )


def report_of(attempt: Attempt, number: str | None = None) -> SkillReport | None:
    """The newest report, or the one with the given number; None where none is built yet. Raises Http404."""
    reports = SkillReport.objects.filter(attempt=attempt).select_related("score")
    if number is None:
        return reports.order_by("-number").first()
    if not (number.isascii() and number.isdigit() and len(number) < 6):
        raise Http404
    report = reports.filter(number=int(number)).first()
    if report is None:
        raise Http404
    return report


def results_of_scores(sender: Any, scores: Collection[int], **kwargs: Any) -> dict[int, Result]:
    """Receiver of `results_wanted`: the overall figures of these scores, where their reports are built."""
    rows = ReportFigure.objects.filter(report__score__in=scores, report__attempt__state=State.SCORED, skill=None)
    return {
        row.report.score_id: Result(
            value=row.estimate,
            low=row.low,
            high=row.high,
            level=row.level,
            points=row.points,
            n=row.n,
            provisional=row.provisional,
            method=row.method,
            percentile=row.percentile,
            percentile_low=row.percentile_low,
            percentile_high=row.percentile_high,
            percentile_note=row.percentile_note,
        )
        for row in rows.select_related("report").defer("report__data")
    }


def other_reports(report: SkillReport) -> list[SkillReport]:
    """All other reports of the attempt, newest first, without their contents."""
    others = SkillReport.objects.filter(attempt_id=report.attempt_id).exclude(pk=report.pk)
    return list(others.select_related("score").defer("data").order_by("-number"))


def sections_for_team(report: SkillReport) -> list[ShownSection]:
    """Everything that is stored. Sections of retired kinds are left out.

    Each is told whether the figures are provisional, since each that shows one says so beside it.
    """
    stored = [(SECTIONS.get(part["slug"]), part) for part in report.data["sections"]]
    said = {"provisional": _provisional(report)}
    return [ShownSection(section, part["title"], part["data"] | said) for section, part in stored if section]


def _provisional(report: SkillReport) -> bool:
    """As the summary says it; figures of reports that said nothing yet rest on assumed difficulties."""
    found = (part["data"].get("provisional") for part in report.data["sections"] if part["slug"] == Summary.slug)
    return next(found, None) is not False


def sections_for_candidate(report: SkillReport) -> list[ShownSection]:
    """What the candidate may read: each section decides for itself."""
    redacted = [(shown, shown.section.for_candidate(shown.data)) for shown in sections_for_team(report)]
    said = {"provisional": _provisional(report)}
    return [ShownSection(shown.section, shown.title, data | said) for shown, data in redacted if data is not None]
