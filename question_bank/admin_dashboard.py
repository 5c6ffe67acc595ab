"""The first page of the admin, and what its sidebar shows to whom."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest

from accounts.models import User
from question_bank.access import visible_to
from question_bank.coverage import coverage


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds the table of coverage, for those who may see questions."""
    context["title"] = "Question bank"
    if sees_questions(request):
        table = coverage(visible_to(cast("User", request.user)))
        context |= {"coverage": table, "waiting_count": table.totals["In review"], "may_write": writes(request)}
    return context


def sees_questions(request: HttpRequest) -> bool:
    user = cast("User", request.user)
    return user.is_superuser or any(m.may("see_questions") for m in user.memberships.all())


def writes(request: HttpRequest) -> bool:
    user = cast("User", request.user)
    return user.is_superuser or any(m.may("edit_questions") for m in user.memberships.all())


def operates(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


def among_questions(request: HttpRequest) -> bool:
    """Whether the page belongs to the list of questions; pages about all of them have entries of their own."""
    name = request.resolver_match.url_name if request.resolver_match else None
    others = {f"question_bank_question_{page}" for page in ("add", "queue", "health")}
    return bool(name and name.startswith("question_bank_question_") and name not in others)
