"""Side by side: what is shown to differ, ties in words, and who may be named."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from assessments.models import Attempt
from tests.reports.cohorts import make_cohort
from tests.reports.factories import make_team
from tests.reports.test_pages import signed_in

pytestmark = pytest.mark.django_db


def compared(user: User, *attempts: Attempt, also: str = "") -> str:
    who = [str(attempt.public_id) for attempt in attempts] + ([also] if also else [])
    address = reverse("compare", args=[attempts[0].assessment.public_id], query={"who": who})
    response = signed_in(user).get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_a_clear_difference_is_said_and_one_within_error_is_a_tie() -> None:
    organisation, user = make_team("recruiter")
    strong, close, weak = make_cohort(organisation, [23, 22, 3])
    html = compared(user, strong, close)
    assert html.count("No difference shown between A and B") == 3
    html = compared(user, strong, close, weak)
    assert "A is shown to be above C" in html
    assert "B is shown to be above C" in html
    assert "A is shown to be above B" not in html
    assert "No difference shown" not in html


def test_each_figure_stands_with_range_and_count_in_picture_and_table() -> None:
    organisation, user = make_team("recruiter")
    one, two = make_cohort(organisation, [12, 20])
    html = compared(user, one, two)
    assert html.count("A 50\u00a0% (34\u201366\u00a0%), n\u00a024, provisional") == 3
    assert html.count('<strong>50\u00a0%</strong> (34\u201366\u00a0%), <span class="nowrap">n&nbsp;24</span>') == 3
    assert html.count(">provisional<") == 6


def test_two_questions_set_nobody_apart() -> None:
    organisation, user = make_team("recruiter")
    one, two = make_cohort(organisation, [0, 2], of=2)
    html = compared(user, one, two)
    assert "is shown to be above" not in html
    assert html.count("Too few questions to set people apart") == 3


def test_five_fit_and_six_do_not() -> None:
    organisation, user = make_team("recruiter")
    attempts = make_cohort(organisation, [3, 6, 9, 12, 15, 18])
    assert "<strong>E</strong>" in compared(user, *attempts[:5])
    assert "More than 5 people" in compared(user, *attempts)
    assert "One alone has nobody beside them" in compared(user, attempts[0], attempts[0])
    assert "Nobody to compare yet" in compared(user, attempts[0], also="not-a-uuid")


def test_people_of_others_cannot_be_named() -> None:
    organisation, user = make_team("recruiter")
    other, _ = make_team()
    one, two = make_cohort(organisation, [12, 6])
    (foreign,) = make_cohort(other, [24], assessment=one.assessment)
    (elsewhere,) = make_cohort(organisation, [24])
    html = compared(user, one, two, foreign, elsewhere)
    assert foreign.candidate.name not in html
    assert elsewhere.candidate.name not in html
    assert one.candidate.name in html


def test_five_people_take_as_many_queries_as_two() -> None:
    organisation, user = make_team("recruiter")
    attempts = make_cohort(organisation, [3, 6, 9, 12, 15])
    counts = []
    for people in (2, 5):
        with CaptureQueriesContext(connection) as captured:
            compared(user, *attempts[:people])
        counts.append(len(captured))
    assert counts[0] == counts[1]
