"""The cast of all tests, and small factories. Everything runs on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from hypothesis import settings as hypothesis_settings

from accounts.models import Organisation, User
from accounts.roles import Role
from assessments.models import Assessment, Invitation
from tests.factories import make_assessment, make_bank, make_invitation, make_member, make_organisation, make_user

hypothesis_settings.register_profile("any machine", deadline=None)  # how long an example takes proves nothing
hypothesis_settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def _quick_and_forgetful(settings: Any) -> None:
    """A weak password hash, for speed, and no limits that would count across tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ACCOUNT_RATE_LIMITS = False


@pytest.fixture(scope="session", autouse=True)
def _no_connection_outlives_the_tests(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Servers that tests have started and killed may still hold connections when the database is dropped."""
    yield
    connection.close()  # it may have been cut with others
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def organisation(db: None) -> Organisation:
    return make_organisation("Team One")


@pytest.fixture
def other_organisation(db: None) -> Organisation:
    return make_organisation("Team Two")


@pytest.fixture
def owner(organisation: Organisation) -> User:
    return make_member(organisation, Role.OWNER)


@pytest.fixture
def recruiter(organisation: Organisation) -> User:
    return make_member(organisation, Role.RECRUITER)


@pytest.fixture
def author(organisation: Organisation) -> User:
    return make_member(organisation, Role.AUTHOR)


@pytest.fixture
def reviewer(organisation: Organisation) -> User:
    return make_member(organisation, Role.REVIEWER)


@pytest.fixture
def reader(organisation: Organisation) -> User:
    return make_member(organisation, Role.READER)


@pytest.fixture
def outsider(other_organisation: Organisation) -> User:
    """An owner of another organisation."""
    return make_member(other_organisation, Role.OWNER)


@pytest.fixture
def visitor(db: None) -> User:
    """Somebody with an account and no team."""
    return make_user("visitor@example.org")


@pytest.fixture
def bank(db: None) -> None:
    """Two skills with twelve questions each, of all types and difficulties."""
    make_bank()


@pytest.fixture
def assessment(bank: None, organisation: Organisation) -> Assessment:
    """Published: three questions on each of the two skills, 30 minutes."""
    return make_assessment(organisation)


@pytest.fixture
def invitation(assessment: Assessment, organisation: Organisation) -> Invitation:
    return make_invitation(organisation, assessment)


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """A browser in which a user is signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in
