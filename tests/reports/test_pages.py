"""The pages: who sees which report, what a candidate never sees, and waiting for a report."""

from __future__ import annotations

from http import HTTPStatus
from uuid import uuid4

import pytest
from django.conf import settings
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from assessments.models import Attempt
from assessments.services.score import rescore
from reports.services.build import build_report
from tests.reports.factories import (
    FOLLOW_UP,
    OPTION,
    RATIONALE,
    SENTINELS,
    STEM,
    Plan,
    everything,
    in_turn,
    make_assessment,
    make_attempt,
    make_scored,
    make_team,
    plans,
)

pytestmark = pytest.mark.django_db
MIXED = in_turn("right", "partly", "wrong", "skipped", "not_reached")
POLL = {"HX-Request": "true", "HX-Target": "report"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def candidate_of(attempt: Attempt) -> Client:
    client = Client()
    name = f"attempt-{attempt.public_id.hex}"
    client.cookies[name] = signing.get_cookie_signer(salt=name + "attempt").sign(str(attempt.candidate_id))
    return client


def reported(attempt: Attempt) -> Attempt:
    build_report(attempt.score_id)
    return attempt


def test_the_team_reads_the_whole_report() -> None:
    organisation, user = make_team("recruiter")
    attempt = reported(make_scored(make_assessment(organisation, per_skill=5), MIXED))
    page = signed_in(user).get(reverse("report_for_team", args=[attempt.public_id])).content.decode()
    for words in ("Robin Example", "Skill profile", "Not reached", "How this score was made", STEM, FOLLOW_UP, "90"):
        assert words in page
    assert OPTION not in page
    assert RATIONALE not in page
    assert reverse("report_answers", args=[attempt.public_id]) not in page
    assert " style=" not in page


@pytest.mark.parametrize("plan", [plan for _, plan in plans()], ids=[name for name, _ in plans()])
def test_the_candidate_reads_a_report_without_questions_and_keys(plan: Plan) -> None:
    organisation, _ = make_team()
    attempt = reported(make_scored(make_assessment(organisation, per_skill=5), plan))
    response = candidate_of(attempt).get(reverse("candidate_report", args=[attempt.public_id]))
    page = response.content.decode()
    assert response.status_code == HTTPStatus.OK
    assert "Skill profile" in page
    assert not [sentinel for sentinel in SENTINELS if sentinel in page]
    assert response["Cache-Control"] == "no-store, private"


def test_outcomes_keep_their_columns_after_storage() -> None:
    organisation, user = make_team()
    attempt = reported(make_scored(make_assessment(organisation, skills=1, per_skill=3), everything("partly")))
    page = signed_in(user).get(reverse("report_for_team", args=[attempt.public_id])).content.decode()
    order = [page.index(f'data-label="{label}"') for label in ("Right", "Partly right", "Wrong", "Skipped")]
    assert order == sorted(order)
    assert '<td class="num" data-label="Partly right">3</td>' in page


def test_answers_with_key_are_for_the_right_only() -> None:
    organisation, owner = make_team("owner")
    _, recruiter = make_team()
    recruiter.memberships.all().delete()
    recruiter.memberships.create(organisation=organisation, role="recruiter")
    attempt = reported(make_scored(make_assessment(organisation), MIXED))
    address = reverse("report_answers", args=[attempt.public_id])
    assert signed_in(recruiter).get(address).status_code == HTTPStatus.NOT_FOUND
    page = signed_in(owner).get(address).content.decode()
    assert RATIONALE in page
    assert "SENTINELEXPLANATION" in page


@pytest.mark.parametrize("name", ["report_for_team", "report_answers"])
def test_another_organisation_finds_no_such_page(name: str) -> None:
    organisation, _ = make_team()
    _, outsider = make_team("owner")
    attempt = reported(make_scored(make_assessment(organisation), MIXED))
    assert signed_in(outsider).get(reverse(name, args=[attempt.public_id])).status_code == HTTPStatus.NOT_FOUND
    assert signed_in(outsider).get(reverse(name, args=[uuid4()])).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("role", ["author", "reviewer"])
def test_roles_without_the_right_find_no_such_page(role: str) -> None:
    organisation, user = make_team(role)
    attempt = reported(make_scored(make_assessment(organisation), MIXED))
    assert signed_in(user).get(reverse("report_for_team", args=[attempt.public_id])).status_code == HTTPStatus.NOT_FOUND


def test_the_candidates_page_opens_for_nobody_else() -> None:
    organisation, user = make_team()
    attempt, other = (reported(make_scored(make_assessment(organisation), MIXED)) for _ in range(2))
    address = reverse("candidate_report", args=[attempt.public_id])
    for client in (Client(), signed_in(user), candidate_of(other)):
        assert client.get(address).status_code == HTTPStatus.NOT_FOUND


def test_waiting_polls_until_the_report_is_there_and_then_stops() -> None:
    organisation, _ = make_team()
    attempt = make_scored(make_assessment(organisation), MIXED)
    client, address = candidate_of(attempt), reverse("candidate_report", args=[attempt.public_id])
    page = client.get(address).content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert client.get(address, {"stage": "soon"}, headers=POLL).status_code == HTTPStatus.NO_CONTENT
    build_report(attempt.score_id)
    fragment = client.get(address, {"stage": "soon"}, headers=POLL).content.decode()
    assert "hx-trigger" not in fragment
    assert "<html" not in fragment
    assert "Skill profile" in fragment


def test_a_running_attempt_has_no_report_yet() -> None:
    organisation, user = make_team()
    attempt = make_attempt(make_assessment(organisation), MIXED, submit=False)
    page = signed_in(user).get(reverse("report_for_team", args=[attempt.public_id])).content.decode()
    assert "Still being taken" in page
    assert "hx-trigger" not in page


def test_an_assessment_may_leave_the_candidate_with_a_receipt() -> None:
    organisation, _ = make_team()
    attempt = reported(make_scored(make_assessment(organisation, feedback="receipt"), MIXED))
    page = candidate_of(attempt).get(reverse("candidate_report", args=[attempt.public_id])).content.decode()
    assert "Your answers have arrived" in page
    assert "Skill profile" not in page


def test_an_earlier_report_can_be_looked_at_and_says_so() -> None:
    organisation, user = make_team()
    attempt = reported(make_scored(make_assessment(organisation), MIXED))
    build_report(rescore(attempt=attempt, reason="The key was corrected", actor=user).pk)
    client, address = signed_in(user), reverse("report_for_team", args=[attempt.public_id])
    assert "?number=1" in client.get(address).content.decode()
    assert "This is an earlier report" in client.get(address, {"number": "1"}).content.decode()
    for number in ("3", "x", "0", "²"):
        assert client.get(address, {"number": number}).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("name", ["report_for_team", "report_answers"])
def test_a_page_takes_as_many_queries_for_24_skills_as_for_5(name: str) -> None:
    organisation, user = make_team()
    client, counts = signed_in(user), []
    for skills in (5, 24):
        attempt = reported(make_scored(make_assessment(organisation, skills=skills), MIXED))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name, args=[attempt.public_id])).status_code == HTTPStatus.OK
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 14
