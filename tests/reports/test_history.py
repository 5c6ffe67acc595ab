"""Own results over time: what is shown to have changed, what is within error, and who sees it."""

from __future__ import annotations

import datetime
import itertools
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from assessments.models import Assessment, Attempt, Candidate, Score
from assessments.services.navigate import shown
from assessments.services.publish import publish
from assessments.services.save_answer import save_answer
from assessments.services.score import score_attempt
from assessments.services.start import start_self
from assessments.services.submit import submit_attempt
from assessments.states import State
from question_bank.models import Skill
from reports.history import Result, change_in_words
from reports.models import ReportFigure, SkillReport
from reports.services.build import build_report
from tests.factories import make_user
from tests.reports.factories import ANSWERS, SENTINELS, make_assessment, make_team
from tests.reports.test_pages import signed_in

pytestmark = pytest.mark.django_db
NO_CHANGE = "Within error: these results do not show a change."
_days = itertools.count()


def open_assessment(skills: int = 1, per_skill: int = 12, **definition: Any) -> Assessment:
    assessment = make_assessment(make_team()[0], skills, per_skill, retake_after_days=0, **definition)
    Assessment.objects.filter(pk=assessment.pk).update(open_to_all=True)
    assessment.refresh_from_db()
    return assessment


def handed_in(user: User, assessment: Assessment, what: str) -> Attempt:
    """A self-assessment that is taken through the services; scored, without a report."""
    attempt = start_self(assessment=assessment, user=user).attempt
    for item in attempt.items.all():
        shown(attempt=attempt, position=item.position)
        save_answer(attempt=attempt.public_id, position=item.position, answer=ANSWERS[what], revision=0)
    submit_attempt(attempt=attempt)
    score_attempt(attempt.pk)
    attempt.refresh_from_db()
    return attempt


def taken(user: User, assessment: Assessment, what: str) -> Attempt:
    attempt = handed_in(user, assessment, what)
    build_report(attempt.score_id)
    return attempt


def page(user: User) -> str:
    reply = signed_in(user).get(reverse("own_history"))
    assert reply.status_code == 200
    return reply.content.decode()


def result(estimate: float, low: float, high: float, n: int = 12) -> Result:
    return Result(Attempt(), ReportFigure(estimate=estimate, low=low, high=high, level=0.9, points=1, n=n))


def test_the_sentence_follows_from_the_intervals() -> None:
    low, high = result(0.2, 0.1, 0.35), result(0.8, 0.65, 0.9)
    # Zou and Donner by hand: 0.6 - sqrt(0.15² + 0.15²) = 0.388, 0.6 + sqrt(0.1² + 0.1²) = 0.741
    rests = "90\u00a0% range; n 12 at first, n 12 now"
    assert change_in_words([low, high]).endswith(f"higher than the first by 39 to 74 points of 100 ({rests}).")
    assert change_in_words([high, low]).endswith(f"lower than the first by 39 to 74 points of 100 ({rests}).")
    assert change_in_words([high, low, high]) == NO_CHANGE, "the latest against the first, whatever lies between"
    # The two ranges overlap, yet their difference lies above zero: 0.25 - sqrt(0.15² + 0.15²) = 0.038
    near = result(0.5, 0.35, 0.65), result(0.75, 0.6, 0.85)
    assert "higher than the first by 4 to 43 points" in change_in_words(near)
    barely = result(0.5, 0.35, 0.65), result(0.715, 0.565, 0.815)
    assert "by less than 1 to 40 points" in change_in_words(barely)
    assert change_in_words([low]).startswith("One result so far.")
    assert change_in_words([low, result(0.8, 0.65, 0.9, n=2)]).startswith("Too few questions (n 12 at first, n 2 now)")


def test_a_clear_change_is_said_and_one_within_error_is_not() -> None:
    user, assessment = make_user(), open_assessment()
    taken(user, assessment, "wrong")
    assert "One result so far" in page(user)
    assert "No skill was asked in two attempts yet" in page(user)
    taken(user, assessment, "wrong")
    assert page(user).count(NO_CHANGE) == 2, "overall and for the skill"
    taken(user, assessment, "right")
    html = page(user)
    assert html.count("The latest result is higher than the first by ") == 2
    assert NO_CHANGE not in html


def test_each_figure_stands_with_range_count_and_label_in_picture_and_table() -> None:
    user, assessment = make_user(), open_assessment()
    for _ in range(2):
        taken(user, assessment, "partly")
    html = page(user)
    figures = ReportFigure.objects.all()
    assert len(figures) == 4
    assert html.count('<text class="lane-words"') == 4
    for figure in figures:
        words = f"({100 * figure.low:.0f}\u2013{100 * figure.high:.0f}\u00a0%), n\u00a0"  # type: ignore[operator]
        assert words in html
    assert html.count(", n\u00a012, provisional</text>") == 4
    assert html.count(">n&nbsp;12</span>, ") == 4
    assert html.count(">provisional</span>") == 4
    assert " style=" not in html
    assert not [sentinel for sentinel in SENTINELS if sentinel in html]


def test_a_skill_is_followed_over_assessments_and_one_asked_once_stands_apart() -> None:
    user, one, two = make_user(), open_assessment(skills=2), open_assessment()
    shared, alone = Skill.objects.filter(slug__in=one.published.loaded().skills)  # type: ignore[union-attr]
    definition = {**two.draft, "sections": [{"blueprint": [{"skill": shared.slug, "count": 6}]}]}
    Assessment.objects.filter(pk=two.pk).update(draft=definition)
    two.refresh_from_db()
    publish(assessment=two, by=None)
    two.refresh_from_db()
    taken(user, one, "right")
    taken(user, two, "right")
    html = page(user)
    assert html.count("One result so far") == 2, "each assessment once"
    followed, once = html.split('id="asked-once"')
    assert f">{shared.title}</h3>" in followed
    assert alone.title not in followed
    assert alone.title in once


def test_nothing_yet_says_what_to_do() -> None:
    assert "No result of your own yet" in page(make_user())
    assert Client().get(reverse("own_history")).status_code == 302


def test_only_what_was_released_to_this_person_is_there() -> None:
    user, other = make_user(), make_user()
    taken(other, open_assessment(), "right")
    taken(user, open_assessment(feedback="receipt"), "right")
    handed_in(user, open_assessment(), "right")  # its report is not made yet
    voided = taken(user, open_assessment(), "right")
    voided.move(State.VOIDED, since=State.SCORED)
    reopened = taken(user, open_assessment(), "right")
    reopened.move(State.IN_PROGRESS, since=State.SCORED)
    invited = taken(user, open_assessment(), "right")
    Candidate.objects.filter(pk=invited.candidate_id).update(organisation=invited.assessment.organisation)
    assert "No result of your own yet" in page(user)
    Candidate.objects.filter(pk=invited.candidate_id).update(organisation=None)
    assert invited.assessment.title in page(user)
    assert reopened.assessment.title not in page(user)


def test_the_list_and_the_own_report_lead_there() -> None:
    user = make_user()
    attempt = taken(user, open_assessment(), "right")
    client = signed_in(user)
    for address in (reverse("self_list"), reverse("candidate_report", args=[attempt.public_id])):
        assert reverse("own_history") in client.get(address).content.decode()


def copies(attempt: Attempt, many: int) -> None:
    """The same result again, as rows, a day apart."""
    report = SkillReport.objects.get(attempt=attempt)
    figures = list(report.figures.all())
    score = Score.objects.get(pk=attempt.score_id)
    for _ in range(many):
        again = Attempt.objects.get(pk=attempt.pk)
        again.pk, again.score = None, None
        again.public_id = Attempt._meta.get_field("public_id").get_default()
        again.started_at = timezone.now() + datetime.timedelta(days=next(_days))
        again.save()
        score.pk, score.attempt = None, again
        score.save()
        report = SkillReport.objects.create(attempt=again, score=score, number=1, schema_version=1, data={})
        for figure in figures:
            figure.pk, figure.report = None, report
        ReportFigure.objects.bulk_create(figures)


def test_as_many_queries_for_many_attempts_and_skills_as_for_few() -> None:
    counts = []
    for skills, many in ((1, 1), (5, 60)):
        user = make_user()
        copies(taken(user, open_assessment(skills=skills, per_skill=3), "right"), many)
        client = signed_in(user)
        client.get(reverse("own_history"))
        with CaptureQueriesContext(connection) as captured:
            html = client.get(reverse("own_history")).content.decode()
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert "Your newest 50 attempts are shown" in html
    assert html.count('<text class="lane-words"') == 50 * 6
