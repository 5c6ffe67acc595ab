"""Plain factories for users, organisations and memberships."""

from __future__ import annotations

from itertools import count

from allauth.account.models import EmailAddress

from accounts.models import Membership, Organisation, User

PASSWORD = "correct-horse-battery"
_numbers = count(1)


def make_user(email: str = "", name: str = "", *, verified: bool = True, **fields: object) -> User:
    """A user with a verified address."""
    email = email or f"person{next(_numbers)}@example.org"
    user = User.objects.create_user(email, PASSWORD, name=name or email.split("@")[0].title(), **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=verified, primary=True)
    return user


def make_organisation(name: str = "", **fields: object) -> Organisation:
    number = next(_numbers)
    return Organisation.objects.create(name=name or f"Team {number}", slug=f"team-{number}", **fields)


def make_member(organisation: Organisation, role: str = "recruiter", user: User | None = None) -> Membership:
    return Membership.objects.create(organisation=organisation, user=user or make_user(), role=role)
