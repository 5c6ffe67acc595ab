"""The table of one assessment: order, ties, filters, whose rows, and what is not shown yet."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Organisation, User
from assessments.models import Assessment, Attempt
from assessments.services.intervene import reopen
from question_bank.models import Skill
from reports import cohort
from reports.cohort import Spread, Terms
from reports.models import ReportFigure
from reports.services.build import build_report
from tests.reports.cohorts import make_cohort
from tests.reports.factories import everything, make_assessment, make_scored, make_team
from tests.reports.test_pages import signed_in

pytestmark = pytest.mark.django_db


def page(user: User, assessment: Assessment, **query: Any) -> str:
    response = signed_in(user).get(reverse("cohort", args=[assessment.public_id]), query)
    assert response.status_code == 200
    return response.content.decode()


def names(html: str) -> list[str]:
    return re.findall(r">(Person \d+)</a>", html)


def name_of(attempt: Attempt) -> str:
    return attempt.candidate.name


def skills_of(assessment: Assessment) -> list[Skill]:
    return list(Skill.objects.filter(slug__in=assessment.published.loaded().skills))  # type: ignore[union-attr]


def test_the_best_estimate_comes_first_and_the_head_turns_it_round() -> None:
    organisation, user = make_team("recruiter")
    weak, strong, middle = make_cohort(organisation, [3, 22, 12])
    html = page(user, weak.assessment)
    assert names(html) == [name_of(strong), name_of(middle), name_of(weak)]
    assert names(page(user, weak.assessment, sort="overall")) == [name_of(weak), name_of(middle), name_of(strong)]


def test_sorting_by_the_low_end_prefers_the_figure_that_is_surer() -> None:
    organisation, user = make_team("recruiter")
    lucky, sure = make_cohort(organisation, [20, 19])
    ReportFigure.objects.filter(report__attempt=lucky, skill=None).update(low=0.3)
    assert names(page(user, lucky.assessment)) == [name_of(lucky), name_of(sure)]
    assert names(page(user, lucky.assessment, by="low")) == [name_of(sure), name_of(lucky)]


def test_a_skill_can_decide_the_order_and_a_skill_that_nobody_knows_cannot() -> None:
    organisation, user = make_team("recruiter")
    one, two = make_cohort(organisation, [12, 13])
    skill = skills_of(one.assessment)[0]
    ReportFigure.objects.filter(report__attempt=one, skill=skill).update(estimate=0.9)
    assert names(page(user, one.assessment, sort=f"-skill-{skill.slug}"))[0] == name_of(one)
    assert names(page(user, one.assessment, sort="-skill-nonsense"))[0] == name_of(two)
    assert names(page(user, one.assessment, sort="candidate__email; drop table"))[0] == name_of(two)


def test_ties_are_shown_as_shared_places() -> None:
    organisation, user = make_team("recruiter")
    first, second, last = make_cohort(organisation, [23, 22, 4])
    spread = Spread(organisation, first.assessment, None)
    places = spread.places_of([first.score_id, second.score_id, last.score_id])  # type: ignore[list-item]
    assert [(p.best, p.worst) for p in places.values()] == [(1, 2), (1, 2), (3, 3)]
    html = page(user, first.assessment)
    assert html.count("not shown to differ from the first") == 2
    assert "1–2" in html


def test_two_questions_rank_nobody() -> None:
    organisation, _ = make_team("recruiter")
    attempts = make_cohort(organisation, [0, 1, 2], of=2)
    spread = Spread(organisation, attempts[0].assessment, None)
    places = spread.places_of([attempt.score_id for attempt in attempts])  # type: ignore[misc]
    assert {(place.best, place.worst) for place in places.values()} == {(1, 3)}


def test_each_figure_stands_with_its_range_its_count_and_the_word_provisional() -> None:
    organisation, user = make_team("recruiter")
    (one,) = make_cohort(organisation, [12])
    html = page(user, one.assessment)
    assert html.count("<strong>50") == html.count('class="share-range">(') == html.count("n&nbsp;24") == 3
    assert html.count('class="provisional"') == 3


def test_filters_by_a_skill_and_by_the_low_end() -> None:
    organisation, user = make_team("recruiter")
    weak, strong = make_cohort(organisation, [6, 20])
    skill = skills_of(weak.assessment)[0].slug
    assert names(page(user, weak.assessment, skill=skill, least="60")) == [name_of(strong)]
    assert names(page(user, weak.assessment, least="20")) == [name_of(strong), name_of(weak)]
    assert names(page(user, weak.assessment, least="20", by="low")) == [name_of(strong)]
    assert "Nobody fits this" in page(user, weak.assessment, least="99")


def test_a_filter_that_cannot_be_read_is_said_and_left_out() -> None:
    organisation, user = make_team("recruiter")
    (one,) = make_cohort(organisation, [6])
    html = page(user, one.assessment, least="lots", by="1; drop", tier="<script>")
    assert "It is left out below" in html
    assert names(html) == [name_of(one)]


def test_only_rows_of_the_own_organisation() -> None:
    organisation, user = make_team("recruiter")
    other, _ = make_team()
    library = make_assessment(organisation)
    Assessment.objects.filter(pk=library.pk).update(organisation=None)
    (own,) = make_cohort(organisation, [12], assessment=library)
    (foreign,) = make_cohort(other, [23], assessment=library)
    html = page(user, library)
    assert names(html) == [name_of(own)]
    assert name_of(foreign) not in html
    assert len(Spread(organisation, library, None)) == 1
    assert cohort.state_counts(organisation, Terms(library)) == {"finished": 1}


def test_a_reopened_attempt_shows_no_figure_before_its_new_score() -> None:
    organisation, user = make_team("recruiter")
    attempt = make_scored(make_assessment(organisation), everything("right"))
    build_report(attempt.score_id)
    assert "100" in page(user, attempt.assessment)
    reopen(attempt=attempt, seconds=600, reason="The network was down", by=user)
    html = page(user, attempt.assessment)
    assert 'class="share-range"' not in html
    assert "In progress" in html
    assert len(Spread(organisation, attempt.assessment, None)) == 0


@pytest.mark.parametrize("query", [{}, {"by": "low", "least": "10"}, {"sort": "skill"}, {"page": "3"}])
def test_5000_people_take_as_many_queries_as_60(query: dict[str, str]) -> None:
    organisation, user = make_team("recruiter")
    client, counts = signed_in(user), []
    for people in (60, 5000) if not query else (60, 600):
        (first, *_) = make_cohort(organisation, [at % 25 for at in range(people)], skills=4)
        if query.get("sort"):
            query = {"sort": f"-skill-{skills_of(first.assessment)[0].slug}"}
        counts.append(queries(client, first.assessment, query))
    assert counts[0] == counts[1] <= 16


def queries(client: Client, assessment: Assessment, query: dict[str, str]) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(reverse("cohort", args=[assessment.public_id]), query)
    assert response.status_code == 200
    assert len(names(response.content.decode())) >= 10
    return len(captured)


def test_without_results_the_page_says_what_fills_it() -> None:
    organisation, user = make_team("recruiter")
    assert "Nobody is invited to this yet" in page(user, make_assessment(organisation))


def test_another_team_finds_no_such_cohort() -> None:
    organisation, _ = make_team()
    _, stranger = make_team("owner")
    (one,) = make_cohort(organisation, [12])
    address = reverse("cohort", args=[one.assessment.public_id])
    assert signed_in(stranger).get(address).status_code == 404


def test_the_spread_counts_everybody_once() -> None:
    organisation: Organisation
    organisation, user = make_team("recruiter")
    attempts = make_cohort(organisation, [0, 5, 12, 24])
    bins = Spread(organisation, attempts[0].assessment, None).bins()
    assert sum(one.people for one in bins) == 4
    assert (bins[0].people, bins[-1].people) == (1, 1)
    assert "How the 4 results spread" in page(user, attempts[0].assessment)
