"""Building reports: once per score, kept as they were delivered."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from assessments.models import Attempt, Score
from reports.facts import ReportFacts
from reports.models import SkillReport
from reports.sections import SECTIONS
from reports.sections.integrity import Integrity
from reports.services.figures import store_figures
from reports.services.load import load_facts
from reports.signals import report_ready

SCHEMA_VERSION = 1
"""Changes when a stored snapshot of the old shape could no longer be shown by today's templates."""


def build_report(score_id: int) -> SkillReport:
    """The report of a score, built where it is not there yet. Safe to run twice and at the same time.

    A score never changes, so two builders make the same report; the unique score decides whose is kept.

    Raises:
        Score.DoesNotExist: no such score.
    """
    existing = SkillReport.objects.filter(score_id=score_id).first()
    return existing or _store(score_id, load_facts(score_id))


def snapshot(facts: ReportFacts) -> dict[str, Any]:
    """The report as plain JSON: the sections in their order, each with its title of today."""
    built = ((section, section.build(facts)) for section in SECTIONS.values())
    return {
        "assessment": facts.method.assessment,
        "sections": [
            {"slug": section.slug, "title": section.title, "data": data} for section, data in built if data is not None
        ],
    }


@transaction.atomic
def _store(score_id: int, facts: ReportFacts) -> SkillReport:
    score = Score.objects.only("attempt_id", "number").get(pk=score_id)
    data = snapshot(facts)
    report, created = SkillReport.objects.get_or_create(
        score_id=score_id,
        defaults={
            "attempt_id": score.attempt_id,
            "number": score.number,
            "schema_version": SCHEMA_VERSION,
            "data": data,
            "integrity_tier": integrity_tier(data),
        },
    )
    if created:
        store_figures(report, facts)
        transaction.on_commit(
            lambda: report_ready.send_robust(sender=SkillReport, attempt_id=report.attempt_id, report_id=report.pk)
        )
    return report


def integrity_tier(data: dict[str, Any]) -> str:
    """The tier that the snapshot states; empty where it has no such section."""
    found = (part["data"]["tier"] for part in data["sections"] if part["slug"] == Integrity.slug)
    return next(found, "")


def without_report() -> list[int]:
    """Ids of scores that are the newest of their attempt and have no report yet, oldest first."""
    waiting = Attempt.objects.filter(score__isnull=False, score__report=None).order_by("score_id")
    return list(waiting.values_list("score_id", flat=True)[:1000])
