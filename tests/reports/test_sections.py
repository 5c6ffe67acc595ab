"""Every section of a report: builds for every kind of attempt, survives storage, and tells candidates no key."""

from __future__ import annotations

import json

import pytest

from psychometrics.bank import Bank
from psychometrics.items import prior_item
from psychometrics.profile import score_profile
from question_bank.models import Question
from question_bank.types import TYPES
from reports.facts import OUTCOMES
from reports.models import SkillReport
from reports.sections import SECTIONS
from reports.services.build import build_report
from reports.services.load import load_facts
from reports.verdicts import Because, Kind, verdicts
from tests.reports.factories import SENTINELS, Plan, everything, make_assessment, make_scored, make_team, plans

pytestmark = pytest.mark.django_db


@pytest.fixture(params=plans(), ids=lambda pair: pair[0])
def plan(request: pytest.FixtureRequest) -> Plan:
    return request.param[1]


SOMETIMES = {"marking"}  # sections that speak of what these attempts do not hold; they have tests of their own


@pytest.mark.parametrize("slug", [slug for slug in SECTIONS if slug not in SOMETIMES])
def test_a_section_builds_plain_json_for_every_attempt(slug: str, plan: Plan) -> None:
    organisation, _ = make_team()
    attempt = make_scored(make_assessment(organisation), plan)
    data = SECTIONS[slug].build(load_facts(attempt.score_id))
    assert data is not None
    assert json.loads(json.dumps(data, allow_nan=False)) == data


@pytest.mark.parametrize("slug", [slug for slug in SECTIONS if slug not in SOMETIMES])
def test_what_a_candidate_gets_of_a_section_holds_nothing_of_the_questions(slug: str, plan: Plan) -> None:
    organisation, _ = make_team()
    attempt = make_scored(make_assessment(organisation), plan)
    section = SECTIONS[slug]
    data = section.build(load_facts(attempt.score_id))
    assert data is not None
    shown = json.dumps(section.for_candidate(data))
    assert not [sentinel for sentinel in SENTINELS if sentinel in shown]
    assert '"mark"' not in shown
    assert '"position"' not in shown


def test_the_figures_can_be_recomputed_by_hand() -> None:
    """Two skills of three questions: right, partly (1 of 2, no false one), wrong, then skipped and not reached."""
    organisation, _ = make_team()
    assessment = make_assessment(organisation, skills=2, per_skill=3)
    done = dict(enumerate(["right", "partly", "wrong", "right", "skipped", "not_reached"], start=1))
    attempt = make_scored(assessment, lambda item: done[item.position], seconds=30)
    report = SkillReport.objects.get(pk=build_report(attempt.score_id).pk)
    data = {part["slug"]: part["data"] for part in report.data["sections"]}

    points = {"right": 1.0, "partly": 0.5, "wrong": 0.0, "skipped": 0.0, "not_reached": 0.0}
    by_skill: dict[str, list[float]] = {}
    for item in attempt.items.select_related("skill"):
        by_skill.setdefault(item.skill.slug, []).append(points[done[item.position]])
    share = data["summary"]["share"]
    assert (share["points"], share["n"]) == (2.5, 6)
    # The same marks and difficulty bands, put into the scoring itself: nothing is known of these questions yet.
    items = [
        prior_item(
            str(q.current_id),
            q.skill.slug,
            q.current.difficulty,
            chance=TYPES[q.current.type].chance(q.current.loaded_payload()),
        )
        for q in Question.objects.select_related("skill", "current")
    ]
    marks = {str(item.question_version_id): points[done[item.position]] for item in attempt.items.all()}
    expected = score_profile(marks, Bank.of(items), skills=list(by_skill), level=0.9).overall
    assert share["value"] == pytest.approx(expected.value, abs=1e-6)
    assert (share["low"], share["high"]) == (
        pytest.approx(expected.low, abs=1e-6),
        pytest.approx(expected.high, abs=1e-6),
    )
    assert share["low"] < 2.5 / 6 < share["high"]
    assert data["summary"]["provisional"] is True
    assert {skill["slug"]: skill["points"] for skill in data["profile"]["skills"]} == {
        slug: pytest.approx(sum(marks)) for slug, marks in by_skill.items()
    }
    assert data["outcomes"]["total"]["counts"] == dict(zip(OUTCOMES, (2, 1, 1, 1, 1), strict=True))
    assert data["time"]["used"] == pytest.approx(150, abs=2)
    assert sum(skill["seconds"] for skill in data["time"]["skills"]) == pytest.approx(150, abs=2)
    assert sum(cell["n"] for cell in data["difficulty"]["total"][:-1]) == 6


@pytest.mark.parametrize(
    ("what", "kind", "because"),
    [("right", Kind.STRENGTH, Because.ABOVE_HALF), ("wrong", Kind.GAP, Because.BELOW_HALF)],
)
def test_ten_right_answers_are_a_strength_and_ten_wrong_ones_a_gap(what: str, kind: Kind, because: Because) -> None:
    organisation, _ = make_team()
    attempt = make_scored(make_assessment(organisation, skills=1, per_skill=10), everything(what))
    assert [(v.kind, v.because) for v in verdicts(load_facts(attempt.score_id))] == [(kind, because)]


def test_what_rests_mostly_on_other_skills_is_not_called_a_strength() -> None:
    organisation, _ = make_team()
    attempt = make_scored(make_assessment(organisation, skills=8, per_skill=3), everything("right"))
    assert {(v.kind, v.because) for v in verdicts(load_facts(attempt.score_id))} == {(Kind.OPEN, Because.BORROWED)}


def test_two_questions_are_too_few_to_say_anything() -> None:
    organisation, _ = make_team()
    attempt = make_scored(make_assessment(organisation, skills=3, per_skill=2), everything("right"))
    assert {v.because for v in verdicts(load_facts(attempt.score_id))} == {Because.FEW}


def test_questions_that_were_not_reached_make_no_gap() -> None:
    organisation, _ = make_team()
    attempt = make_scored(make_assessment(organisation, skills=1, per_skill=10), everything("not_reached"))
    assert {v.because for v in verdicts(load_facts(attempt.score_id))} == {Because.UNREACHED}


def test_more_time_that_was_granted_does_not_show() -> None:
    """60 of 80 minutes read as 30 of 40 to the team, and as 60 of 80 to the person."""
    organisation, _ = make_team()
    assessment = make_assessment(organisation, skills=1, per_skill=6)
    attempt = make_scored(assessment, everything("right"), seconds=600, time_factor=2)
    section = SECTIONS["time"]
    data = section.build(load_facts(attempt.score_id))
    assert data is not None
    assert (data["used"], data["allowed"]) == (pytest.approx(1800, abs=1), pytest.approx(2400, abs=1))
    own = section.for_candidate(data)
    assert own is not None
    assert (own["used"], own["allowed"]) == (pytest.approx(3600, abs=2), pytest.approx(4800, abs=2))


def test_interview_questions_come_from_what_was_missed() -> None:
    organisation, _ = make_team()
    assessment = make_assessment(organisation, skills=1, per_skill=5)
    attempt = make_scored(assessment, lambda item: "right" if item.position > 1 else "wrong")
    data = SECTIONS["interview"].build(load_facts(attempt.score_id))
    assert data is not None
    assert [question["position"] for skill in data["skills"] for question in skill["questions"]] == [1]
