"""Which report of an attempt is shown. Who may see the attempt is decided by `assessments.access`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404

from assessments.models import Attempt
from reports.models import SkillReport
from reports.sections import SECTIONS
from reports.sections.base import Section


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


def other_reports(report: SkillReport) -> list[SkillReport]:
    """All other reports of the attempt, newest first, without their contents."""
    others = SkillReport.objects.filter(attempt_id=report.attempt_id).exclude(pk=report.pk)
    return list(others.select_related("score").defer("data").order_by("-number"))


def sections_for_team(report: SkillReport) -> list[ShownSection]:
    """Everything that is stored. Sections of retired kinds are left out."""
    stored = [(SECTIONS.get(part["slug"]), part) for part in report.data["sections"]]
    return [ShownSection(section, part["title"], part["data"]) for section, part in stored if section]


def sections_for_candidate(report: SkillReport) -> list[ShownSection]:
    """What the candidate may read: each section decides for itself."""
    redacted = [(shown, shown.section.for_candidate(shown.data)) for shown in sections_for_team(report)]
    return [ShownSection(shown.section, shown.title, data) for shown, data in redacted if data is not None]
