"""The API: lists, one invitation, inviting; what cannot be set by posting it."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Invitation
from reports.services.build import build_report
from tests.factories import make_assessment, make_invitation
from tests.walkthrough import Walkthrough

pytestmark = pytest.mark.django_db
INVITATIONS = "/api/v1/invitations/"


def invite(client: Client, assessment: Assessment, **fields: object):
    data = {"assessment": str(assessment.public_id), "email": "ada@example.org"} | fields
    return client.post(INVITATIONS, data, content_type="application/json")


def test_assessments_are_listed_with_what_they_ask(signed_in, recruiter, assessment, other_organisation):
    make_assessment(other_organisation, title="Of the others")
    listed = signed_in(recruiter).get("/api/v1/assessments/").json()["results"]
    assert [row["id"] for row in listed] == [str(assessment.public_id)]
    assert listed[0] | {"skills": ["serving", "drift"], "questions": 6, "minutes": 30, "own": True} == listed[0]


def test_a_person_is_invited(signed_in, recruiter, assessment):
    response = invite(signed_in(recruiter), assessment, name="Ada", time_factor="1.5")
    assert response.status_code == 201
    made = Invitation.objects.get()
    assert response.json()["state"] == "invited"
    assert response.json()["link"].endswith("/")
    assert (made.candidate.email, made.created_by, made.organisation) == (
        "ada@example.org",
        recruiter,
        assessment.organisation,
    )


@pytest.mark.parametrize(
    "field", ["score", "role", "deadline", "organisation", "state", "revoked_at", "token_hash", "created_by"]
)
def test_fields_that_cannot_be_set_are_refused(signed_in, recruiter, assessment, field):
    response = invite(signed_in(recruiter), assessment, **{field: 1})
    assert response.status_code == 400
    assert field in response.json()
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"time_factor": "0.5"},
        {"time_factor": "11"},
        {"email": "nonsense"},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": "2999-01-01T00:00:00Z"},
        {"opens_at": (timezone.now() + datetime.timedelta(days=300)).isoformat()},
    ],
)
def test_terms_are_checked(signed_in, recruiter, assessment, fields):
    assert invite(signed_in(recruiter), assessment, **fields).status_code == 400
    assert not Invitation.objects.exists()


def test_twice_is_a_conflict_with_its_reason(signed_in, recruiter, assessment):
    client = signed_in(recruiter)
    invite(client, assessment)
    response = invite(client, assessment)
    assert response.status_code == 409
    assert "already invited" in response.json()["detail"]


def test_a_foreign_assessment_is_not_found(signed_in, outsider, assessment):
    assert invite(signed_in(outsider), assessment).status_code == 404


def test_an_author_may_not_invite(signed_in, author, assessment):
    assert invite(signed_in(author), assessment).status_code == 404


def test_other_methods_are_refused(signed_in, owner, invitation):
    client, address = signed_in(owner), reverse("api_invitation", args=[invitation.public_id])
    assert client.delete(address).status_code == 405
    assert client.put(address, {"state": "finished"}, content_type="application/json").status_code == 405


def test_the_result_is_the_estimate_of_the_report_and_comes_once_that_is_built(signed_in, recruiter, invitation):
    score = Walkthrough(invitation).start().answer(1).submit().score()
    client, address = signed_in(recruiter), reverse("api_invitation", args=[invitation.public_id])
    shown = client.get(address).json()
    assert (shown["state"], shown["result"]) == ("finished", None)
    figure = build_report(score.pk).figures.get(skill=None)
    shown = client.get(address).json()["result"]
    assert (shown["value"], shown["low"], shown["high"]) == (figure.estimate, figure.low, figure.high)
    assert (shown["points"], shown["questions"], shown["level"], shown["provisional"]) == (1, 6, 0.9, True)
    assert shown["percentile"] == {"value": None, "low": None, "high": None, "note": figure.percentile_note}


def test_the_list_filters_pages_and_stays_inside_the_team(
    signed_in, recruiter, organisation, other_organisation, assessment
):
    foreign = make_assessment(other_organisation)
    make_invitation(other_organisation, foreign)
    for _ in range(60):
        make_invitation(organisation, assessment)
    client = signed_in(recruiter)
    first = client.get(INVITATIONS).json()
    second = client.get(first["next"]).json()
    ids = {row["id"] for row in first["results"] + second["results"]}
    assert len(ids) == 60
    assert client.get(INVITATIONS, {"state": "finished"}).json()["results"] == []
    assert client.get(INVITATIONS, {"assessment": str(foreign.public_id)}).status_code == 404
    for nonsense in ({"state": "x"}, {"assessment": "x"}):
        assert client.get(INVITATIONS, nonsense).status_code == 404


def test_queries_do_not_grow(signed_in, recruiter, organisation, assessment):
    client = signed_in(recruiter)

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(INVITATIONS)
        return len(captured)

    make_invitation(organisation, assessment)
    count()
    few = count()
    for _ in range(10):
        make_invitation(organisation, assessment)
    assert count() == few
