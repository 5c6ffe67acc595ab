"""Many at once, with threads against PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.roles import Role
from assessments.models import (
    Attempt,
    AttemptItem,
    Invitation,
    Regrade,
    RegradeKind,
    RegradeState,
    Response,
    Score,
)
from assessments.services import regrade as regrade_service
from assessments.services.regrade import carry_out, plan_regrade, work_on
from assessments.services.save_answer import Saved, SaveResult, save_answer
from assessments.services.score import score_attempt
from assessments.services.start import Started, start_invited
from assessments.services.submit import submit_attempt
from tests.factories import make_invitation, make_member, right_answer, wrong_answer
from tests.walkthrough import Walkthrough

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run ``work(0..count-1)`` in threads that start together; errors are raised here."""
    gate = threading.Barrier(count)
    results: list[Any] = [None] * count
    errors: list[BaseException] = []

    def run(index: int) -> None:
        try:
            gate.wait()
            results[index] = work(index)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def test_thirty_starts_at_once_give_one_attempt(invitation: Invitation) -> None:
    started: list[Started] = at_once(30, lambda _: start_invited(invitation=invitation))
    assert Attempt.objects.count() == 1
    assert len({result.attempt.pk for result in started}) == 1
    assert sum(result.created for result in started) == 1
    assert AttemptItem.objects.count() == 6


def test_fifty_submissions_and_scorings_at_once_give_one_score(invitation: Invitation) -> None:
    sitting = Walkthrough(invitation).start().answer(1)

    def submit_and_score(_: int) -> str:
        attempt = submit_attempt(attempt=Attempt.objects.get(pk=sitting.attempt.pk))
        score_attempt(attempt.pk)
        return attempt.receipt

    receipts = at_once(50, submit_and_score)
    assert Score.objects.count() == 1
    stored = Attempt.objects.get(pk=sitting.attempt.pk)
    assert stored.state == "scored"
    assert stored.events.filter(kind="moved", data__to="submitted").count() == 1
    assert {receipt for receipt in receipts if receipt} == {stored.receipt}


def test_saves_from_many_tabs_keep_one_revision_each(invitation: Invitation) -> None:
    sitting = Walkthrough(invitation).start()
    item = sitting.item(1)
    answers = [right_answer(item), wrong_answer(item)]

    def save(index: int) -> SaveResult:
        return save_answer(attempt=sitting.attempt.public_id, position=1, answer=answers[index % 2], revision=0)

    results: list[SaveResult] = at_once(20, save)
    assert Response.objects.filter(item=item).count() == 1
    stored = Response.objects.get(item=item).answer
    for index, result in enumerate(results):
        if result.stored:
            assert answers[index % 2] == stored


def test_what_was_acknowledged_during_a_submission_is_in_the_score(invitation: Invitation) -> None:
    sitting = Walkthrough(invitation).start()
    items = {position: sitting.item(position) for position in range(1, 7)}

    def act(index: int) -> SaveResult | None:
        if index == 6:
            submit_attempt(attempt=Attempt.objects.get(pk=sitting.attempt.pk))
            return None
        position = index + 1
        return save_answer(
            attempt=sitting.attempt.public_id, position=position, answer=right_answer(items[position]), revision=0
        )

    results = at_once(7, act)
    acknowledged = {index + 1 for index, r in enumerate(results) if r is not None and r.outcome is Saved.SAVED}
    sitting.score()
    assert {position for position, mark in sitting.marks().items() if mark.mark == 1} == acknowledged
    assert set(Response.objects.values_list("item__position", flat=True)) == acknowledged


def test_one_answer_saved_twice_at_the_same_moment_is_not_taken_for_two_tabs(invitation: Invitation) -> None:
    """A page sends an answer again when it does not know whether the first request arrived."""
    sitting = Walkthrough(invitation).start()
    for position in range(1, 7):
        answer = right_answer(sitting.item(position))

        def save(_: int, position: int = position, answer: dict[str, Any] = answer) -> SaveResult:
            return save_answer(attempt=sitting.attempt.public_id, position=position, answer=answer, revision=0)

        results = at_once(8, save)
        assert all(result.stored for result in results)
        assert [result.outcome for result in results].count(Saved.SAVED) == 1
    assert Response.objects.count() == 6


def corrected_first_question(invitation: Invitation, others: int) -> tuple[Regrade, list[Walkthrough]]:
    """A dry run that gives everybody the point for a question that these people left empty."""
    stories = [Walkthrough(invitation).start().submit()]
    version = stories[0].item(1).question_version
    while len(stories) <= others:
        story = Walkthrough(make_invitation(invitation.organisation, invitation.assessment)).start().submit()
        if story.attempt.items.filter(question_version=version).exists():
            stories.append(story)
    for story in stories[:-1]:
        story.score()
    owner = make_member(invitation.organisation, Role.OWNER)
    found = plan_regrade(
        version=version,
        kind=RegradeKind.FULL,
        reason="No option was right",
        by=owner,
        organisation=invitation.organisation,
    )
    work_on(found.pk)
    return found, stories


def test_a_score_that_is_being_made_when_a_correction_comes_into_force_follows_it(invitation: Invitation) -> None:
    regrade, (_, late) = corrected_first_question(invitation, 1)

    def correct() -> None:
        carry_out(regrade=regrade)
        work_on(regrade.pk)
        connection.close()

    with transaction.atomic():
        late.score()  # before the correction, but nobody sees it yet
        assert late.attempt.score is not None
        assert late.attempt.score.points == 0
        thread = threading.Thread(target=correct)
        thread.start()
        wait_until(lambda: waits_for_a_lock() or Regrade.objects.get().state == RegradeState.DONE)
    thread.join()
    late.attempt.refresh_from_db()
    assert late.attempt.score.points == 1
    assert late.attempt.scores.count() == 2
    assert Regrade.objects.get().state == RegradeState.DONE


def test_four_workers_at_one_correction_make_each_score_once(
    invitation: Invitation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regrade_service, "BATCH", 2)
    regrade, stories = corrected_first_question(invitation, 11)
    carry_out(regrade=regrade)
    at_once(4, lambda _: work_on(regrade.pk))
    regrade.refresh_from_db()
    assert regrade.state == RegradeState.DONE
    assert sorted(story.attempt.scores.count() for story in stories) == [0, *[2] * 11]
    assert regrade.changes.filter(score=None).count() == 0


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return bool(cursor.fetchone()[0])


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
