"""Building reports: once per score, kept as they were delivered."""

from __future__ import annotations

import math
import time
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from assessments.models import Attempt, RegradeChange, RegradeState, Score
from reports.facts import ReportFacts
from reports.models import SkillReport
from reports.sections import SECTIONS
from reports.sections.integrity import Integrity
from reports.services.figures import store_figures
from reports.services.load import load_facts
from reports.signals import report_ready

log = structlog.get_logger(__name__)

BATCH = 20
"""Reports of a correction in one transaction: what a worker that dies has to do again."""
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
    """Ids of scores that are the newest of their attempt and have no report yet, oldest first: those of corrections
    apart, which `build_corrected` follows.
    """
    corrected = RegradeChange.objects.filter(score=OuterRef("score"))
    waiting = Attempt.objects.filter(~Exists(corrected), score__isnull=False, score__report=None).order_by("score_id")
    return list(waiting.values_list("score_id", flat=True)[:1000])


def build_corrected(regrade_id: int, *, turn: float = math.inf) -> bool:
    """The reports that a correction's scores are without, for about ``turn`` seconds; True where more may be left.

    Safe to run twice and at the same time: several workers share the work.
    """
    end, last, any_built = time.monotonic() + turn, 0, False
    while (batch := _build_batch(regrade_id, after=last)) is not None:
        last, built = batch
        any_built |= built > 0
        if time.monotonic() > end:
            return any_built
    return False


@transaction.atomic
def _build_batch(regrade_id: int, *, after: int) -> tuple[int, int] | None:
    """The next reports: the last change looked at, and how many were built; None where none are left."""
    waiting = _superseding().filter(regrade=regrade_id, pk__gt=after).order_by("pk")
    changes = list(waiting.select_for_update(of=("self",), skip_locked=True)[:BATCH])
    built = 0
    for change in changes:
        try:
            with transaction.atomic():
                build_report(change.score_id or 0)
            built += 1
        except Exception:  # the others wait as well; this one is tried again in the next turn
            log.exception("report_failed", score=change.score_id)
    return (changes[-1].pk, built) if changes else None


def _superseding() -> QuerySet[RegradeChange]:
    """Changes whose score is still the newest and has no report."""
    return RegradeChange.objects.filter(score__isnull=False, score__report=None, attempt__score=F("score"))


def corrections_behind() -> list[int]:
    """Corrections that were carried out and whose reports are not all there."""
    done = _superseding().filter(regrade__state=RegradeState.DONE)
    return list(done.order_by("regrade").values_list("regrade", flat=True).distinct())
