"""The list of candidates: states, filters, order, a constant number of queries."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organisation, User
from assessments import listing
from assessments.listing import Query, Stage
from assessments.models import Assessment, Attempt, Invitation
from assessments.services.invite import revoke
from assessments.states import State
from tests.factories import blueprint, make_assessment, make_bank, make_invitation
from tests.walkthrough import Walkthrough

SignIn = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def finish(invitation: Invitation, *right: bool) -> Attempt:
    """Start, answer the first questions as told, hand in, score."""
    walk = Walkthrough(invitation).start()
    for position, is_right in enumerate(right, start=1):
        walk.answer(position, right=is_right)
    walk.submit().score()
    return walk.attempt


def stage(invitation: Invitation) -> str:
    return listing.facts_of(invitation).stage


def page(client: Client, **query: Any) -> str:
    response = client.get(reverse("invitation_list"), query)
    assert response.status_code == 200
    return response.content.decode()


def in_order(html: str, *words: str) -> bool:
    places = [html.index(word) for word in words]
    return places == sorted(places)


class TestStage:
    def test_invited_until_something_happens(self, invitation):
        assert stage(invitation) == Stage.INVITED

    def test_opened(self, invitation):
        Invitation.objects.update(opened_at=timezone.now())
        assert stage(invitation) == Stage.OPENED

    def test_in_progress(self, invitation):
        Walkthrough(invitation).start()
        assert stage(invitation) == Stage.IN_PROGRESS

    def test_waiting_for_score(self, invitation):
        Walkthrough(invitation).start().submit()
        assert stage(invitation) == Stage.WAITING

    def test_needs_marking_is_waiting_too(self, invitation):
        attempt = Walkthrough(invitation).start().submit().attempt
        attempt.move(State.NEEDS_REVIEW, since=State.SUBMITTED)
        assert stage(invitation) == Stage.WAITING

    def test_finished(self, invitation):
        finish(invitation, True)
        assert stage(invitation) == Stage.FINISHED

    def test_expired(self, invitation):
        Invitation.objects.update(expires_at=timezone.now() - datetime.timedelta(seconds=1), opened_at=timezone.now())
        assert stage(invitation) == Stage.EXPIRED

    def test_revoked_wins_over_expired(self, invitation, owner):
        revoke(invitation=invitation, by=owner)
        Invitation.objects.update(expires_at=timezone.now() - datetime.timedelta(seconds=1))
        assert stage(invitation) == Stage.REVOKED

    def test_a_running_attempt_wins_over_a_withdrawal(self, invitation, owner):
        Walkthrough(invitation).start()
        revoke(invitation=invitation, by=owner)
        assert stage(invitation) == Stage.IN_PROGRESS

    def test_a_voided_attempt_counts_as_none(self, invitation):
        attempt = Walkthrough(invitation).start().attempt
        attempt.move(State.VOIDED, since=State.IN_PROGRESS)
        row = listing.facts_of(invitation)
        assert (row.stage, row.attempt) == (Stage.INVITED, None)

    def test_only_the_newest_attempt_makes_the_row(self, invitation):
        first = finish(invitation, True)
        second = Attempt.objects.get(pk=first.pk)
        second.pk, second.public_id, second.score, second.state = None, None, None, State.IN_PROGRESS
        second.public_id = Invitation._meta.get_field("public_id").get_default()
        second.save()
        rows = listing.as_rows(listing.listed(invitation.organisation, Query()))
        assert [row.attempt for row in rows] == [second.public_id]


class TestPage:
    def test_empty_says_what_to_do(self, signed_in: SignIn, recruiter: User):
        html = page(signed_in(recruiter))
        assert "Nobody is invited yet" in html
        assert reverse("assessment_list") in html

    def test_points_stand_with_their_count_and_are_no_estimate(
        self, signed_in: SignIn, recruiter: User, invitation: Invitation
    ):
        finish(invitation, True, True, True, False, False, False)
        client = signed_in(recruiter)
        detail = client.get(reverse("invitation_detail", args=[invitation.public_id])).content.decode()
        for html in (page(client), detail):
            assert ">3 of 6</span>" in html
            assert "50\u00a0%" not in html
            assert "(22–78)" not in html
        html = page(client)
        assert "Finished" in html

    def test_foreign_people_do_not_show(self, signed_in: SignIn, outsider: User, invitation: Invitation):
        assert invitation.candidate.email not in page(signed_in(outsider))

    def test_formula_like_and_tag_like_names_are_text(
        self, signed_in: SignIn, recruiter: User, organisation: Organisation, assessment: Assessment
    ):
        make_invitation(organisation, assessment, name='=HYPERLINK("http://x")')
        make_invitation(organisation, assessment, name="<script>alert(1)</script>")
        html = page(signed_in(recruiter))
        assert "=HYPERLINK(&quot;http://x&quot;)" in html
        assert "<script>alert" not in html

    def test_search_finds_name_and_address(
        self, signed_in: SignIn, recruiter: User, organisation: Organisation, assessment: Assessment
    ):
        make_invitation(organisation, assessment, name="Ada Example", email="first@example.org")
        make_invitation(organisation, assessment, name="Ben Example", email="second@example.org")
        client = signed_in(recruiter)
        assert "Ben Example" not in page(client, q="ada")
        assert "Ada Example" not in page(client, q="SECOND@")
        assert "Nobody fits this" in page(client, q="nobody of this name")

    def test_filter_by_state_and_assessment(
        self, signed_in: SignIn, recruiter: User, organisation: Organisation, assessment: Assessment
    ):
        other = make_assessment(organisation, title="Another one")
        make_invitation(organisation, assessment, name="Ada Example")
        finish(make_invitation(organisation, other, name="Ben Example"), True)
        client = signed_in(recruiter)
        assert "Ada Example" not in page(client, state="finished")
        assert "Ben Example" not in page(client, assessment=str(assessment.public_id))
        html = page(client, assessment=str(other.public_id))
        assert "Serving" not in html, "skills stand in the results, with their estimates"
        assert html.count(reverse("cohort", args=[other.public_id])) == 2

    @pytest.mark.parametrize(
        "query",
        [
            {"state": "nonsense"},
            {"assessment": "nonsense"},
            {"page": "99"},
            {"page": "x"},
            {"q": "%'\\\""},
            {"sort": "candidate__user__password"},
            {"sort": "--sent"},
            {"sort": "skill-serving; drop table"},
            {"sort": "?"},
        ],
    )
    def test_values_that_are_not_offered_count_as_not_chosen(self, signed_in, recruiter, invitation, query):
        html = page(signed_in(recruiter), **query)
        assert "aria-sort" in html or "Nobody fits" in html

    def test_a_foreign_assessment_cannot_be_picked(self, signed_in, recruiter, other_organisation, invitation):
        foreign = make_assessment(other_organisation, title="Of the others")
        make_invitation(other_organisation, foreign)
        html = page(signed_in(recruiter), assessment=str(foreign.public_id))
        assert "Of the others" not in html
        assert invitation.candidate.email in html

    def test_htmx_gets_the_lower_part_alone(self, signed_in: SignIn, recruiter: User, invitation: Invitation):
        response = signed_in(recruiter).get(reverse("invitation_list"), headers={"HX-Request": "true"})
        html = response.content.decode()
        assert "<html" not in html
        assert 'id="candidates"' in html
        restore = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
        assert "<html" in signed_in(recruiter).get(reverse("invitation_list"), headers=restore).content.decode()


class TestOrder:
    @pytest.fixture
    def three(self, organisation: Organisation, assessment: Assessment) -> Assessment:
        """Low has the fewest right, High the most; Open has not started."""
        finish(make_invitation(organisation, assessment, name="Low"), True)
        finish(make_invitation(organisation, assessment, name="High"), True, True, True, True, True)
        make_invitation(organisation, assessment, name="Open")
        return assessment

    @pytest.mark.parametrize("key", ["points", "time"])
    def test_people_without_a_figure_come_last_in_both_directions(self, signed_in, recruiter, three, key):
        client = signed_in(recruiter)
        assert page(client, sort=key).index(">Open<") > page(client, sort=key).index(">Low<")
        assert page(client, sort=f"-{key}").index(">Open<") > page(client, sort=f"-{key}").index(">High<")

    def test_by_points(self, signed_in: SignIn, recruiter: User, three: Assessment):
        client = signed_in(recruiter)
        assert in_order(page(client, sort="-points"), ">High<", ">Low<", ">Open<")
        assert in_order(page(client, sort="points"), ">Low<", ">High<", ">Open<")

    def test_every_offered_key_sorts(self, organisation: Organisation, three: Assessment):
        for key in listing.orderings():
            for sort in (key, f"-{key}"):
                assert listing.ordering(sort)[0] == sort
                assert len(listing.listed(organisation, Query(assessment=three, sort=sort))) == 3

    def test_an_unknown_key_gives_the_default(self):
        assert listing.ordering("password")[0] == listing.DEFAULT_SORT
        assert listing.ordering("skill-serving")[0] == listing.DEFAULT_SORT


def queries(client: Client, **query: str) -> int:
    client.get(reverse("invitation_list"), query)  # fills what is kept per process
    with CaptureQueriesContext(connection) as captured:
        assert client.get(reverse("invitation_list"), query).status_code == 200
    return len(captured)


def test_queries_grow_neither_with_people_nor_with_skills(signed_in, recruiter, organisation):
    slugs = tuple(f"skill{number}" for number in range(14))
    make_bank(slugs, each=2)
    narrow, wide = (
        make_assessment(organisation, {"sections": [{"blueprint": blueprint(*((s, None, 1) for s in slugs[:size]))}]})
        for size in (5, 14)
    )
    client = signed_in(recruiter)
    finish(make_invitation(organisation, narrow), True)
    finish(make_invitation(organisation, wide), True)
    for _ in range(3):
        make_invitation(organisation, narrow)
    few = queries(client), queries(client, assessment=str(narrow.public_id), sort="-points")
    for number in range(55):
        invitation = make_invitation(organisation, wide)
        if number < 3:
            finish(invitation, True, False)
    many = queries(client), queries(client, assessment=str(wide.public_id), sort="-points")
    assert few == many
    assert max(many) <= 12
