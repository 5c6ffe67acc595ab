"""Questions on trial: shown and timed like the others, never counted, and nobody is told which they are."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Organisation, User
from assessments.assembly import DrawnQuestion, PoolQuestion, draw
from assessments.definition import Definition
from assessments.models import AttemptItem, Invitation
from assessments.pilots import mix_in
from assessments.states import State
from question_bank.models import Question, Skill
from question_bank.states import Status
from question_bank.types.single_choice import SingleChoice
from reports.services.build import build_report
from tests.assessments.team.test_team_assessments import form as draft_form
from tests.assessments.test_taking_pages import begin, path_of, url
from tests.factories import blueprint, make_assessment, make_invitation, make_question
from tests.walkthrough import Walkthrough

LINES = blueprint(("serving", None, 3), ("drift", None, 3))


@pytest.fixture
def pilots(bank: None) -> list[Question]:
    """Four questions on trial, two on each skill, and one on a skill that is not asked."""
    found = []
    for number, slug in enumerate(("serving", "serving", "drift", "drift")):
        found.append(make_question(Skill.objects.get(slug=slug), 500 + number))
    Question.objects.filter(pk__in=[one.pk for one in found]).update(status=Status.PILOT)
    return found


def invited(organisation: Organisation, pilot_questions: int, **definition: Any) -> Invitation:
    whole = {"sections": [{"blueprint": LINES}], "pilot_questions": pilot_questions, **definition}
    return make_invitation(organisation, make_assessment(organisation, whole))


def test_they_are_mixed_in_timed_and_left_out_of_the_score(organisation: Organisation, pilots: list[Question]) -> None:
    sitting = Walkthrough(invited(organisation, 2)).start()
    trial = list(sitting.attempt.items.filter(counted=False).select_related("question_version"))
    assert sitting.attempt.question_count == 8
    assert len(trial) == 2
    assert {item.question_version.question_id for item in trial} <= {one.pk for one in pilots}
    for position in range(1, 9):
        counted = position not in {item.position for item in trial}
        sitting.see(position).answer(position, right=counted)
    score = sitting.submit().score()
    assert (score.n, score.points, score.value) == (6, 6, 1)
    marks = sitting.marks()
    assert all(marks[item.position].mark == 0 and marks[item.position].seconds is not None for item in trial)
    assert sum(row.n for row in score.skills.all()) == 6


def test_none_are_drawn_where_none_are_asked_for(organisation: Organisation, pilots: list[Question]) -> None:
    sitting = Walkthrough(invited(organisation, 0)).start()
    assert sitting.attempt.question_count == 6
    assert not sitting.attempt.items.filter(counted=False).exists()


def test_too_few_pilots_keep_nobody_from_starting(organisation: Organisation, bank: None) -> None:
    assert Walkthrough(invited(organisation, 5)).start().attempt.question_count == 6


def test_drafts_and_those_of_others_are_never_tried_out(
    organisation: Organisation, other_organisation: Organisation, pilots: list[Question]
) -> None:
    Question.objects.filter(pk=pilots[0].pk).update(status=Status.DRAFT)
    Question.objects.filter(pk=pilots[1].pk).update(organisation=other_organisation)
    Question.objects.filter(pk=pilots[2].pk).update(organisation=organisation)
    items = Walkthrough(invited(organisation, 10)).start().attempt.items.filter(counted=False)
    assert {item.question_version.question_id for item in items} == {pilots[2].pk, pilots[3].pk}


def test_a_pilot_that_waits_for_a_person_does_not_hold_the_score_up(
    organisation: Organisation, pilots: list[Question], monkeypatch: pytest.MonkeyPatch
) -> None:
    sitting = Walkthrough(invited(organisation, 1)).start()
    trial = sitting.attempt.items.get(counted=False)
    AttemptItem.objects.filter(attempt=sitting.attempt, counted=True, question_version__type="single_choice").delete()
    monkeypatch.setattr(SingleChoice, "mark", lambda *_: None)
    sitting.answer(trial.position).submit().score()
    assert sitting.marks()[trial.position].mark is None
    assert sitting.attempt.state == State.SCORED


def test_landing_and_receipt_say_how_many_and_no_page_says_which(
    organisation: Organisation, pilots: list[Question]
) -> None:
    invitation = invited(organisation, 2)
    assert "Up to 2 further questions may be on trial" in Client().get(path_of(invitation)).content.decode()
    client, attempt = begin(invitation)
    pages = [client.get(url("attempt_question", attempt, position)).content.decode() for position in range(1, 9)]
    assert all("of 8" in page and "trial" not in page and "pilot" not in page.lower() for page in pages)
    assert "of 8 questions are answered" in client.get(url("attempt_overview", attempt)).content.decode()
    client.post(url("attempt_submit", attempt))
    receipt = client.get(url("attempt_receipt", attempt)).content.decode()
    assert "2 of the questions were on trial and do not count" in receipt


def test_the_report_counts_them_apart(organisation: Organisation, pilots: list[Question]) -> None:
    sitting = Walkthrough(invited(organisation, 2)).start().answer(1).submit()
    report = build_report(sitting.score().pk)
    method = next(part["data"] for part in report.data["sections"] if part["slug"] == "method")
    assert (method["asked"], method["counted"], method["on_trial"]) == (8, 6, 2)
    outcomes = next(part["data"] for part in report.data["sections"] if part["slug"] == "outcomes")
    assert outcomes["total"]["n"] == 6


def test_the_form_of_an_assessment_takes_the_number(
    organisation: Organisation, owner: User, bank: None, signed_in: Any
) -> None:
    assessment = make_assessment(organisation, {"sections": [{"blueprint": LINES}]})
    client, address = signed_in(owner), reverse("assessment_edit", args=[assessment.public_id])
    assert 'name="rules-pilot_questions"' in client.get(address).content.decode()
    client.post(address, draft_form(assessment, **{"rules-pilot_questions": "3"}))
    assessment.refresh_from_db()
    assert assessment.draft["pilot_questions"] == 3


def pool(skill: str, first: int, count: int) -> list[PoolQuestion]:
    return [PoolQuestion(first + n, first + n, skill, 1 + n % 3, n % 2) for n in range(count)]


@given(st.integers(0, 2**62), st.integers(0, 10), st.integers(0, 6), st.frozensets(st.integers(100, 105)))
def test_any_form_keeps_its_order_and_sections(seed: int, wanted: int, there: int, seen: frozenset[int]) -> None:
    definition = Definition.model_validate(
        {
            "sections": [
                {"blueprint": [{"skill": "a", "count": 3}]},
                {"blueprint": [{"skill": "b", "count": 2}], "shuffle_questions": False},
            ],
            "pilot_questions": wanted,
        }
    )
    drawn = draw(definition, [*pool("a", 0, 6), *pool("b", 10, 6)], seed)
    pilots = [*pool("a", 100, there // 2), *pool("b", 103, there // 3)]
    form = mix_in(drawn, definition, pilots, seed, seen)
    assert form == mix_in(drawn, definition, pilots, seed, seen)
    assert [one for one in form.questions if one.question.question not in form.on_trial] == drawn
    assert len(form.on_trial) == min(wanted, len({one.question for one in pilots} - seen))
    assert [one.section for one in form.questions] == sorted(one.section for one in form.questions)
    assert all((one.question.skill == "a") == (one.section == 0) for one in form.questions)


def test_a_pilot_never_splits_a_group_that_belongs_together() -> None:
    @dataclasses.dataclass(frozen=True)
    class Grouped:
        question: int
        version: int
        skill: str
        case: int | None

    definition = Definition.model_validate(
        {"sections": [{"blueprint": [{"skill": "a", "count": 3}]}], "pilot_questions": 1}
    )
    drawn = [DrawnQuestion(0, Grouped(n, n, "a", 7)) for n in range(3)]  # type: ignore[arg-type]
    places = {
        [one.question.question for one in mix_in(drawn, definition, pool("a", 50, 1), seed).questions].index(50)
        for seed in range(50)
    }
    assert places == {0, 3}
