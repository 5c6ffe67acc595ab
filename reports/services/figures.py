"""The figures of a report as rows, next to its snapshot: the one place where their values come from."""

from __future__ import annotations

from typing import Any

from question_bank.models import Skill
from reports.facts import PlaceFacts, ReportFacts, Share
from reports.models import ReportFigure, SkillReport
from reports.verdicts import verdict


def store_figures(report: SkillReport, facts: ReportFacts) -> None:
    """One row overall and one per skill. Belongs into the transaction that stores the report. Two queries."""
    skills = {skill.slug: skill for skill in Skill.objects.filter(slug__in=[s.slug for s in facts.skills])}
    rows = [_row(report, facts, None, facts.overall, "")]
    rows += [_row(report, facts, skills[s.slug], s.share, verdict(facts, s).kind.value) for s in facts.skills]
    ReportFigure.objects.bulk_create(rows)


def _row(report: SkillReport, facts: ReportFacts, skill: Skill | None, share: Share, said: str) -> ReportFigure:
    return ReportFigure(
        report=report,
        skill=skill,
        estimate=share.value,
        low=share.low,
        high=share.high,
        level=facts.method.level,
        points=share.points,
        n=share.n,
        provisional=facts.method.estimates.provisional,
        method=f"{facts.method.estimates.method}, {facts.method.estimates.parameters}",
        verdict=said if skill else facts.method.estimates.verdict,
        **_percentile(facts.place if skill is None else None),
    )


def _percentile(place: PlaceFacts | None) -> dict[str, Any]:
    """Only the overall figure is placed in a group."""
    if place is None:
        return {}
    note = place.reason or f"Among {place.group}, n = {place.n}, {place.on:%Y-%m-%d}."
    found = {"percentile": place.percentile, "percentile_low": place.low, "percentile_high": place.high}
    return found | {"percentile_note": note}
