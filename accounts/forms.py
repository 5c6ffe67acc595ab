"""Forms of accounts and teams."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from accounts.roles import ROLE_LABELS, Role


class SignupForm(forms.Form):
    """What sign-up asks beside e-mail and password."""

    name = forms.CharField(label="Your name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    field_order = ("name", "email", "password1", "password2")

    def signup(self, request: HttpRequest, user: Any) -> None:
        """Called by allauth once the user exists; the adapter has already stored the name."""


class OrganisationForm(forms.Form):
    name = forms.CharField(
        label="Name of your team or company", max_length=120, help_text="Candidates see it in their invitations."
    )


class ColleagueForm(forms.Form):
    email = forms.EmailField(label="E-mail address")
    role = forms.ChoiceField(
        label="Role",
        choices=[(role.value, label) for role, label in ROLE_LABELS.items()],
        initial=Role.RECRUITER.value,
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(label="Role", choices=[(role.value, label) for role, label in ROLE_LABELS.items()])

    @property
    def role_label(self) -> str:
        """The picked role in words, once the form is valid."""
        return ROLE_LABELS[Role(self.cleaned_data["role"])]
