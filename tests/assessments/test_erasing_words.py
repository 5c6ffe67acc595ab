"""With the name goes what a person wrote in their own words, and what others wrote about them; scores stay."""

from __future__ import annotations

import pytest
from django.urls import reverse

from assessments.models import AttemptEvent, AttemptExtension, HandIn, Marking, RegradeKind, Response
from assessments.services.intervene import add_time, reopen
from assessments.services.marking import queue, record_marking
from assessments.services.regrade import carry_out, plan_regrade, work_on
from assessments.services.retention import erase_candidate
from assessments.services.score import finish_marking, score_attempt
from question_bank.types import BY_PEOPLE, TYPES
from reports.services.build import build_report
from tests.factories import blueprint, make_assessment, make_invitation, make_question, make_skill
from tests.walkthrough import Walkthrough

pytestmark = pytest.mark.django_db

TELLING = "Quartermain"
"""Stands in every text that has to go."""


@pytest.fixture
def sat(organisation):
    skill = make_skill("writing")
    make_question(skill, 1, type="free_text")
    make_question(skill, 2, difficulty=1)
    lines = blueprint(("writing", 2, 1), ("writing", 1, 1))
    assessment = make_assessment(organisation, {"sections": [{"blueprint": lines, "shuffle_questions": False}]})

    def sit() -> Walkthrough:
        story = Walkthrough(make_invitation(organisation, assessment, name=TELLING)).start()
        story.save(1, {"text": f"I, {TELLING}, would roll back."}, 0)
        story.save(1, {"text": f"I, {TELLING}, would wait."}, 1)
        story.answer(2, right=False).submit().score()
        return story

    return sit


def mark(story: Walkthrough, by) -> None:
    response = story.item(1).responses.order_by("-revision")[0]
    points = {"cause": 0, "next-step": 2}
    comment = f"{TELLING} has seen this before."
    record_marking(item=story.item(1), response_id=response.pk, points=points, comment=comment, by=by)


def stored_texts(story: Walkthrough) -> str:
    """All that is stored of the attempt, as the database has it."""
    rows = [
        *Response.objects.filter(item__attempt=story.attempt).values(),
        *Marking.objects.filter(item__attempt=story.attempt).values(),
        *HandIn.objects.filter(attempt=story.attempt).values(),
        *AttemptEvent.objects.filter(attempt=story.attempt).values(),
        *AttemptExtension.objects.filter(attempt=story.attempt).values(),
    ]
    return str(rows)


def test_words_go_and_scores_and_marks_stay(sat, owner, organisation, signed_in):
    story, other = sat(), sat()
    for one in (story, other):
        add_time(one.attempt, 60, f"{TELLING} was ill", owner)
        mark(one, owner)
        finish_marking(one.attempt.pk)
        reopen(attempt=one.attempt, seconds=600, reason=f"{TELLING} rang", by=owner)
        one.submit()
        score_attempt(one.attempt.pk)
    HandIn.objects.create(
        attempt=story.attempt, answers={"1": {"answer": [TELLING]}}, written_at=story.attempt.started_at,
        taken_over=0, note=f"{TELLING} rang", by=owner,
    )  # fmt: skip
    story.attempt.refresh_from_db()
    points = story.attempt.score.points
    build_report(story.attempt.score_id)
    for _ in range(2):
        erase_candidate(story.attempt.candidate_id)
        assert TELLING not in stored_texts(story)
    assert stored_texts(other).count(TELLING) == 6  # two revisions, a comment, two events and more time
    assert points == 0.5
    assert Marking.objects.get(item=story.item(1)).mark == 0.5
    assert Response.objects.filter(item=story.item(1)).count() == 2
    page = signed_in(owner).get(reverse("report_answers", args=[story.attempt.public_id])).content.decode()
    assert "was erased with the name" in page
    assert TELLING not in page


def test_a_later_correction_keeps_the_mark_of_what_was_erased(sat, owner, organisation):
    story = sat()
    mark(story, owner)
    finish_marking(story.attempt.pk)
    erase_candidate(story.attempt.candidate_id)
    choice = story.item(2).question_version
    found = plan_regrade(version=choice, kind=RegradeKind.FULL, reason="Unclear", by=owner, organisation=organisation)
    work_on(found.pk)
    carry_out(regrade=found)
    work_on(found.pk)
    story.attempt.refresh_from_db()
    assert (story.attempt.score.points, story.attempt.score.n) == (1.5, 2)
    assert finish_marking(story.attempt.pk) is None


def test_what_was_erased_before_it_was_marked_waits_for_nobody(sat, owner, organisation, signed_in):
    story = sat()
    assert queue(organisation, owner).to_mark.count() == 1
    erase_candidate(story.attempt.candidate_id)
    assert queue(organisation, owner).to_mark.count() == 0
    reply = signed_in(owner).get(reverse("marking_answer", args=[story.item(1).pk]), follow=True)
    assert "does not wait for a mark any more" in reply.content.decode()


@pytest.mark.parametrize("slug", BY_PEOPLE)
def test_what_people_mark_can_be_erased_and_still_counts_as_answered(slug):
    kind = TYPES[slug]
    payload = kind.load(kind.samples()[0].payload)
    assert kind.erased is not None
    assert kind.mark(payload, kind.erased) is None
    assert kind.describe(payload, kind.erased)
