"""Where to learn: the order of the weak skills, and the words that state it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.models import Assessment, Attempt, AttemptItem
from question_bank.models import JobRole, RoleWeight, Skill
from reports.sections import SECTIONS
from reports.services.build import build_report
from reports.services.load import load_facts
from tests.reports.factories import everything, make_assessment, make_scored, make_team
from tests.reports.test_pages import candidate_of, signed_in

pytestmark = pytest.mark.django_db


def skills_of(assessment: Assessment) -> list[Skill]:
    assert assessment.published is not None
    return list(Skill.objects.filter(slug__in=assessment.published.loaded().skills).order_by("position"))


def give_role(assessment: Assessment, weights: list[int]) -> None:
    """A role that weighs the skills in their order; 0 leaves one out."""
    role = JobRole.objects.create(slug="pipeline-keeper", title="Pipeline keeper", does="keeps pipelines")
    for skill, weight in zip(skills_of(assessment), weights, strict=True):
        if weight:
            RoleWeight.objects.create(role=role, skill=skill, weight=weight)
    Assessment.objects.filter(pk=assessment.pk).update(role=role)


def learning(attempt: Attempt) -> dict[str, Any]:
    data = SECTIONS["learning"].build(load_facts(attempt.score_id))
    assert data is not None
    return data


def test_what_matters_more_for_the_role_comes_first_whatever_the_shares() -> None:
    assessment = make_assessment(make_team()[0], skills=4, per_skill=6)
    one, two, three, four = (skill.title for skill in skills_of(assessment))
    worst = {skill.pk for skill in skills_of(assessment)[:2]}
    seen: Counter[int] = Counter()  # of each skill: which question comes where is drawn

    def plan(item: AttemptItem) -> str:
        seen[item.skill_id] += 1
        return "wrong" if item.skill_id in worst or seen[item.skill_id] % 3 else "right"

    attempt = make_scored(assessment, plan)
    plain = learning(attempt)
    assert plain["role"] == ""
    assert {skill["title"] for skill in plain["skills"][:2]} == {one, two}
    give_role(assessment, [0, 1, 2, 3])
    weighed = learning(attempt)
    assert weighed["role"] == "Pipeline keeper"
    assert [(skill["title"], skill["weight"]) for skill in weighed["skills"]] == [
        (four, "central"),
        (three, "regular"),
        (two, "useful"),
        (one, ""),
    ]


def test_skills_that_matter_alike_keep_the_order_of_gaps_and_shares() -> None:
    assessment = make_assessment(make_team()[0], skills=3, per_skill=6)
    first = skills_of(assessment)[1].pk
    seen: Counter[int] = Counter()

    def plan(item: AttemptItem) -> str:
        seen[item.skill_id] += 1
        return "wrong" if item.skill_id == first or seen[item.skill_id] % 2 else "right"

    attempt = make_scored(assessment, plan)
    before = [skill["title"] for skill in learning(attempt)["skills"]]
    give_role(assessment, [2, 2, 2])
    assert [skill["title"] for skill in learning(attempt)["skills"]] == before
    assert before[0] == skills_of(assessment)[1].title


def test_the_page_states_its_rule_to_team_and_candidate() -> None:
    organisation, user = make_team("recruiter")
    assessment = make_assessment(organisation)
    plain = make_scored(assessment, everything("wrong"))
    build_report(plain.score_id)
    give_role(assessment, [3, 0])
    weighed = make_scored(assessment, everything("wrong"))
    build_report(weighed.score_id)
    for attempt, words, tag in ((plain, "shown gaps first", False), (weighed, "for the role Pipeline keeper", True)):
        team = signed_in(user).get(reverse("report_for_team", args=[attempt.public_id])).content.decode()
        own = candidate_of(attempt).get(reverse("candidate_report", args=[attempt.public_id])).content.decode()
        for html in (team, own):
            assert words in html
            assert ("central for the role</span>" in html) is tag


def test_weights_take_one_query_however_many_skills() -> None:
    counts = []
    for skills, with_role in ((2, False), (2, True), (7, True)):
        assessment = make_assessment(make_team()[0], skills=skills, per_skill=1)
        if with_role:
            JobRole.objects.filter(slug="pipeline-keeper").update(slug=f"of-{skills}")
            give_role(assessment, [2] * skills)
        score = make_scored(assessment, everything("wrong")).score_id
        load_facts(score)
        with CaptureQueriesContext(connection) as captured:
            load_facts(score)
        counts.append(len(captured))
    assert counts[1] == counts[2] == counts[0] + 1
