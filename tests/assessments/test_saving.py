"""Saving an answer: what is acknowledged is stored, and nothing else is."""

from __future__ import annotations

import datetime

import pytest
from django.conf import settings

from accounts.models import Organisation
from assessments.models import Assessment, Attempt, AttemptExtension, Invitation, Response
from assessments.services.save_answer import Saved
from tests.factories import blueprint, make_assessment, make_invitation
from tests.walkthrough import Walkthrough


@pytest.fixture
def sitting(invitation: Invitation) -> Walkthrough:
    return Walkthrough(invitation).start()


def stored(sitting: Walkthrough, position: int) -> list[int]:
    rows = Response.objects.filter(item=sitting.item(position)).order_by("revision")
    return list(rows.values_list("revision", flat=True))


def end_in(sitting: Walkthrough, seconds: float) -> None:
    """Move the deadline to so many seconds from now (by this machine's clock, which is the database's here)."""
    now = datetime.datetime.now(datetime.UTC)
    Attempt.objects.filter(pk=sitting.attempt.pk).update(closes_at=now + datetime.timedelta(seconds=seconds))


def test_a_save_appends_and_says_revision_time_and_remaining_time(sitting: Walkthrough) -> None:
    last = sitting.answer(1).last
    assert last is not None
    assert (last.outcome, last.revision) == (Saved.SAVED, 1)
    assert last.saved_at is not None
    assert last.remaining_ms is not None
    assert 29 * 60_000 < last.remaining_ms <= 30 * 60_000


def test_every_change_is_a_new_row_and_the_old_one_stays(sitting: Walkthrough) -> None:
    sitting.answer(1).answer(1, right=False, revision=1)
    assert stored(sitting, 1) == [1, 2]


def test_the_same_answer_again_appends_nothing(sitting: Walkthrough) -> None:
    last = sitting.answer(1).answer(1, revision=1).last
    assert last is not None
    assert (last.outcome, last.revision, last.stored) == (Saved.UNCHANGED, 1, True)
    assert stored(sitting, 1) == [1]


def test_a_retry_after_a_lost_reply_is_not_taken_for_a_second_tab(sitting: Walkthrough) -> None:
    last = sitting.answer(1).answer(1, revision=0).last
    assert last is not None
    assert (last.outcome, last.revision) == (Saved.UNCHANGED, 1)


def test_a_stale_tab_is_refused_and_changes_nothing(sitting: Walkthrough) -> None:
    last = sitting.answer(1).answer(1, right=False, revision=0).last
    assert last is not None
    assert (last.outcome, last.revision, last.stored) == (Saved.STALE, 1, False)
    assert stored(sitting, 1) == [1]


def test_a_revision_from_the_future_is_stale_too(sitting: Walkthrough) -> None:
    assert sitting.answer(1, revision=7).last.outcome is Saved.STALE  # type: ignore[union-attr]
    assert stored(sitting, 1) == []


def test_an_answer_can_be_cleared_and_given_again(sitting: Walkthrough) -> None:
    sitting.answer(1).save(1, None, 1)
    assert sitting.last is not None
    assert sitting.last.outcome is Saved.SAVED
    assert Response.objects.get(item=sitting.item(1), revision=2).answer is None
    assert sitting.answer(1, revision=2).last.outcome is Saved.SAVED  # type: ignore[union-attr]


def test_clearing_what_was_never_answered_appends_nothing(sitting: Walkthrough) -> None:
    assert sitting.save(1, None, 0).last.outcome is Saved.UNCHANGED  # type: ignore[union-attr]
    assert stored(sitting, 1) == []


def test_a_save_within_the_grace_after_the_end_is_accepted(sitting: Walkthrough) -> None:
    end_in(sitting, -settings.SAVE_GRACE_SECONDS + 2)
    assert sitting.answer(1).last.outcome is Saved.SAVED  # type: ignore[union-attr]


def test_a_save_after_the_grace_is_refused_and_not_stored(sitting: Walkthrough) -> None:
    end_in(sitting, -settings.SAVE_GRACE_SECONDS - 1)
    assert sitting.answer(1).last.outcome is Saved.CLOSED  # type: ignore[union-attr]
    assert stored(sitting, 1) == []


def test_an_extension_moves_the_end(sitting: Walkthrough) -> None:
    end_in(sitting, -60)
    AttemptExtension.objects.create(attempt=sitting.attempt, seconds=120, reason="power cut")
    last = sitting.answer(1).last
    assert last is not None
    assert last.outcome is Saved.SAVED
    assert last.remaining_ms is not None
    assert 50_000 < last.remaining_ms <= 60_000


def test_a_save_after_submission_is_refused_and_not_stored(sitting: Walkthrough) -> None:
    sitting.submit().answer(1)
    assert sitting.last is not None
    assert sitting.last.outcome is Saved.CLOSED
    assert stored(sitting, 1) == []


def test_a_question_that_is_not_on_the_form_is_missing(sitting: Walkthrough) -> None:
    assert sitting.save(99, {"options": []}, 0).last.outcome is Saved.MISSING  # type: ignore[union-attr]


def test_an_untimed_attempt_has_no_remaining_time(organisation: Organisation, bank: None) -> None:
    definition = {"time_limit_minutes": None, "sections": [{"blueprint": blueprint(("serving", None, 2))}]}
    invitation = make_invitation(organisation, make_assessment(organisation, definition))
    last = Walkthrough(invitation).start().answer(1).last
    assert last is not None
    assert (last.outcome, last.remaining_ms) == (Saved.SAVED, None)


class TestOneWay:
    """A section that goes forwards only, enforced where answers are written."""

    @pytest.fixture
    def sitting(self, organisation: Organisation, bank: None) -> Walkthrough:
        one_way = {"title": "First", "navigation": "one_way", "blueprint": blueprint(("serving", None, 2))}
        free = {"title": "Second", "blueprint": blueprint(("drift", None, 2))}
        assessment: Assessment = make_assessment(organisation, {"sections": [one_way, free]})
        return Walkthrough(make_invitation(organisation, assessment)).start()

    def leave(self, sitting: Walkthrough, position: int) -> None:
        from assessments.services.navigate import leave

        leave(attempt=sitting.attempt, position=position)

    def test_later_questions_cannot_be_answered_before_their_turn(self, sitting: Walkthrough) -> None:
        assert sitting.answer(2).last.outcome is Saved.LEFT  # type: ignore[union-attr]
        assert sitting.answer(3).last.outcome is Saved.LEFT  # type: ignore[union-attr]
        assert sitting.answer(1).last.outcome is Saved.SAVED  # type: ignore[union-attr]

    def test_a_question_that_was_left_cannot_be_changed(self, sitting: Walkthrough) -> None:
        sitting.answer(1)
        self.leave(sitting, 1)
        assert sitting.answer(1, right=False, revision=1).last.outcome is Saved.LEFT  # type: ignore[union-attr]
        assert stored(sitting, 1) == [1]

    def test_leaving_out_of_turn_does_nothing(self, sitting: Walkthrough) -> None:
        self.leave(sitting, 2)
        assert sitting.item(2).left_at is None

    def test_the_next_section_opens_when_the_one_way_part_is_through(self, sitting: Walkthrough) -> None:
        self.leave(sitting, 1)
        self.leave(sitting, 2)
        assert sitting.answer(3).answer(4).last.outcome is Saved.SAVED  # type: ignore[union-attr]
