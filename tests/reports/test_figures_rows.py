"""The figures of a report as rows: the same as in the snapshot, also for reports that were there before."""

from __future__ import annotations

import importlib

import pytest
from django.apps import apps

from assessments.services.score import rescore
from reports.models import ReportFigure, SkillReport
from reports.services.build import build_report
from tests.reports.factories import everything, in_turn, make_assessment, make_scored, make_team

pytestmark = pytest.mark.django_db
SHARE = ("estimate", "low", "high", "points", "n")


def rows_of(report: SkillReport) -> dict[str, tuple[float | None, ...]]:
    rows = report.figures.select_related("skill")
    return {row.skill.slug if row.skill else "": tuple(getattr(row, name) for name in SHARE) for row in rows}


def snapshot_of(report: SkillReport) -> dict[str, tuple[float | None, ...]]:
    parts = {part["slug"]: part["data"] for part in report.data["sections"]}
    names = ("value", *SHARE[1:])
    shares = {"": parts["summary"]["share"], **{skill["slug"]: skill for skill in parts["profile"]["skills"]}}
    return {slug: tuple(share[name] for name in names) for slug, share in shares.items()}


def test_each_figure_of_the_snapshot_is_a_row_with_its_range_and_count() -> None:
    organisation, _ = make_team()
    attempt = make_scored(make_assessment(organisation, skills=3), in_turn("right", "wrong", "partly"))
    report = build_report(attempt.score_id)
    assert rows_of(report) == snapshot_of(report)
    assert len(rows_of(report)) == 4
    row = report.figures.get(skill=None)
    assert (row.level, row.provisional, row.percentile) == (0.9, True, None)
    assert row.method
    assert row.percentile_note
    assert report.integrity_tier == "nothing notable"


def test_a_second_build_adds_no_figure_and_a_rescore_has_its_own() -> None:
    organisation, user = make_team()
    attempt = make_scored(make_assessment(organisation), everything("right"))
    build_report(attempt.score_id)
    build_report(attempt.score_id)
    assert ReportFigure.objects.count() == 3
    build_report(rescore(attempt=attempt, reason="a key was corrected", actor=user).pk)
    assert ReportFigure.objects.count() == 6


def test_reports_from_before_get_the_same_rows_by_migration() -> None:
    organisation, _ = make_team()
    attempt = make_scored(make_assessment(organisation), in_turn("right", "wrong"))
    report = build_report(attempt.score_id)
    before = rows_of(report)
    report.figures.all().delete()
    SkillReport.objects.update(integrity_tier="")
    importlib.import_module("reports.migrations.0003_fill_report_figures").fill(apps, None)
    report.refresh_from_db()
    assert rows_of(report) == before
    assert report.integrity_tier == "nothing notable"
