"""Findings beside the questions: written by the sweep, for whoever owns them, until somebody accepts them."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotPossible
from question_bank.linting import lint_question
from question_bank.models import LintFinding, Question, QuestionEvent, Recheck, Skill
from question_bank.services.lint import accept_finding, item_of, lint_context, lint_stale, withdraw_acceptance
from question_bank.services.load import load_packs
from question_bank.services.questions import add_version, move
from question_bank.states import Status
from question_bank.types import TYPES
from tests.factories import make_question, make_skill
from tests.question_bank.conftest import content
from tests.question_bank.linting.items import item
from tests.question_bank.test_packs import GOOD, parse_text


def kept(question: Question) -> set[str]:
    return set(LintFinding.objects.filter(question=question).values_list("rule", flat=True))


def spoil(question: Question, author: Any, **changes: Any) -> None:
    add_version(question=question, content=content(**changes), topic=question.skill.topics.first(), author=author)


def test_the_sweep_looks_at_what_changed_and_at_nothing_else(draft, author):
    assert lint_stale() == 1
    assert "explanation" in kept(draft)
    assert lint_stale() == 0
    spoil(draft, author, explanation="A canary takes a small share of all traffic first, " * 3)
    assert lint_stale() == 1
    assert "explanation" not in kept(draft)


def test_each_question_is_looked_at_again_once_a_day(draft):
    lint_stale()
    Question.objects.update(linted_at=timezone.now() - datetime.timedelta(hours=25))
    Question.objects.update(updated_at=timezone.now() - datetime.timedelta(hours=26))
    assert lint_stale() == 1


def test_what_is_drawn_is_looked_at_not_what_waits(draft, author, reviewer):
    move(question=draft, to=Status.IN_REVIEW, by=author)
    move(question=draft, to=Status.LIVE, by=reviewer)
    spoil(draft, author, stem="Which release is never wrong? ![](image:none)".replace("![](image:none)", ""))
    lint_stale()
    before = kept(draft)
    spoil(draft, author, interview_follow_up="")
    lint_stale()
    assert kept(draft) == before


def test_an_accepted_finding_stays_away_and_the_reason_is_kept(draft, author):
    lint_stale()
    with pytest.raises(NotPossible, match="few words"):
        accept_finding(question=draft, rule="explanation", reason="no", by=author)
    with pytest.raises(NotPossible, match="no such rule"):
        accept_finding(question=draft, rule="weather", reason="it rains all day long", by=author)
    accept_finding(question=draft, rule="explanation", reason="The stem says it all already.", by=author)
    assert "explanation" not in kept(draft)
    lint_stale()
    assert "explanation" not in kept(draft)
    assert "The stem says it all" in QuestionEvent.objects.get(kind="accepted a finding").note
    withdraw_acceptance(question=draft, rule="explanation", by=author)
    lint_stale()
    assert "explanation" in kept(draft)


def test_owners_are_compared_with_themselves_only(organisation, other_organisation, skill):
    ours, theirs = (make_question(skill, 1, organisation=one) for one in (organisation, other_organisation))
    again = make_question(skill, 1, organisation=organisation)
    lint_stale()
    assert "near-duplicate" in kept(again)
    assert "near-duplicate" not in kept(ours) | kept(theirs)


def test_what_comparing_questions_finds_stands_beside_the_question(signed_in, author, organisation, skill):
    make_question(skill, 1, organisation=organisation)
    again = make_question(skill, 1, organisation=organisation)
    lint_stale()
    address = reverse("admin:question_bank_question_review", args=[again.pk])
    assert "the same as" in signed_in(author).get(address).content.decode()
    accept_finding(question=again, rule="near-duplicate", reason="Two halves of one case", by=author)
    assert "the same as" not in signed_in(author).get(address).content.decode()


def test_findings_about_skills_follow_the_bank(skill):
    for number in range(12):
        make_question(skill, number, difficulty=3)
    lint_stale()
    assert LintFinding.objects.filter(skill=skill, question=None, rule="mix").exists()
    Question.objects.update(status=Status.RETIRED, updated_at=timezone.now() + datetime.timedelta(seconds=1))
    lint_stale()
    assert not LintFinding.objects.exists()


def test_what_a_file_accepts_is_accepted_in_the_bank(skill):
    accepted = GOOD.replace(
        "    explanation: Because.\n",
        '    lint_allow: {explanation: "The stem says it all."}\n    explanation: Because.\n',
        1,
    )
    for text in (GOOD, accepted, accepted):
        load_packs([parse_text(text, file="core.yaml")])
    assert Question.objects.get(external_id="deployment-one").lint_allow == {"explanation": "The stem says it all."}
    lint_stale()
    assert "explanation" not in kept(Question.objects.get(external_id="deployment-one"))
    assert "explanation" in kept(Question.objects.get(external_id="deployment-two"))


def test_a_confirmation_counts_as_a_check(draft):
    version = draft.versions.get()
    old = datetime.date(2020, 1, 1)
    type(version).objects.filter(pk=version.pk).update(checked_on=old)
    version.refresh_from_db()
    rules = lambda confirmed: {f.rule for f in lint_question(item_of(draft, version, confirmed), lint_context())}  # noqa: E731
    assert "checked-on" in rules(None)
    assert "checked-on" not in rules(timezone.localdate())
    Recheck.objects.create(question=draft, version=version, outcome="confirmed", closed_at=timezone.now())
    lint_stale()
    assert "checked-on" not in kept(draft)


def test_the_sweep_takes_as_many_queries_for_many_questions(skill):
    counts = []
    for each in (20, 60):
        for number in range(each):
            make_question(skill, 100 * each + number)
        with CaptureQueriesContext(connection) as captured:
            lint_stale()
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("type", TYPES)
def test_every_type_can_be_looked_at(type, db):
    make_skill("serving")
    assert Skill.objects.exists()
    for sample in TYPES[type].samples():
        found = lint_question(item(type=type, payload=sample.payload), lint_context())
        assert all(one.message and one.field for one in found)
