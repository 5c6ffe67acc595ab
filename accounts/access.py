"""Which organisation a request works in, and what the person may do there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase

from accounts.models import Membership, User

View = Callable[..., HttpResponseBase]
SESSION_KEY = "organisation"


class MemberRequest(HttpRequest):
    """A request of a signed-in member: what views behind `member_with` get."""

    user: User
    membership: Membership


class TeamRequest(HttpRequest):
    """A request of a member, or of an operator without a team: what views get that operators share."""

    user: User
    membership: Membership | None


def memberships_of(user: User) -> list[Membership]:
    """The user's memberships by organisation name."""
    return list(user.memberships.select_related("organisation").order_by("organisation__name"))


def current_membership(request: HttpRequest) -> Membership | None:
    """The membership that the request works in: the one picked last, else the first, else None."""
    if not request.user.is_authenticated:
        return None
    cached = getattr(request, "_membership", False)
    if cached is not False:
        return cast("Membership | None", cached)
    memberships = memberships_of(request.user)
    picked = request.session.get(SESSION_KEY)
    membership = next((m for m in memberships if m.organisation_id == picked), memberships[0] if memberships else None)
    request._membership = membership  # type: ignore[attr-defined]
    request._memberships = memberships  # type: ignore[attr-defined]
    return membership


def member_with(right: str, *, operators: bool = False) -> Callable[[View], View]:
    """Let only members with a right in; everybody else finds no such page (404), visitors sign in first.

    ``operators``: those get in, too, also without a team; the view then takes a `TeamRequest`.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        @login_required
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            membership = current_membership(request)
            if membership is None or not membership.may(right):
                if not (operators and getattr(request.user, "is_staff", False)):
                    raise Http404
                membership = None
            request.membership = membership  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        wrapped.right = right  # type: ignore[attr-defined]
        return wrapped

    return decorate


def may_found_team(request: HttpRequest) -> bool:
    """Whether the person may start an organisation: operators, or everybody where OPEN_TEAMS says so."""
    return bool(request.user.is_authenticated and (settings.OPEN_TEAMS or getattr(request.user, "is_staff", False)))


def outbox_readable(request: HttpRequest) -> bool:
    """Whether the kept mails may be read. They are everybody's: only for operators and, while trying it out
    (DEMO), for owners of the demo team; somebody who merely signed up and founded a team must not read them.
    """
    if getattr(request.user, "is_staff", False):
        return True
    membership = current_membership(request)
    return bool(settings.DEMO and membership and membership.organisation.is_demo and membership.may("read_outbox"))
