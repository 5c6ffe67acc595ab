"""Questions that were never opened: no points, or left out, as the assessment declares; scores and reports agree."""

from __future__ import annotations

import pytest
from django.urls import reverse

from assessments.models import Outcome, RegradeKind
from assessments.services.regrade import carry_out, plan_regrade, work_on
from reports.services.build import build_report
from tests.reports.factories import everything, in_turn, make_assessment, make_scored, make_team
from tests.reports.test_pages import signed_in

pytestmark = pytest.mark.django_db

LEFT_OUT = {"scoring": {"rule": "share_of_points", "config": {"unreached": "left_out"}}}
HALF = in_turn("right", "wrong", "not_reached", "not_reached")


def part(report: object, slug: str) -> dict:
    return next(one["data"] for one in report.data["sections"] if one["slug"] == slug)  # type: ignore[attr-defined]


def test_they_earn_no_points_unless_it_is_declared_otherwise() -> None:
    organisation, _ = make_team()
    score = make_scored(make_assessment(organisation, 1, 8), HALF).score
    assert (score.points, score.n) == (2, 8)
    report = build_report(score.pk)
    assert report.figures.get(skill=None).n == 8
    assert "4\u00a0questions were not reached and earned nothing" in part(report, "summary")["notes"][1]


def test_left_out_they_count_neither_for_nor_against() -> None:
    organisation, user = make_team()
    strict, kind = make_assessment(organisation, 1, 8), make_assessment(organisation, 1, 8, **LEFT_OUT)
    attempt = make_scored(kind, HALF)
    assert (attempt.score.points, attempt.score.n) == (2, 4)
    assert attempt.score.marks.filter(outcome=Outcome.NOT_REACHED).count() == 4
    report = build_report(attempt.score_id)
    for figure in report.figures.all():
        assert (figure.points, figure.n) == (2, 4)
    against = build_report(make_scored(strict, HALF).score_id).figures.get(skill=None)
    own = report.figures.get(skill=None)
    assert own.estimate > against.estimate
    assert own.high - own.low > against.high - against.low
    assert part(report, "outcomes")["total"]["counts"]["not_reached"] == 4
    assert "left out, as the assessment declares" in part(report, "summary")["notes"][1]
    assert "never opened is left out" in part(report, "method")["explanation"]
    page = signed_in(user).get(reverse("report_for_team", args=[attempt.public_id])).content.decode()
    assert "not reached is left out of the figures" in page


def test_skipped_ones_earn_nothing_even_then() -> None:
    organisation, _ = make_team()
    score = make_scored(make_assessment(organisation, 1, 4, **LEFT_OUT), in_turn("right", "skipped")).score
    assert (score.points, score.n) == (2, 4)


def test_who_opened_nothing_has_no_figure() -> None:
    organisation, user = make_team()
    attempt = make_scored(make_assessment(organisation, 2, 3, **LEFT_OUT), everything("not_reached"))
    assert (attempt.score.points, attempt.score.n, attempt.score.value) == (0, 0, None)
    report = build_report(attempt.score_id)
    assert report.figures.get().estimate is None
    assert signed_in(user).get(reverse("report_for_team", args=[attempt.public_id])).status_code == 200
    assert signed_in(user).get(reverse("cohort", args=[attempt.assessment.public_id])).status_code == 200


def test_a_correction_follows_the_same_declaration() -> None:
    organisation, user = make_team()
    attempt = make_scored(make_assessment(organisation, 1, 8, **LEFT_OUT), HALF)
    correction = plan_regrade(
        version=attempt.items.get(position=2).question_version,
        kind=RegradeKind.FULL,
        reason="Two options can be defended",
        by=user,
        organisation=organisation,
    )
    work_on(correction.pk)
    change = correction.changes.get()
    assert (change.points_before, change.n_before, change.points_after, change.n_after) == (2, 4, 3, 4)
    carry_out(regrade=correction)
    work_on(correction.pk)
    attempt.refresh_from_db()
    assert (attempt.score.points, attempt.score.n) == (3, 4)
