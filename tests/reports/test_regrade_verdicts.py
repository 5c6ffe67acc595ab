"""The dry run of a correction says of the pass mark what the reports say, before and after."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from assessments.models import Regrade, RegradeKind
from assessments.services.regrade import carry_out, outlook, plan_regrade, work_on
from question_bank.models import Question, QuestionVersion
from reports.services.build import build_corrected, build_report
from reports.services.load import load_facts
from tests.reports.factories import make_assessment, make_team
from tests.reports.test_calibration import calibrated, sittings

pytestmark = pytest.mark.django_db

PLACES = [-1.5, -1, -0.5, 0, 0, 0.5, 1, 1.5, 2, 2.5]


def planned(version: QuestionVersion, by: User) -> Regrade:
    organisation = by.memberships.get().organisation
    found = plan_regrade(
        version=version, kind=RegradeKind.FULL, reason="No option was right", by=by, organisation=organisation
    )
    work_on(found.pk)
    found.refresh_from_db()
    return found


@pytest.fixture
def hardest() -> QuestionVersion:
    organisation, _ = make_team()
    assessment = make_assessment(organisation, skills=1, per_skill=len(PLACES), cut={"share": 0.5})
    sittings(assessment, 120, PLACES)
    for attempt in assessment.attempts.all():
        build_report(attempt.score_id)
    question = Question.objects.order_by("pk").last()
    assert question is not None
    assert question.current is not None
    return question.current


def test_while_reports_do_not_decide_the_share_of_points_is_compared_and_the_page_says_so(
    hardest: QuestionVersion, signed_in: Callable[[User], Client]
) -> None:
    owner = User.objects.get(memberships__role="owner")
    found = planned(hardest, owner)
    assert set(found.changes.values_list("verdict_before", "verdict_after")) == {("", "")}
    seen = outlook(found)
    assert seen.over == found.changes.filter(points_before__lt=5, points_after__gte=5).count() > 0
    assert (seen.passes, seen.below_no_more) == (0, 0)
    page = signed_in(owner).get(reverse("regrade", args=[found.public_id])).content.decode()
    assert "Share of points rises over the mark" in page
    assert "do not decide about the pass mark" in page


def test_once_figures_rest_on_answers_the_dry_run_says_what_the_reports_will_say(
    hardest: QuestionVersion, signed_in: Callable[[User], Client]
) -> None:
    owner = User.objects.get(memberships__role="owner")
    calibrated()
    found = planned(hardest, owner)
    said = list(found.changes.order_by("pk"))
    seen = outlook(found)
    assert seen.passes == sum(c.verdict_after == "pass" != c.verdict_before for c in said) > 0
    assert seen.below_no_more == sum(c.verdict_before == "below" != c.verdict_after for c in said) > 0
    assert (seen.passes_no_more, seen.falls_below, seen.over, seen.under) == (0, 0, 0, 0)
    page = signed_in(owner).get(reverse("regrade", args=[found.public_id])).content.decode()
    assert "Report says “pass” now" in page
    assert "Borderline → Pass" in page
    carry_out(regrade=found)
    work_on(found.pk)
    build_corrected(found.pk)
    for change in found.changes.select_related("attempt", "score"):
        report = change.attempt.reports.get(score=change.score)
        assert report.figures.get(skill=None).verdict == change.verdict_after
        first = change.attempt.scores.get(number=1)
        assert load_facts(first.pk).method.estimates.verdict == change.verdict_before
        assert first.report.figures.get(skill=None).verdict == ""  # delivered before the calibration: it stays
