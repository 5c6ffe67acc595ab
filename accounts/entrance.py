"""The forms of signing up, signing in and changing a password, in Plumbline's words.

They live apart from accounts/forms.py because allauth reads that module while it builds the bases used here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account import forms as library
from django import forms
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import MinimumLengthValidator, get_default_password_validators
from django.http import HttpRequest

if TYPE_CHECKING:
    _Base = forms.Form
else:
    _Base = object

AGAIN = "The same password again"
LABELS = {
    "login": "E-mail address",
    "email": "E-mail address",
    "password": "Password",
    "remember": "Stay signed in on this device",
}


def password_hint() -> str:
    """The one rule to know beforehand; the others are told when a password breaks them."""
    lengths = [
        rule.min_length for rule in get_default_password_validators() if isinstance(rule, MinimumLengthValidator)
    ]
    return f"At least {max(lengths)} characters" if lengths else ""


class OwnWords(_Base):
    """Labels from one table and no placeholders, which would repeat the label."""

    labels: dict[str, str] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in {**LABELS, **self.labels}.items():
            if name in self.fields:
                self.fields[name].label = label
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        if "password1" in self.fields:
            self.fields["password1"].help_text = password_hint()

    def add_error(self, field: str | None, error: Any) -> None:
        """Says in our words that the two passwords differ; the library has no other hook for this sentence."""
        if field == "password2" and "password2" in self.cleaned_data:
            error = "The two passwords are not the same. Type both again."
        super().add_error(field, error)


class LoginForm(OwnWords, library.LoginForm):
    pass


class SignupForm(OwnWords, library.SignupForm):
    labels = {"password1": "Password", "password2": AGAIN}

    def try_save(self, request: HttpRequest) -> Any:
        if self.account_already_exists:
            # A new account costs one hash. Without the same work here, the time of the answer would tell who has one.
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class AddEmailForm(OwnWords, library.AddEmailForm):
    pass


class ChangePasswordForm(OwnWords, library.ChangePasswordForm):
    labels = {
        "oldpassword": "Current password",
        "password1": "New password",
        "password2": "The same new password again",
    }


class SetPasswordForm(OwnWords, library.SetPasswordForm):
    labels = {"password1": "Password", "password2": AGAIN}


class ResetPasswordForm(OwnWords, library.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(OwnWords, library.ResetPasswordKeyForm):
    labels = {"password1": "New password", "password2": "The same new password again"}


class ReauthenticateForm(OwnWords, library.ReauthenticateForm):
    pass
