"""Accounts in the admin are for operators."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.accounts.factories import make_member, make_organisation, make_user

pytestmark = pytest.mark.django_db
LISTS = ["user", "organisation", "membership", "colleagueinvitation", "outboxmail"]


@pytest.mark.parametrize("name", LISTS)
def test_an_operator_sees_the_lists(client: Client, name: str) -> None:
    make_member(make_organisation(), "owner")
    client.force_login(make_user(is_staff=True, is_superuser=True))
    assert client.get(reverse(f"admin:accounts_{name}_changelist")).status_code == 200


@pytest.mark.parametrize("name", LISTS)
def test_an_owner_of_a_team_sees_none_of_them(client: Client, name: str) -> None:
    client.force_login(make_member(make_organisation(), "owner").user)
    assert client.get(reverse(f"admin:accounts_{name}_changelist")).status_code in {302, 403}


def test_staff_without_permissions_sees_no_users(client: Client) -> None:
    client.force_login(make_user(is_staff=True))
    assert client.get(reverse("admin:accounts_user_changelist")).status_code == 403


def test_editing_a_user_keeps_the_password(client: Client) -> None:
    client.force_login(make_user(is_staff=True, is_superuser=True))
    user = make_user("rita@example.org", "Rita")
    before = user.password
    form = {
        "email": user.email,
        "name": "Rita Example",
        "is_active": "on",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }
    client.post(reverse("admin:accounts_user_change", args=[user.pk]), form)
    user.refresh_from_db()
    assert (user.name, user.password) == ("Rita Example", before)


def test_only_a_superuser_makes_operators(client: Client) -> None:
    from django.contrib.auth.models import Permission

    clerk = make_user(is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    client.force_login(clerk)
    client.post(reverse("admin:accounts_user_change", args=[clerk.pk]), {"email": clerk.email, "is_superuser": "on"})
    clerk.refresh_from_db()
    assert not clerk.is_superuser
