"""Answers in free text: from the hand-in over the queue and one or two markers to the score and the report."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.errors import NotPossible
from accounts.roles import Role
from assessments.clock import database_now
from assessments.models import Attempt, Marking, Outage
from assessments.services.hand_in import hand_in
from assessments.services.intervene import reopen
from assessments.services.marking import newly_marked, queue, record_marking
from assessments.services.outages import credit
from assessments.services.score import finish_marking, score_attempt
from assessments.states import State
from assessments.tasks import sweep
from reports.sections import SECTIONS
from reports.services.build import build_report
from reports.services.load import load_facts
from tests.assessments.test_interventions import file_of
from tests.factories import blueprint, make_assessment, make_invitation, make_member, make_question, make_skill
from tests.walkthrough import Walkthrough

pytestmark = pytest.mark.django_db

BEST = {"cause": 2, "next-step": 2}
HALF = {"cause": 0, "next-step": 2}
NAME = "Zebedee Quartermain"


@pytest.fixture
def sat(organisation):
    """Somebody who handed in one answer in free text and one choice; returns the story."""
    skill = make_skill("writing")
    make_question(skill, 1, type="free_text")
    make_question(skill, 2, type="single_choice", difficulty=1)

    def sit(text="Metres instead of kilometres; roll back.", markers=1):
        lines = blueprint(("writing", 2, 1), ("writing", 1, 1))
        definition = {"markers": markers, "sections": [{"blueprint": lines, "shuffle_questions": False}]}
        invitation = make_invitation(organisation, make_assessment(organisation, definition), name=NAME)
        story = Walkthrough(invitation).start()
        story.written = next(i for i in story.attempt.items.all() if i.question_version.type == "free_text")
        other = next(i for i in story.attempt.items.all() if i.question_version.type != "free_text")
        story.answer(other.position)
        if text:
            story.save(story.written.position, {"text": text}, 0)
        return story

    return sit


def mark(story, by, points=BEST, **more):
    item = story.item(story.written.position)
    response = item.responses.order_by("-revision").first()
    return record_marking(item=item, response_id=response.pk, points=points, comment="", by=by, **more)


def nothing_waits(organisation, user):
    found = queue(organisation, user)
    return (list(found.to_mark), found.to_settle, found.for_others) == ([], [], 0)


def state(story):
    story.attempt.refresh_from_db()
    return story.attempt.state


def test_an_answer_waits_for_people_and_the_score_follows_their_mark(sat, owner, organisation):
    story = sat()
    first = story.submit().score()
    assert state(story) == State.NEEDS_REVIEW
    assert (first.n, first.points) == (1, 1)
    assert list(queue(organisation, owner).to_mark) == [story.written]
    mark(story, owner, HALF)
    score = finish_marking(story.attempt.pk)
    assert state(story) == State.SCORED
    assert (score.number, score.n, score.points) == (2, 2, 1.5)
    assert story.attempt.score == score
    assert nothing_waits(organisation, owner)
    assert finish_marking(story.attempt.pk) is None  # safe to run twice


def test_what_was_left_empty_waits_for_nobody(sat, owner, organisation):
    story = sat(text="")
    story.submit().score()
    assert state(story) == State.SCORED
    assert nothing_waits(organisation, owner)


def test_the_sweep_finds_marks_whose_task_was_lost(sat, owner):
    story = sat()
    story.submit().score()
    mark(story, owner)
    assert newly_marked() == [story.attempt.pk]
    sweep()
    assert state(story) == State.SCORED
    assert newly_marked() == []


def test_two_markers_do_not_count_before_both_have_marked(sat, owner, author, organisation):
    story = sat(markers=2)
    story.submit().score()
    mark(story, owner)
    assert finish_marking(story.attempt.pk) is None
    assert (list(queue(organisation, owner).to_mark), queue(organisation, owner).for_others) == ([], 1)
    assert list(queue(organisation, author).to_mark) == [story.written]
    mark(story, author)
    assert finish_marking(story.attempt.pk).points == 2


def test_a_disagreement_waits_until_somebody_settles_it(sat, owner, author, reviewer, organisation):
    story = sat(markers=2)
    story.submit().score()
    with pytest.raises(NotPossible):
        mark(story, owner, settles=True)
    mark(story, owner, BEST)
    mark(story, author, HALF)
    assert finish_marking(story.attempt.pk) is None
    assert queue(organisation, reviewer).to_settle == [story.written]
    assert list(queue(organisation, reviewer).to_mark) == []
    mark(story, reviewer, HALF, settles=True)
    assert finish_marking(story.attempt.pk).points == 1.5
    assert Marking.objects.count() == 3  # nothing that was given is gone


def test_a_mark_that_comes_after_the_score_is_kept_and_the_markers_own_correction_counts(sat, owner, author):
    story = sat()
    story.submit().score()
    mark(story, owner, HALF)
    finish_marking(story.attempt.pk)
    mark(story, author, BEST)
    assert finish_marking(story.attempt.pk) is None
    mark(story, owner, BEST)
    score = finish_marking(story.attempt.pk)
    assert (score.number, score.points) == (3, 2)
    assert state(story) == State.SCORED
    assert Marking.objects.count() == 3


def test_a_mark_belongs_to_the_answer_that_was_read(sat, owner):
    story = sat()
    story.submit().score()
    mark(story, owner, BEST)
    finish_marking(story.attempt.pk)
    old = story.item(story.written.position).responses.get()
    reopen(attempt=story.attempt, seconds=600, reason="A crash.", by=owner)
    story.save(story.written.position, {"text": "Another answer."}, 1)
    story.submit().score()
    assert state(story) == State.NEEDS_REVIEW
    with pytest.raises(NotPossible, match="replaced"):
        record_marking(item=story.item(story.written.position), response_id=old.pk, points=BEST, comment="", by=owner)
    mark(story, owner, HALF)
    assert finish_marking(story.attempt.pk).points == 1.5


def test_an_answer_that_was_not_touched_after_reopening_keeps_its_mark(sat, owner):
    story = sat()
    story.submit().score()
    mark(story, owner, HALF)
    finish_marking(story.attempt.pk)
    reopen(attempt=story.attempt, seconds=600, reason="A crash.", by=owner)
    story.submit()
    assert score_attempt(story.attempt.pk).points == 1.5
    assert state(story) == State.SCORED


def test_what_still_waits_for_marks_can_be_opened_again(sat, owner, organisation):
    story = sat()
    story.submit().score()
    reopen(attempt=story.attempt, seconds=600, reason="A crash.", by=owner)
    assert nothing_waits(organisation, owner)  # nobody marks an answer that may still change
    story.save(story.written.position, {"text": "Another answer."}, 1)
    story.submit().score()
    assert state(story) == State.NEEDS_REVIEW
    mark(story, owner, HALF)
    assert finish_marking(story.attempt.pk).points == 1.5


def test_an_outage_that_ended_it_is_given_back_while_marks_are_waited_for(sat, owner, organisation):
    story = sat()
    now = database_now()
    outage = Outage.objects.create(service="web", began_at=now - timedelta(seconds=60), ended_at=now)
    story.submit().score()
    ended = now - timedelta(seconds=30)
    Attempt.objects.filter(pk=story.attempt.pk).update(
        started_at=now - timedelta(minutes=30), submitted_at=ended, closes_at=ended, ended_by="deadline"
    )
    assert state(story) == State.NEEDS_REVIEW
    assert credit(outage=outage, organisation=organisation, by=owner) == 1
    assert state(story) == State.IN_PROGRESS


def test_a_late_text_waits_for_people_also_where_the_attempt_was_scored(sat, owner, organisation):
    story = sat(text="")
    story.submit().score()
    late = file_of(story.attempt, {str(story.written.position): {"answer": ["Roll back, then compare the units."]}})
    assert hand_in(attempt=story.attempt, data=late, note="The network was away.", by=owner).taken_over == 1
    assert state(story) == State.NEEDS_REVIEW
    assert list(queue(organisation, owner).to_mark) == [story.written]
    mark(story, owner, HALF)
    assert finish_marking(story.attempt.pk).points == 1.5
    assert state(story) == State.SCORED


def test_a_late_file_is_taken_while_marks_are_waited_for(sat, owner):
    story = sat()
    first = story.submit().score()
    late = file_of(story.attempt, {str(story.written.position): {"answer": ["Roll back, then compare the units."]}})
    assert hand_in(attempt=story.attempt, data=late, note="The network was away.", by=owner).taken_over == 1
    assert state(story) == State.NEEDS_REVIEW
    assert story.attempt.score.number == first.number + 1
    mark(story, owner)
    assert finish_marking(story.attempt.pk).points == 2


@pytest.mark.parametrize(
    "points", [{}, {"cause": 2}, {**BEST, "style": 1}, {"cause": 1.5, "next-step": 2}, {"cause": 9, "next-step": 2}]
)
def test_points_have_to_fit_the_rubric(sat, owner, points):
    story = sat()
    story.submit().score()
    with pytest.raises(NotPossible):
        mark(story, owner, points)
    assert not Marking.objects.exists()


# --- the pages -------------------------------------------------------------------------------------
@pytest.fixture
def waiting(sat):
    story = sat()
    story.submit().score()
    return story


def address(story):
    return reverse("marking_answer", args=[story.written.pk])


def form(story, points=BEST, **more):
    response = story.written.responses.order_by("-revision").first()
    return {"response": response.pk, "comment": "Clear.", **{f"c-{k}": f"{v:g}" for k, v in points.items()}, **more}


def test_the_pages_do_not_say_whose_answer_it_is(waiting, reviewer, signed_in):
    client = signed_in(reviewer)
    candidate = waiting.attempt.candidate
    for page in (reverse("marking_queue"), address(waiting)):
        html = client.get(page).content.decode()
        for telling in (NAME, candidate.email, str(candidate.public_id), str(waiting.attempt.public_id)):
            assert telling not in html
    assert "Metres instead of kilometres" in html


def test_an_answer_is_marked_by_a_form_and_the_next_one_follows(waiting, sat, reviewer, signed_in):
    other = sat(text="<script>alert(1)</script> Another answer.")
    other.submit().score()
    client = signed_in(reviewer)
    assert client.get(reverse("marking_queue")).content.decode().count("Mark<span") == 2
    reply = client.post(address(waiting), form(waiting), follow=True)
    html = reply.content.decode()
    assert "This answer is marked." in html
    assert "&lt;script&gt;alert(1)" in html
    assert "<script>alert(1)" not in html
    marking = Marking.objects.get()
    assert (marking.marker, marking.points, marking.mark, marking.comment) == (reviewer, BEST, 1.0, "Clear.")
    reply = client.post(address(other), form(other), follow=True)
    assert "Nothing waits for you" in reply.content.decode()


def test_a_form_without_every_level_is_asked_back_and_keeps_what_was_chosen(waiting, reviewer, signed_in):
    reply = signed_in(reviewer).post(address(waiting), form(waiting, {"cause": 2}))
    html = reply.content.decode()
    assert reply.status_code == 422
    assert "Choose a level." in html
    assert html.count(" checked") == 1
    assert not Marking.objects.exists()


def test_a_second_marker_does_not_see_the_first_mark(sat, owner, reviewer, signed_in):
    story = sat(markers=2)
    story.submit().score()
    signed_in(owner).post(address(story), form(story, HALF, comment="TELLING"))
    html = signed_in(reviewer).get(address(story)).content.decode()
    assert "TELLING" not in html
    assert " checked" not in html
    reply = signed_in(reviewer).post(address(story), form(story, BEST), follow=True)
    assert "The two marks differ" in reply.content.decode()
    html = signed_in(owner).get(address(story)).content.decode()
    assert "TELLING" in html
    assert "Settle it" in html
    signed_in(owner).post(address(story), form(story, BEST, settles="True"))
    assert Marking.objects.order_by("pk").last().settles


def test_another_team_and_recruiters_do_not_get_in(waiting, outsider, recruiter, signed_in):
    assert signed_in(outsider).get(address(waiting)).status_code == 404
    assert signed_in(recruiter).get(address(waiting)).status_code == 404
    assert signed_in(recruiter).get(reverse("marking_queue")).status_code == 404
    assert "Nothing waits" in signed_in(outsider).get(reverse("marking_queue")).content.decode()


def test_a_long_queue_is_paged_and_keeps_questions_together(sat, reviewer, signed_in, monkeypatch):
    monkeypatch.setattr("assessments.views.team_marking.PER_PAGE", 2)
    for _ in range(3):
        sat().submit().score()
    client = signed_in(reviewer)
    pages = [client.get(reverse("marking_queue"), {"page": page}).content.decode() for page in (1, 2)]
    assert [page.count("Mark<span") for page in pages] == [2, 1]
    assert "Page 1 of 2" in pages[0]


def test_an_answer_that_waits_no_more_says_so(waiting, owner, reviewer, signed_in):
    client = signed_in(reviewer)
    mark(waiting, owner)
    finish_marking(waiting.attempt.pk)
    reply = client.post(address(waiting), form(waiting), follow=True)
    assert "does not wait for a mark any more" in reply.content.decode()
    assert Marking.objects.count() == 1


def test_the_report_says_who_marked_and_how_far_they_agreed(sat, owner, author, signed_in):
    story = sat(markers=2)
    build_report(story.submit().score().pk)
    client = signed_in(owner)
    page = reverse("report_for_team", args=[story.attempt.public_id])
    assert "1 of it not marked to the end yet" in client.get(page).content.decode()
    mark(story, owner, BEST)
    mark(story, author, BEST)
    build_report(finish_marking(story.attempt.pk).pk)
    html = client.get(page).content.decode()
    assert "Marked by people" in html
    assert "2 people" in html
    assert "1 of 1 answer marked within" in html.replace("\xa0", " ")
    section = SECTIONS["marking"]
    data = section.build(load_facts(story.attempt.scores.order_by("number").last().pk))
    assert data == section.for_candidate(data)
    assert (data["answers"], data["people"], data["doubly"], data["agreed"], data["waiting"]) == (1, 2, 1, 1, 0)
    answers = client.get(reverse("report_answers", args=[story.attempt.public_id])).content.decode()
    assert "Marks of people" in answers
    assert answers.count("1 of 1 point by") == 2


def test_no_self_assessment_asks_what_nobody_would_mark(visitor, organisation):
    from assessments.services.publish import pool_for

    skill = make_skill("writing")
    make_question(skill, 1, type="free_text")
    make_question(skill, 2)
    assert len(pool_for(organisation, ["writing"])) == 2
    assert len(pool_for(organisation, ["writing"], by_people=False)) == 1


def test_members_who_leave_take_no_mark_with_them(waiting, organisation):
    leaver = make_member(organisation, Role.REVIEWER)
    mark(waiting, leaver, HALF)
    leaver.delete()
    assert finish_marking(waiting.attempt.pk).points == 1.5
