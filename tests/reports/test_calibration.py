"""Calibration: answers move questions, exactly once, and never a report that was delivered."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from django.utils import timezone
from scipy.special import expit

from assessments.models import Assessment, Attempt, AttemptItem, Candidate, ItemMark, Score
from question_bank.models import Question
from reports.models import Calibration, ItemParameters, ReportFigure, SkillReport
from reports.services import calibrate
from reports.services.build import build_report
from reports.services.calibrate import begin_calibration, left_behind, run_calibration
from reports.services.item_bank import bank_for, newest_calibration
from reports.services.load import load_facts
from tests.reports.factories import in_turn, make_assessment, make_scored, make_team

pytestmark = pytest.mark.django_db

EASY, HARD = -2.0, 2.0


def sittings(assessment: Assessment, people: int, places: list[float], seed: int = 7) -> None:
    """Scored sittings of simulated people: question number i lies at ``places[i]`` on the scale. Rows as scoring
    writes them; through the services it would take minutes."""
    rng = np.random.default_rng(seed)
    theta = rng.normal(size=people)
    versions = [q.current for q in Question.objects.select_related("current__question__skill").order_by("pk")]
    now = timezone.now()
    organisation = assessment.organisation
    candidates = Candidate.objects.bulk_create(
        Candidate(organisation=organisation, email=f"simulated{seed}-{n}@example.org", name="Simulated")
        for n in range(people)
    )
    attempts = Attempt.objects.bulk_create(
        Attempt(
            candidate=candidate,
            assessment=assessment,
            version=assessment.published,
            state="scored",
            seed=1,
            question_count=len(versions),
            started_at=now,
            submitted_at=now,
            consented_at=now,
        )
        for candidate in candidates
    )
    items = AttemptItem.objects.bulk_create(
        AttemptItem(attempt=attempt, position=n, section=0, question_version=v, skill=v.question.skill, counted=True)
        for attempt in attempts
        for n, v in enumerate(versions, start=1)
    )
    right = rng.random((people, len(versions))) < expit(theta[:, None] - np.array(places))
    scores = Score.objects.bulk_create(
        Score(
            attempt=attempt,
            number=1,
            rule="share_of_points",
            rule_version=1,
            points=float(right[p].sum()),
            n=len(versions),
            level=0.9,
        )
        for p, attempt in enumerate(attempts)
    )
    for attempt, score in zip(attempts, scores, strict=True):
        attempt.score = score
    Attempt.objects.bulk_update(attempts, ["score"])
    ItemMark.objects.bulk_create(
        ItemMark(score=score, item=items[p * len(versions) + i], mark=float(right[p, i]), outcome="right")
        for p, score in enumerate(scores)
        for i in range(len(versions))
    )


def calibrated(reason: str = "test") -> Calibration:
    started = begin_calibration(reason=reason)
    assert started
    run_calibration(started.pk)
    started.refresh_from_db()
    return started


def test_answers_move_questions_from_their_band_to_where_they_lie() -> None:
    organisation, _ = make_team()
    assessment = make_assessment(organisation, skills=1, per_skill=6)
    # All of the same band, or nearly so, and half of them far easier than the others.
    sittings(assessment, 300, [EASY, HARD] * 3)
    found = calibrated()
    rows = list(found.items.order_by("version__question"))
    assert (found.done, found.total, found.persons, found.answers) == (1, 1, 300, 1800)
    assert found.finished_at
    assert [row.n for row in rows] == [300] * 6
    assert all(row.difficulty < -1 for row in rows[::2])
    assert all(row.difficulty > 1 for row in rows[1::2])
    assert all(row.difficulty_sd < 0.5 for row in rows)
    assert all(0.6 < row.infit < 1.4 for row in rows)


def test_a_few_answers_hardly_move_a_question() -> None:
    organisation, _ = make_team()
    assessment = make_assessment(organisation, skills=1, per_skill=3)
    sittings(assessment, 4, [EASY, EASY, EASY])
    for row in calibrated().items.select_related("version"):
        band = {1: -1.0, 2: 0.0, 3: 1.0}[row.version.difficulty]
        assert abs(row.difficulty - band) < 0.7
        assert row.difficulty_sd > 0.4


def test_nothing_starts_while_one_runs_or_nothing_new_was_scored() -> None:
    assert begin_calibration(reason="nobody was scored yet") is None
    organisation, _ = make_team()
    sittings(make_assessment(organisation, skills=1, per_skill=3), 5, [EASY, 0, HARD])
    started = begin_calibration(reason="first")
    assert started
    assert begin_calibration(reason="while it runs") is None
    run_calibration(started.pk)
    assert begin_calibration(reason="nothing new") is None


def test_a_worker_that_dies_between_two_skills_leaves_work_that_is_finished_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    organisation, _ = make_team()
    sittings(make_assessment(organisation, skills=3, per_skill=2), 20, [EASY, HARD] * 3)
    started = begin_calibration(reason="test")
    assert started
    fit, done = calibrate._fit_skill, []

    def dies(pk: int, skill: object) -> None:
        if done:
            raise KeyboardInterrupt
        done.append(skill)
        fit(pk, skill)

    monkeypatch.setattr(calibrate, "_fit_skill", dies)
    with pytest.raises(KeyboardInterrupt):
        run_calibration(started.pk)
    monkeypatch.undo()
    assert newest_calibration() is None
    first = list(started.items.values("version", "difficulty"))
    assert len(first) == 2
    assert left_behind() == []
    Calibration.objects.update(touched_at=timezone.now() - datetime.timedelta(hours=1))
    assert left_behind() == [started.pk]
    for _ in range(2):
        run_calibration(started.pk)
    assert started.items.count() == 6
    assert [row for row in started.items.values("version", "difficulty") if row in first] == first
    started.refresh_from_db()
    assert (started.done, left_behind()) == (3, [])


def test_a_delivered_report_stays_and_a_new_one_names_the_calibration() -> None:
    organisation, _ = make_team()
    assessment = make_assessment(organisation, skills=2, per_skill=5)
    before = build_report(make_scored(assessment, in_turn("right", "wrong")).score_id)
    kept = before.data
    sittings(assessment, 150, [EASY, -1, 0, 1, HARD] * 2)
    found = calibrated()
    after = build_report(make_scored(assessment, in_turn("right", "wrong")).score_id)
    before.refresh_from_db()
    assert before.data == kept
    summary, method = ({part["slug"]: part["data"] for part in report.data["sections"]} for report in (before, after))
    assert summary["summary"]["provisional"] is True
    assert summary["summary"]["place"]["percentile"] is None
    assert method["summary"]["provisional"] is False
    assert method["method"]["estimates"]["parameters"] == found.name
    assert method["method"]["estimates"]["settled"] == 10
    assert {row.method.split(", ")[1] for row in after.figures.all()} == {found.name}


def test_well_known_questions_hold_the_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrate, "ANCHORED_FROM", 60)
    organisation, _ = make_team()
    assessment = make_assessment(organisation, skills=1, per_skill=4)
    sittings(assessment, 80, [-1, 0, 1, HARD])
    first = {row.version_id: row for row in calibrated().items.all()}
    sittings(assessment, 80, [-1, 0, 1, HARD], seed=8)
    second = {row.version_id: row for row in calibrated().items.all()}
    assert {pk: (row.difficulty, row.log_slope) for pk, row in first.items()} == {
        pk: (pytest.approx(row.difficulty), pytest.approx(row.log_slope)) for pk, row in second.items()
    }
    assert {row.n for row in second.values()} == {160}


def test_the_bank_takes_the_prior_where_nobody_answered() -> None:
    organisation, _ = make_team()
    assessment = make_assessment(organisation, skills=1, per_skill=3)
    sittings(assessment, 30, [EASY, 0, HARD])
    found = calibrated()
    ItemParameters.objects.filter(calibration=found).first().delete()
    bank = bank_for(found, organisation, [])
    assert sorted(item.n for item in bank.items.values()) == [0, 30, 30]
    assert bank.version == found.name


def with_reports(assessment: Assessment, estimates: list[float]) -> None:
    """Reports of the simulated sittings, with these overall figures."""
    attempts = list(assessment.attempts.order_by("pk"))
    reports = SkillReport.objects.bulk_create(
        SkillReport(attempt=attempt, score=attempt.score, number=1, schema_version=1, data={}) for attempt in attempts
    )
    ReportFigure.objects.bulk_create(
        ReportFigure(
            report=report, estimate=estimate, low=0, high=1, level=0.9, points=1, n=10, provisional=False, method="test"
        )
        for report, estimate in zip(reports, estimates, strict=True)
    )


@pytest.mark.parametrize(("people", "given"), [(99, False), (100, True)])
def test_a_percentile_names_its_group_and_is_left_out_where_the_group_is_small(people: int, given: bool) -> None:
    organisation, _ = make_team()
    assessment = make_assessment(organisation, skills=1, per_skill=10)
    sittings(assessment, people, [EASY, -1, 0, 1, HARD] * 2)
    with_reports(assessment, [n / people for n in range(people)])
    calibrated()
    ItemParameters.objects.update(n=150)
    attempt = make_scored(assessment, in_turn("right", "wrong"))
    facts = load_facts(attempt.score_id)
    place = facts.place
    assert place is not None
    assert place.n == people
    if not given:
        assert place.percentile is None
        assert f"{people} people" in place.reason
        return
    assert place.percentile is not None
    assert facts.overall.value is not None
    assert place.percentile == pytest.approx(100 * facts.overall.value, abs=1.5)
    assert place.low < place.percentile < place.high  # type: ignore[operator]
    # Wider than the ranks of the two ends of the person's own interval: the group is a sample too.
    assert place.low < 100 * facts.overall.low < 100 * facts.overall.high < place.high  # type: ignore[operator]
    row = build_report(attempt.score_id).figures.get(skill=None)
    assert row.percentile == pytest.approx(place.percentile)
    assert "n = 100" in row.percentile_note
    assert assessment.title in row.percentile_note


@pytest.mark.parametrize(("cut", "plan", "verdict"), [(0.3, "right", "pass"), (0.9, "wrong", "below")])
def test_a_pass_mark_is_applied_once_figures_rest_on_answers(cut: float, plan: str, verdict: str) -> None:
    organisation, _ = make_team()
    assessment = make_assessment(organisation, skills=1, per_skill=10, cut={"share": cut})
    early = build_report(make_scored(assessment, in_turn(plan)).score_id)
    sittings(assessment, 120, [EASY, -1, 0, 1, HARD] * 2)
    calibrated()
    late = build_report(make_scored(assessment, in_turn(plan)).score_id)
    decisions = [report.data["sections"][0]["data"]["decision"] for report in (early, late)]
    assert [decision["verdict"] for decision in decisions] == ["", verdict]
    assert "a person decides" in decisions[0]["why"]
    assert late.figures.get(skill=None).verdict == verdict


def test_how_skills_go_together_is_estimated_once_enough_people_answered() -> None:
    """One ability answers for both skills here, so they go together more closely than assumed."""
    organisation, _ = make_team()
    assessment = make_assessment(organisation, skills=2, per_skill=8)
    sittings(assessment, 60, [-1, 0, 1, 0] * 4)
    assert calibrated().correlation == {}
    sittings(assessment, 240, [-1, 0, 1, 0] * 4, seed=9)
    found = calibrated()
    assert found.correlation["skills"] == assessment.published.loaded().skills  # type: ignore[union-attr]
    assert found.correlation["matrix"][0][1] > 0.75
    facts = load_facts(make_scored(assessment, in_turn("right", "wrong")).score_id)
    assert facts.method.estimates.correlation_known
