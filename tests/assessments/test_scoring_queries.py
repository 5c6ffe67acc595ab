"""A query that could not be run is never a mark: the attempt waits, and the sweep scores it."""

from __future__ import annotations

import pytest

from assessments.services.waiting import unscored
from assessments.states import State
from assessments.tasks import sweep
from question_bank.types import sql_run
from question_bank.types.sql_run import CHILD, CannotRun
from tests.factories import blueprint, make_assessment, make_invitation, make_question, make_skill
from tests.walkthrough import Walkthrough

pytestmark = pytest.mark.django_db


def test_a_failing_machine_costs_time_and_no_point(organisation, monkeypatch, tmp_path):
    make_question(make_skill("queries"), 1, type="sql")
    definition = {"sections": [{"blueprint": blueprint(("queries", 2, 1))}]}
    story = Walkthrough(make_invitation(organisation, make_assessment(organisation, definition))).start()
    story.answer(1).submit()
    monkeypatch.setattr(sql_run, "CHILD", tmp_path / "gone.py")
    with pytest.raises(CannotRun):
        story.score()
    sweep()  # it logs the failure and goes on
    story.attempt.refresh_from_db()
    assert story.attempt.state == State.SUBMITTED
    assert not story.attempt.scores.exists()
    assert unscored() == [story.attempt.pk]
    monkeypatch.setattr(sql_run, "CHILD", CHILD)
    sweep()
    story.attempt.refresh_from_db()
    assert story.attempt.state == State.SCORED
    assert story.attempt.score.points == 1
