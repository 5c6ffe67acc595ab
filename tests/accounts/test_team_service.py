"""Members, roles and invitations of colleagues."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from accounts.errors import NotPossible
from accounts.models import ColleagueInvitation, Membership
from accounts.services import team
from accounts.tokens import hash_token
from tests.accounts.factories import make_member, make_organisation, make_user

pytestmark = pytest.mark.django_db


def token_of_last_mail() -> str:
    found = re.search(r"/join/([^/\s]+)/", str(mail.outbox[-1].body))
    assert found
    return found.group(1)


def test_a_new_organisation_belongs_to_its_founder() -> None:
    founder = make_user()
    first = team.create_organisation(name="Exact Works", owner=founder)
    second = team.create_organisation(name="Exact Works", owner=founder)
    assert first.memberships.get().role == "owner"
    assert first.slug != second.slug


def test_the_last_owner_keeps_the_role_and_the_place() -> None:
    organisation = make_organisation()
    owner, other = make_member(organisation, "owner"), make_member(organisation, "owner")
    team.change_role(membership=other, role="author", by=owner)
    with pytest.raises(NotPossible, match="at least one owner"):
        team.change_role(membership=owner, role="author", by=other)
    with pytest.raises(NotPossible, match="at least one owner"):
        team.remove_member(membership=owner, by=other)
    assert organisation.memberships.filter(role="owner").count() == 1


def test_nobody_changes_or_removes_themselves() -> None:
    organisation = make_organisation()
    owner = make_member(organisation, "owner")
    make_member(organisation, "owner")
    with pytest.raises(NotPossible, match="own role"):
        team.change_role(membership=owner, role="author", by=owner)
    with pytest.raises(NotPossible, match="remove yourself"):
        team.remove_member(membership=owner, by=owner)


def test_an_invitation_is_mailed_and_only_its_hash_is_stored() -> None:
    owner = make_member(make_organisation("Exact Works"), "owner")
    invitation = team.invite_colleague(
        organisation=owner.organisation, email=" New@Example.org ", role="author", by=owner.user
    )
    token = token_of_last_mail()
    assert mail.outbox[-1].to == ["new@example.org"]
    assert invitation.token_hash == hash_token(token)
    assert token not in str(ColleagueInvitation.objects.values().get())
    assert team.colleague_invitation_for(token) == invitation


def test_a_name_with_line_breaks_does_not_reach_the_header() -> None:
    owner = make_member(make_organisation("Exact\nBcc: all@example.org"), "owner")
    team.invite_colleague(organisation=owner.organisation, email="new@example.org", role="author", by=owner.user)
    assert "\n" not in mail.outbox[-1].subject


@pytest.mark.parametrize("spoil", ["accepted", "revoked", "expired"])
def test_used_withdrawn_and_expired_links_are_all_unknown(spoil: str) -> None:
    owner = make_member(make_organisation(), "owner")
    team.invite_colleague(organisation=owner.organisation, email="new@example.org", role="author", by=owner.user)
    now = timezone.now()
    spoilt = {"accepted": {"accepted_at": now}, "revoked": {"revoked_at": now}, "expired": {"expires_at": now}}[spoil]
    ColleagueInvitation.objects.update(**spoilt)
    assert team.colleague_invitation_for(token_of_last_mail()) is None


def test_only_the_invited_address_can_accept_and_only_once() -> None:
    owner = make_member(make_organisation(), "owner")
    invitation = team.invite_colleague(
        organisation=owner.organisation, email="new@example.org", role="author", by=owner.user
    )
    with pytest.raises(NotPossible, match="This invitation is for"):
        team.accept_colleague_invitation(invitation=invitation, user=make_user("other@example.org"))
    member = team.accept_colleague_invitation(invitation=invitation, user=make_user("new@example.org"))
    assert member.role == "author"
    with pytest.raises(NotPossible, match="already used"):
        team.accept_colleague_invitation(invitation=invitation, user=member.user)


def test_members_and_invited_people_are_not_invited_again() -> None:
    owner = make_member(make_organisation(), "owner")
    invite = {"organisation": owner.organisation, "role": "author", "by": owner.user}
    with pytest.raises(NotPossible, match="already in the team"):
        team.invite_colleague(email=owner.user.email.upper(), **invite)
    first = team.invite_colleague(email="new@example.org", **invite)
    with pytest.raises(NotPossible, match="open invitation"):
        team.invite_colleague(email="new@example.org", **invite)
    team.withdraw_colleague_invitation(invitation=first)
    assert team.invite_colleague(email="new@example.org", **invite)


def test_an_organisation_sends_a_limited_number_of_invitations_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "COLLEAGUE_INVITATIONS_PER_DAY", 2)
    owner = make_member(make_organisation(), "owner")
    invite = {"organisation": owner.organisation, "role": "author", "by": owner.user}
    team.invite_colleague(email="one@example.org", **invite)
    team.withdraw_colleague_invitation(invitation=team.invite_colleague(email="two@example.org", **invite))
    with pytest.raises(NotPossible, match="within a day"):
        team.invite_colleague(email="three@example.org", **invite)
    ColleagueInvitation.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    assert team.invite_colleague(email="three@example.org", **invite)


def test_a_mail_that_cannot_be_sent_leaves_no_open_invitation(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(team, "send_mail", refuse)
    owner = make_member(make_organisation(), "owner")
    with pytest.raises(NotPossible, match="could not be sent"):
        team.invite_colleague(organisation=owner.organisation, email="new@example.org", role="author", by=owner.user)
    assert not team.open_colleague_invitations(owner.organisation).exists()


def test_accepting_twice_keeps_one_membership_with_its_role() -> None:
    member = make_member(make_organisation(), "recruiter")
    invitation = ColleagueInvitation.objects.create(
        organisation=member.organisation,
        email=member.user.email,
        role="owner",
        token_hash="x",
        expires_at=timezone.now() + timedelta(days=1),
    )
    team.accept_colleague_invitation(invitation=invitation, user=member.user)
    assert Membership.objects.get(user=member.user).role == "recruiter"
