"""Corrections of questions that people mark, and marks that people give before, between and after."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.errors import NotPossible
from assessments.models import Regrade, RegradeKind, RegradeState
from assessments.services.marking import queue, record_marking
from assessments.services.regrade import carry_out, plan_regrade, work_on
from assessments.services.score import finish_marking
from assessments.states import State
from question_bank.models import QuestionVersion
from tests.factories import blueprint, make_assessment, make_invitation, make_question, make_skill
from tests.walkthrough import Walkthrough

pytestmark = pytest.mark.django_db

ALL = {"cause": 2, "next-step": 2}
HALF = {"cause": 0, "next-step": 2}
NOTHING = {"cause": 0, "next-step": 0}
DROP, FULL, KEY = RegradeKind.DROP, RegradeKind.FULL, RegradeKind.KEY


class Sitting(Walkthrough):
    """Two answers in free text and a right choice, handed in and scored as far as a rule can."""

    def written(self, number: int):
        found = self.attempt.items.select_related("question_version__question", "attempt__version")
        return found.get(question_version__question__external_id__startswith=f"writing-{number}-")

    def mark(self, number: int, by, points=ALL) -> None:
        item = self.written(number)
        response = item.responses.order_by("-revision").first()
        record_marking(item=item, response_id=response.pk, points=points, comment="", by=by)

    def finish(self):
        return finish_marking(self.attempt.pk)

    def now(self) -> tuple[str, int, float, int]:
        """State, number of the newest score, its points and its n."""
        self.attempt.refresh_from_db()
        score = self.attempt.score
        return self.attempt.state, score.number, score.points, score.n


@pytest.fixture
def sit(organisation):
    skill = make_skill("writing")
    for number in (1, 2):
        make_question(skill, number, type="free_text")
    make_question(skill, 3, difficulty=1)

    def start(markers: int = 1) -> Sitting:
        lines = blueprint(("writing", 2, 2), ("writing", 1, 1))
        assessment = make_assessment(organisation, {"markers": markers, "sections": [{"blueprint": lines}]})
        story = Sitting(make_invitation(organisation, assessment)).start()
        for item in story.attempt.items.select_related("question_version"):
            if item.question_version.type == "free_text":
                story.save(item.position, {"text": "Metres instead of kilometres; roll back."}, 0)
            else:
                story.answer(item.position)
        story.submit().score()
        return story

    return start


def version(number: int = 1) -> QuestionVersion:
    return QuestionVersion.objects.get(question__external_id__startswith=f"writing-{number}-", number=1)


@pytest.fixture
def plan(organisation, owner):
    def order(kind: RegradeKind, number: int = 1, **more) -> Regrade:
        found = plan_regrade(
            version=version(number), kind=kind, reason="It was unclear", by=owner, organisation=organisation, **more
        )
        work_on(found.pk)
        found.refresh_from_db()
        return found

    return order


def done(regrade: Regrade) -> Regrade:
    carry_out(regrade=regrade)
    work_on(regrade.pk)
    regrade.refresh_from_db()
    assert regrade.state == RegradeState.DONE
    return regrade


def test_a_question_that_people_mark_has_no_key_to_correct(sit, plan, author):
    story = sit()
    before = version()
    other = QuestionVersion.objects.create(
        question=before.question, number=2, type=before.type, difficulty=2, expected_seconds=60, stem=before.stem,
        payload=before.payload, author_name="An author", content_hash="2" * 64, released_by=author,
    )  # fmt: skip
    with pytest.raises(NotPossible, match="has no key"):
        plan(KEY, target=other)
    assert not Regrade.objects.exists()
    assert story.now()[1] == 1


def test_the_form_says_why_there_is_no_key(sit, owner, signed_in):
    sit()
    form = {"version": version().pk, "kind": "key", "target": version().pk, "reason": "Another key"}
    reply = signed_in(owner).post(reverse("regrade_new", args=[version().question.public_id]), form)
    assert reply.status_code == 422
    assert "has no key" in reply.content.decode()


@pytest.mark.parametrize(("kind", "points", "n"), [(DROP, 1.5, 2), (FULL, 2.5, 3)])
def test_a_question_that_was_marked_is_corrected_and_its_marks_are_kept(sit, plan, owner, kind, points, n):
    story = sit()
    story.mark(1, owner, NOTHING)
    story.mark(2, owner, HALF)
    story.finish()
    assert story.now() == (State.SCORED, 2, 1.5, 3)
    found = plan(kind)
    assert [(c.points_after, c.n_after) for c in found.changes.all()] == [(points, n)]
    done(found)
    assert story.now() == (State.SCORED, 3, points, n)
    kept = story.attempt.score.marks.get(item=story.written(1))
    assert (kept.mark, kept.dropped) == ((0.0, True) if kind == DROP else (1.0, False))
    assert story.written(1).markings.count() == 1
    assert story.finish() is None


@pytest.mark.parametrize(("kind", "points", "n"), [(DROP, 1, 1), (FULL, 2, 2)])
def test_nobody_marks_any_more_what_was_corrected_and_the_rest_still_waits(
    sit, plan, owner, organisation, kind, points, n
):
    story = sit()
    assert queue(organisation, owner).to_mark.count() == 2
    done(plan(kind))
    assert story.now() == (State.NEEDS_REVIEW, 2, points, n)
    assert list(queue(organisation, owner).to_mark) == [story.written(2)]
    story.mark(2, owner, HALF)
    story.finish()
    assert story.now() == (State.SCORED, 3, points + 0.5, n + 1)


@pytest.mark.parametrize(("kind", "points", "n"), [(DROP, 1.5, 2), (FULL, 2.5, 3)])
def test_where_only_the_corrected_question_waited_the_score_is_complete(
    sit, plan, owner, organisation, kind, points, n
):
    story = sit()
    story.mark(2, owner, HALF)
    assert story.finish() is None
    done(plan(kind))
    assert story.now() == (State.SCORED, 2, points, n)
    assert not queue(organisation, owner).to_mark.exists()
    assert story.attempt.events.filter(kind="moved", data__to=State.SCORED).count() == 1


@pytest.mark.parametrize(("kind", "points", "n"), [(DROP, 1.5, 2), (FULL, 2.5, 3)])
@pytest.mark.parametrize("when", ["before carrying out", "before its worker", "afterwards"])
def test_marks_that_come_after_the_plan_count_and_none_is_lost(sit, plan, owner, kind, points, n, when):
    story = sit()
    found = plan(kind)
    if when == "before carrying out":
        story.mark(1, owner, NOTHING)
        story.mark(2, owner, HALF)
        story.finish()
        assert story.now() == (State.SCORED, 2, 1.5, 3)
    carry_out(regrade=found)
    if when == "before its worker":
        story.mark(1, owner, NOTHING)
        story.mark(2, owner, HALF)
    work_on(found.pk)
    if when == "afterwards":
        story.mark(1, owner, NOTHING)
        story.mark(2, owner, HALF)
    story.finish()
    assert story.now()[0] == State.SCORED
    assert story.now()[2:] == (points, n)
    assert story.finish() is None
    assert found.changes.get().score is not None


def test_a_mark_that_waits_for_its_worker_enters_the_score_of_a_correction(sit, plan, owner):
    story = sit()
    story.mark(1, owner, NOTHING)
    story.mark(2, owner, NOTHING)
    story.finish()
    found = plan(FULL)
    story.mark(2, owner, ALL)  # the marker changed their mind, and the message to the worker is lost
    done(found)
    assert story.now() == (State.SCORED, 3, 3, 3)
    assert story.finish() is None


def test_one_of_two_marks_is_not_a_mark_in_a_correction_either(sit, plan, owner, author):
    story = sit(markers=2)
    story.mark(2, owner, HALF)
    done(plan(DROP))
    assert story.now() == (State.NEEDS_REVIEW, 2, 1, 1)
    story.mark(2, author, HALF)
    story.finish()
    assert story.now() == (State.SCORED, 3, 1.5, 2)


def test_a_corrected_key_of_another_question_leaves_the_marks_of_people(sit, plan, owner):
    story = sit()
    story.mark(1, owner, HALF)
    story.mark(2, owner, HALF)
    story.finish()
    done(plan(FULL, 2))
    assert story.now() == (State.SCORED, 3, 2.5, 3)
    done(plan(DROP, 3))
    assert story.now() == (State.SCORED, 4, 1.5, 2)  # the second still has its point of everybody


def test_a_newer_correction_of_the_same_question_overrules_the_older(sit, plan, owner):
    story = sit()
    story.mark(1, owner, HALF)
    story.mark(2, owner, HALF)
    story.finish()
    older, newer = plan(DROP), plan(FULL)
    done(newer)
    assert story.now() == (State.SCORED, 3, 2.5, 3)
    done(older)
    assert story.now() == (State.SCORED, 3, 2.5, 3)
