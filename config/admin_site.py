"""The admin as the workplace of authors and reviewers, not of operators alone."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from unfold.sites import UnfoldAdminSite


def is_operator(request: HttpRequest) -> bool:
    """Shows the entries of the navigation that are for operators alone."""
    return bool(getattr(request.user, "is_superuser", False))


def is_staff(request: HttpRequest) -> bool:
    """As `is_operator`, for pages of the product that look after the rights themselves."""
    return bool(getattr(request.user, "is_staff", False))


class PlumblineAdminSite(UnfoldAdminSite):
    """Lets in operators and every member who may see questions; what they may do there is each model's matter."""

    index_template = "admin/question_bank/dashboard.html"

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        if not user.is_authenticated or not user.is_active:
            return False
        if user.is_superuser or user.is_staff:
            return True
        # Kept on the user, so that the permissions of one request cost one query, not one each.
        prefetch_related_objects([user], "memberships")
        return any(membership.may("see_questions") for membership in user.memberships.all())

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one way to sign in, with its rate limits and second factors: the product's own."""
        target = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
            target = reverse("admin:index")
        if not request.user.is_authenticated:
            return HttpResponseRedirect(reverse("account_login", query={"next": target}))
        if not self.has_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(target)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("account_change_password")
