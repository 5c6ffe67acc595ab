"""What a calibration moved, which questions drift, what delivered reports rest on; and who may look."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from question_bank.models import Question
from reports.models import Calibration
from reports.recalibration import recalibration
from reports.services import calibrate
from reports.services.build import build_report
from tests.reports.factories import in_turn, make_assessment, make_scored, make_team
from tests.reports.test_calibration import EASY, HARD, calibrated, sittings
from tests.reports.test_pages import signed_in

pytestmark = pytest.mark.django_db


def looked_at(calibration: Calibration, user: User) -> Any:
    return signed_in(user).get(reverse("admin:reports_calibration_moved", args=[calibration.pk]))


def test_the_first_calibration_is_compared_with_the_authors_ratings() -> None:
    organisation, _ = make_team()
    sittings(make_assessment(organisation, skills=1, per_skill=4), 200, [EASY, 0, 1, HARD])
    found = recalibration(calibrated())
    assert found.before is None
    assert (found.moved, found.judged, list(found.drifting)) == (4, 0, [])
    assert [move.before.assumed for move in found.moves] == [True] * 4
    assert all(move.before.low < move.before.value < move.before.high for move in found.moves)
    assert all(move.after.high - move.after.low < move.before.high - move.before.low for move in found.moves)
    assert [move.size for move in found.moves] == sorted((move.size for move in found.moves), reverse=True)


@pytest.mark.parametrize("anchored", [False, True])
def test_a_question_that_became_easier_drifts_and_no_other(monkeypatch: pytest.MonkeyPatch, anchored: bool) -> None:
    """Also where well-known questions are held: such a question moves nowhere, but it is seen to drift."""
    if anchored:
        monkeypatch.setattr(calibrate, "ANCHORED_FROM", 200)
    organisation, _ = make_team()
    assessment = make_assessment(organisation, skills=1, per_skill=8)
    places = [-1.0, 0, 1, 1, -1, 0, 1, 0]
    sittings(assessment, 300, places)
    first = calibrated()
    leaked = Question.objects.order_by("pk")[2]
    sittings(assessment, 200, [*places[:2], -1.0, *places[3:]], seed=8)
    found = recalibration(calibrated())
    assert found.before == first
    assert found.judged == 8
    assert [one.version.question for one in found.drifting] == [leaked]
    (drift,) = found.drifting
    assert (drift.n, drift.words) == (200, "easier than expected")
    assert drift.observed > drift.expected
    assert 0 < drift.low < drift.high
    if anchored:
        assert max(move.size for move in found.moves) < 1e-6
    else:
        assert found.moves[0].version.question == leaked


def test_the_page_says_what_delivered_reports_rest_on_and_opens_for_operators_only() -> None:
    organisation, owner = make_team()
    assessment = make_assessment(organisation, skills=1, per_skill=4)
    before = build_report(make_scored(assessment, in_turn("right", "wrong")).score_id)
    sittings(assessment, 60, [EASY, 0, 1, HARD])
    found = calibrated()
    build_report(make_scored(assessment, in_turn("right", "wrong")).score_id)
    assert recalibration(found).delivered == [("assumed difficulties", 1), (found.name, 1)]
    kept = before.data
    operator = User.objects.create_superuser("operator@example.org", "a-long-password")
    page = looked_at(found, operator).content.decode()
    assert "1 report made with assumed difficulties" in page
    assert "They keep the figures that they were delivered with" in page
    before.refresh_from_db()
    assert before.data == kept
    assert looked_at(found, owner).status_code in (302, 403)
    assert Client().get(reverse("admin:reports_calibration_moved", args=[found.pk])).status_code == 302
    assert reverse("admin:reports_calibration_moved", args=[found.pk]) in (
        signed_in(operator).get(reverse("admin:reports_calibration_changelist")).content.decode()
    )


def test_a_running_calibration_has_no_such_page() -> None:
    organisation, _ = make_team()
    sittings(make_assessment(organisation, skills=1, per_skill=3), 5, [EASY, 0, HARD])
    started = calibrate.begin_calibration(reason="test")
    assert started
    operator = User.objects.create_superuser("operator@example.org", "a-long-password")
    assert looked_at(started, operator).status_code == 404
