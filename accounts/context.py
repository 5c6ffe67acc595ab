"""What every template may ask about the person who looks at it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.access import current_membership, may_found_team, outbox_readable
from accounts.roles import RIGHTS


def workspace(request: HttpRequest) -> dict[str, Any]:
    """``membership``, ``memberships`` and ``rights`` (a set of names), computed only where a template asks."""

    def rights() -> set[str]:
        membership = current_membership(request)
        return {right for right in RIGHTS if membership and membership.may(right)}

    def memberships() -> list[Any]:
        current_membership(request)
        return getattr(request, "_memberships", [])

    if not hasattr(request, "user"):
        return {}
    return {
        "membership": SimpleLazyObject(lambda: current_membership(request)),
        "memberships": SimpleLazyObject(memberships),
        "rights": SimpleLazyObject(rights),
        "demo": settings.DEMO,
        "may_found_team": SimpleLazyObject(lambda: may_found_team(request)),
        "outbox_readable": SimpleLazyObject(lambda: outbox_readable(request)),
    }
