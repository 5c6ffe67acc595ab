"""Figures for authors: of a question, per version; and of an assessment, before anybody has taken it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from assessments.models import ItemMark
from question_bank.models import Question
from reports.performance import performance_of
from reports.precision import precision_of
from reports.services.calibrate import begin_calibration, run_calibration
from tests.reports.factories import in_turn, make_assessment, make_scored, make_team
from tests.reports.test_calibration import EASY, HARD, sittings

pytestmark = pytest.mark.django_db


def test_a_few_answers_are_shown_with_their_range_and_said_to_be_too_few() -> None:
    organisation, user = make_team()
    assessment = make_assessment(organisation, skills=1, per_skill=4)
    for _ in range(3):
        make_scored(assessment, in_turn("right", "partly", "wrong", "skipped"))
    question = Question.objects.order_by("pk").first()
    (found,) = performance_of(question, organisation)
    assert found.n == 3
    assert found.few
    assert not found.judge
    assert sum(found.outcomes.values()) == 3
    assert found.difficulty.low < found.difficulty.value < found.difficulty.high or found.difficulty.value in (0, 1)
    client = Client()
    client.force_login(user)
    page = client.get(reverse("question_performance", args=[question.public_id])).content.decode()
    assert "n = 3: too few to say" in page


def test_many_answers_show_discrimination_options_groups_and_the_curve() -> None:
    organisation, user = make_team()
    assessment = make_assessment(organisation, skills=1, per_skill=6)
    sittings(assessment, 200, [EASY, 0, HARD] * 2)
    started = begin_calibration(reason="test")
    assert started
    run_calibration(started.pk)
    easy, middle, hard, *_ = Question.objects.order_by("pk")
    (on_easy,), (on_hard,) = performance_of(easy, organisation), performance_of(hard, organisation)
    (on_middle,) = performance_of(middle, organisation)
    assert on_easy.judge
    assert on_easy.difficulty.value > 0.75 > 0.25 > on_hard.difficulty.value
    assert on_middle.discrimination.low > 0
    assert len(on_middle.groups) == 5
    shares = [group.share.value for group in on_middle.groups]
    assert shares[0] < shares[-1]
    chances = [chance for _, chance in on_easy.curve]
    assert chances == sorted(chances)
    assert on_easy.parameters.calibration == started
    client = Client()
    client.force_login(user)
    page = client.get(reverse("question_performance", args=[easy.public_id])).content.decode()
    assert "too few to say" not in page
    assert "calibration 1" in page


def test_options_are_counted_by_thirds_with_the_right_ones_marked() -> None:
    organisation, _ = make_team()
    assessment = make_assessment(organisation, skills=1, per_skill=3)
    for plan in ("right", "wrong", "partly"):
        make_scored(assessment, in_turn(plan))
    (found,) = performance_of(Question.objects.order_by("pk").first(), organisation)
    chosen = {option.option.split()[1]: (option.n, right) for option, right in found.options}
    assert chosen == {"a": (2, True), "b": (1, True), "c": (1, False), "d": (0, False)}


def test_more_questions_promise_narrower_ranges_and_the_page_says_both() -> None:
    organisation, user = make_team()
    assessment = make_assessment(organisation, skills=2, per_skill=6, cut={"share": 0.6})
    found = precision_of(assessment.draft_definition(), organisation)
    assert [one.n for _, one in found.skills] == [6, 6]
    widths = [one.half_width for one in found.lengths]
    assert widths == sorted(widths, reverse=True)
    assert found.whole.n == 12
    assert found.whole.half_width < found.skills[0][1].half_width
    client = Client()
    client.force_login(user)
    page = client.get(reverse("assessment_precision", args=[assessment.public_id])).content.decode()
    assert f"±{round(100 * found.whole.half_width)} points" in page
    assert "pass mark" in page


def test_what_was_not_reached_tells_nothing_of_a_question() -> None:
    organisation, _ = make_team()
    assessment = make_assessment(organisation, skills=1, per_skill=3)
    make_scored(assessment, in_turn("right", "not_reached", "not_reached"))
    assert ItemMark.objects.filter(outcome="not_reached").count() == 2
    shown = [performance_of(question, organisation)[0].n for question in Question.objects.all()]
    assert sorted(shown) == [0, 0, 1]
