"""Who may open which page of the team: every role at every address, and outsiders at none."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import RIGHTS, Role
from assessments.models import Assessment, Invitation, Outage
from assessments.team_urls import team_patterns
from tests.factories import make_assessment, make_attempt, make_member

SignIn = Callable[[User], Client]
pytestmark = pytest.mark.django_db

# Address name: method, right, and what its id belongs to.
ADDRESSES: dict[str, tuple[str, str, str]] = {
    "invitation_list": ("get", "see_candidates", ""),
    "invitation_detail": ("get", "see_candidates", "invitation"),
    "invitation_revoke": ("post", "invite_candidates", "invitation"),
    "invitation_resend": ("post", "invite_candidates", "invitation"),
    "invitation_extend": ("post", "invite_candidates", "invitation"),
    "invitation_reopen": ("post", "invite_candidates", "invitation"),
    "invitation_void": ("post", "invite_candidates", "invitation"),
    "invitation_hand_in": ("post", "invite_candidates", "invitation"),
    "invitation_accommodation": ("post", "invite_candidates", "invitation"),
    "board": ("get", "see_candidates", ""),
    "board_extend": ("post", "invite_candidates", ""),
    "board_act": ("post", "invite_candidates", "attempt"),
    "outages": ("get", "see_candidates", ""),
    "outage_credit": ("post", "invite_candidates", "outage"),
    "assessment_list": ("get", "see_assessments", ""),
    "assessment_new": ("get", "edit_assessments", ""),
    "assessment_detail": ("get", "see_assessments", "assessment"),
    "assessment_copy": ("post", "edit_assessments", "assessment"),
    "assessment_edit": ("get", "edit_assessments", "assessment"),
    "assessment_pool": ("post", "edit_assessments", "assessment"),
    "assessment_publish": ("get", "edit_assessments", "assessment"),
    "assessment_archive": ("post", "edit_assessments", "assessment"),
    "invite": ("get", "invite_candidates", "assessment"),
    "invite_many": ("get", "invite_candidates", "assessment"),
    "api_assessments": ("get", "see_assessments", ""),
    "api_invitations": ("get", "see_candidates", ""),
    "api_invitation": ("get", "see_candidates", "invitation"),
}
LONG_AGO = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
OWN_ONLY = ("assessment_edit", "assessment_pool", "assessment_publish", "assessment_archive")


def call(client: Client, name: str, **ids: Any) -> int:
    method, _, of = ADDRESSES[name]
    if of == "attempt":
        ids[of] = make_attempt(ids["invitation"].organisation, ids["invitation"].assessment)
    ids["outage"] = Outage.objects.get_or_create(service="web", began_at=LONG_AGO, ended_at=LONG_AGO)[0]
    address = reverse(name, args=[ids[of].public_id] if of else [])
    return getattr(client, method)(address).status_code


def test_the_table_names_addresses_that_exist():
    """Whether every address of the product is guarded is held by the table of tests/test_permissions.py."""
    assert set(ADDRESSES) <= {pattern.name for pattern in team_patterns}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_reaches_what_it_has_a_right_to(signed_in, organisation, assessment, invitation, role):
    client = signed_in(make_member(organisation, role))
    for name, (_, right, _) in ADDRESSES.items():
        status = call(client, name, assessment=assessment, invitation=invitation)
        Assessment.objects.update(archived_at=None)  # one of the addresses archives it
        if role in RIGHTS[right]:
            assert status in (200, 302, 422), name
        else:
            assert status == 404, name


def test_foreign_objects_are_not_found(signed_in, outsider, assessment, invitation):
    client = signed_in(outsider)
    for name, (_, _, of) in ADDRESSES.items():
        if of and of != "outage":  # outages are everybody's; whom they cost time is looked up in the own team
            assert call(client, name, assessment=assessment, invitation=invitation) == 404, name
    invitation.refresh_from_db()
    assessment.refresh_from_db()
    assert invitation.revoked_at is None
    assert assessment.archived_at is None


def test_visitors_sign_in_first_and_people_without_a_team_find_nothing(signed_in, visitor, assessment, invitation):
    for name in ADDRESSES:
        anonymous = call(Client(), name, assessment=assessment, invitation=invitation)
        assert anonymous == (403 if name.startswith("api") else 302), name
        assert call(signed_in(visitor), name, assessment=assessment, invitation=invitation) == 404, name


def test_the_library_can_be_copied_but_not_changed(signed_in, owner, bank, invitation):
    library = make_assessment(None)
    for name in OWN_ONLY:
        assert call(signed_in(owner), name, assessment=library, invitation=invitation) == 404, name
    assert call(signed_in(owner), "assessment_copy", assessment=library, invitation=invitation) == 302


@pytest.mark.parametrize(
    "name", ["invitation_resend", "invitation_extend", "assessment_copy", "assessment_archive", "assessment_pool"]
)
def test_nothing_changes_on_get(
    signed_in: SignIn, owner: User, assessment: Assessment, invitation: Invitation, name: str
):
    ids = {"assessment": assessment, "invitation": invitation}
    assert signed_in(owner).get(reverse(name, args=[ids[ADDRESSES[name][2]].public_id])).status_code == 405
