"""Scoring: figures that can be recomputed by hand, outcomes told apart, once and only once."""

from __future__ import annotations

import datetime

import pytest

from accounts.models import Organisation
from assessments.models import Attempt, AttemptEvent, Invitation, Outcome
from assessments.services.score import rescore, score_attempt
from assessments.services.submit import close_overdue, submit_attempt
from assessments.states import LostRace, State
from tests.factories import make_assessment, make_invitation
from tests.walkthrough import Walkthrough


@pytest.fixture
def sitting(invitation: Invitation) -> Walkthrough:
    return Walkthrough(invitation).start()


def test_points_per_skill_and_overall_are_the_sums_of_the_marks(sitting: Walkthrough) -> None:
    for position in range(1, 7):
        sitting.answer(position, right=position % 2 == 1)
    score = sitting.submit().score()
    expected: dict[str, list[float]] = {}
    for position in range(1, 7):
        item = sitting.item(position)
        expected.setdefault(item.skill.slug, []).append(1.0 if position % 2 else 0.0)
    assert score.points == pytest.approx(3)
    assert score.n == 6
    assert score.value == pytest.approx(0.5)
    for row in score.skills.select_related("skill"):
        marks = expected[row.skill.slug]
        assert (row.points, row.n) == (sum(marks), len(marks))
        assert row.low is not None
        assert row.value is not None
        assert row.high is not None
        assert row.low < row.value < row.high or row.value in (0, 1)


def test_the_interval_is_the_wilson_interval_worked_out_by_hand(sitting: Walkthrough) -> None:
    for position in range(1, 4):
        sitting.answer(position)
    score = sitting.submit().score()
    # 3 of 6, z = 1.644854: centre 0.5, half width z*sqrt(.25/6 + z²/144) / (1 + z²/6) = 0.27876
    assert (score.low, score.high) == (pytest.approx(0.22124, abs=1e-4), pytest.approx(0.77876, abs=1e-4))


def test_right_partly_wrong_skipped_and_not_reached_are_told_apart(sitting: Walkthrough) -> None:
    several = next(p for p in range(1, 7) if sitting.item(p).question_version.type == "multiple_choice")
    others = [p for p in range(1, 7) if p != several]
    half = [o["id"] for o in sitting.item(several).question_version.payload["options"] if o["correct"]][:1]
    sitting.see(several).save(several, {"options": half}, 0)
    sitting.see(others[0]).answer(others[0])
    sitting.see(others[1]).answer(others[1], right=False)
    sitting.see(others[2])
    sitting.submit().score()
    outcomes = {position: mark.outcome for position, mark in sitting.marks().items()}
    assert outcomes[several] == Outcome.PARTLY
    assert [outcomes[p] for p in others] == [
        Outcome.RIGHT,
        Outcome.WRONG,
        Outcome.SKIPPED,
        Outcome.NOT_REACHED,
        Outcome.NOT_REACHED,
    ]


def test_the_newest_revision_counts(sitting: Walkthrough) -> None:
    sitting.answer(1, right=False).answer(1, revision=1).submit().score()
    assert sitting.marks()[1].mark == 1.0


def test_a_cleared_answer_is_skipped(sitting: Walkthrough) -> None:
    sitting.answer(1).save(1, None, 1).submit().score()
    assert (sitting.marks()[1].mark, sitting.marks()[1].outcome) == (0.0, Outcome.SKIPPED)


def test_scoring_twice_gives_one_score(sitting: Walkthrough) -> None:
    sitting.answer(1).submit().score()
    assert score_attempt(sitting.attempt.pk) is None
    assert sitting.attempt.scores.count() == 1


def test_an_attempt_in_progress_is_not_scored(sitting: Walkthrough) -> None:
    assert score_attempt(sitting.attempt.pk) is None
    sitting.attempt.refresh_from_db()
    assert sitting.attempt.state == State.IN_PROGRESS


def test_a_rescore_is_a_new_row_with_a_reason_and_keeps_the_first(sitting: Walkthrough) -> None:
    first = sitting.answer(1).submit().score()
    second = rescore(attempt=sitting.attempt, reason="second key accepted", actor=None)
    sitting.attempt.refresh_from_db()
    assert (first.number, second.number, sitting.attempt.score_id) == (1, 2, second.pk)
    assert sitting.attempt.scores.count() == 2


def test_time_per_question_is_the_time_between_pages_shown(sitting: Walkthrough) -> None:
    begin = sitting.attempt.started_at
    for seconds, position in ((0, 1), (40, 2), (100, 1), (110, 0), (130, 3)):
        sitting.see(position)
        event = AttemptEvent.objects.filter(attempt=sitting.attempt, kind="shown").latest("pk")
        AttemptEvent.objects.filter(pk=event.pk).update(at=begin + datetime.timedelta(seconds=seconds))
    sitting.submit()
    Attempt.objects.filter(pk=sitting.attempt.pk).update(submitted_at=begin + datetime.timedelta(seconds=150))
    sitting.score()
    marks = sitting.marks()
    assert [marks[p].seconds for p in (1, 2, 3)] == [pytest.approx(50), pytest.approx(60), pytest.approx(20)]
    assert marks[4].seconds is None


def test_submitting_twice_keeps_the_first_receipt(sitting: Walkthrough) -> None:
    first = submit_attempt(attempt=sitting.answer(1).attempt)
    receipt, at = first.receipt, first.submitted_at
    again = submit_attempt(attempt=Attempt.objects.get(pk=first.pk))
    assert (again.receipt, again.submitted_at) == (receipt, at)
    assert len(receipt) == 64


def test_the_receipt_changes_with_the_answers(sitting: Walkthrough, organisation: Organisation) -> None:
    from assessments.services.submit import receipt_hash

    before = receipt_hash(sitting.attempt)
    assert receipt_hash(sitting.answer(1).attempt) != before


def test_the_sweep_closes_at_the_deadline_and_not_at_its_own_time(sitting: Walkthrough) -> None:
    sitting.answer(1)
    ended = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=2)
    Attempt.objects.filter(pk=sitting.attempt.pk).update(closes_at=ended)
    assert close_overdue() == [sitting.attempt.pk]
    assert close_overdue() == []
    sitting.attempt.refresh_from_db()
    assert (sitting.attempt.state, sitting.attempt.submitted_at) == (State.SUBMITTED, ended)
    assert sitting.attempt.ended_by == "deadline"
    assert sitting.score().points == 1


def test_the_sweep_leaves_running_extended_and_untimed_attempts(
    sitting: Walkthrough, organisation: Organisation
) -> None:
    from assessments.models import AttemptExtension

    assert close_overdue() == []
    ended = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=2)
    Attempt.objects.filter(pk=sitting.attempt.pk).update(closes_at=ended)
    AttemptExtension.objects.create(attempt=sitting.attempt, seconds=600, reason="power cut")
    untimed = make_invitation(organisation, make_assessment(organisation), untimed=True)
    Walkthrough(untimed).start()
    assert close_overdue() == []


def test_a_move_outside_the_table_is_refused(sitting: Walkthrough) -> None:
    with pytest.raises(ValueError, match="no move"):
        sitting.attempt.move(State.SCORED, since=State.IN_PROGRESS)


def test_a_lost_race_changes_nothing_and_leaves_no_event(sitting: Walkthrough) -> None:
    sitting.submit()
    events = sitting.attempt.events.count()
    with pytest.raises(LostRace):
        sitting.attempt.move(State.SUBMITTED, since=State.IN_PROGRESS)
    assert sitting.attempt.events.count() == events
