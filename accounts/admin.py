"""Accounts in the admin, for operators only: Django's own permissions decide, which authors do not have here."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.forms import ReadOnlyPasswordHashField
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from accounts.models import ColleagueInvitation, Membership, Organisation, OutboxMail, User


class MembershipInline(TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields: ClassVar = ["user", "organisation"]


class UserForm(ModelForm):  # type: ignore[type-arg]
    password = ReadOnlyPasswordHashField(
        label="Password",
        help_text="Passwords are not readable. The person sets a new one by the link on the sign-in page.",
    )

    class Meta:
        model = User
        fields = ("email", "name", "password", "is_active", "is_staff", "is_superuser")


@admin.register(User)
class UserAdmin(ModelAdmin):
    """People sign up or are invited; an operator corrects, blocks and grants, but sets no password."""

    form = UserForm
    list_display = ("email", "name", "is_active", "is_staff", "date_joined", "last_login")
    list_filter = ("is_active", "is_staff", "memberships__role")
    search_fields = ("email", "name")
    ordering = ("email",)
    inlines: ClassVar = [MembershipInline]
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Dates", {"fields": ("date_joined", "last_login")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Only a superuser makes operators and superusers."""
        mine = ("date_joined", "last_login")
        return mine if request.user.is_superuser else (*mine, "is_staff", "is_superuser")


@admin.register(Organisation)
class OrganisationAdmin(ModelAdmin):
    list_display = ("name", "slug", "is_demo", "created_at")
    list_filter = ("is_demo",)
    search_fields = ("name", "slug")
    prepopulated_fields: ClassVar = {"slug": ("name",)}
    inlines: ClassVar = [MembershipInline]


@admin.register(Membership)
class MembershipAdmin(ModelAdmin):
    list_display = ("user", "organisation", "role", "created_at")
    list_filter = ("role", "organisation")
    list_select_related = ("user", "organisation")
    search_fields = ("user__email", "user__name", "organisation__name")
    autocomplete_fields = ("user", "organisation")


class ReadOnly(ModelAdmin):
    """Rows that the product writes: for looking at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ColleagueInvitation)
class ColleagueInvitationAdmin(ReadOnly):
    list_display = ("email", "organisation", "role", "created_at", "expires_at", "accepted_at", "revoked_at")
    list_select_related = ("organisation",)
    search_fields = ("email", "organisation__name")
    exclude = ("token_hash",)


@admin.register(OutboxMail)
class OutboxMailAdmin(ReadOnly):
    list_display = ("subject", "to", "created_at")
    search_fields = ("subject", "to")
