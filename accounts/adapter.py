"""What Plumbline decides for django-allauth."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest
from django.urls import reverse

# In a confirmation link: the page that the person came from. It is not the library's own "next", because somebody
# who is not signed in yet goes to that page by way of signing in.
BACK_TO = "to"


class AccountAdapter(DefaultAccountAdapter):
    """Takes over the name from the sign-up form and keeps links in mails on the site's own address."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "This account is switched off.",
        "cannot_remove_primary_email": "You sign in with this e-mail address, so it cannot be removed.",
        "duplicate_email": "This e-mail address is already on your list.",
        "email_password_mismatch": "The e-mail address and the password do not match. Check both and try again.",
        "email_taken": "Another account has this e-mail address.",
        "enter_current_password": "This is not your current password.",
        "incorrect_code": "This code is not right.",
        "incorrect_password": "This is not your password.",
        "invalid_login": "Signing in did not work. Try again.",
        "invalid_or_expired_key": "This link is too old or not complete.",
        "invalid_password_reset": "This link is too old or was used already.",
        "max_email_addresses": "You can have at most %d e-mail addresses.",
        "rate_limited": "That was too often. Wait a few minutes and try again.",
        "same_as_current": "This is what it is already. Enter something else.",
        "too_many_login_attempts": "There were too many attempts to sign in. Wait a few minutes and try again.",
        "unknown_email": "No account has this e-mail address.",
        "unverified_primary_email": "Confirm the e-mail address first.",
    }
    reauthentication_words = {
        "reauthenticate": "Use your password",
        "mfa_reauthenticate": "Use a code from the app, or a recovery code",
        "mfa_reauthenticate:webauthn": "Use a passkey or security key",
    }

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        user.name = form.cleaned_data.get("name", "")
        return super().save_user(request, user, form, commit)

    def get_reset_password_from_key_url(self, key: str) -> str:
        return _on_this_site(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        url = _on_this_site(super().get_email_confirmation_url(request, emailconfirmation))
        back_to = get_next_redirect_url(request)
        return f"{url}?{urlencode({BACK_TO: back_to}, safe='/')}" if back_to else url

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        back_to = self.request.GET.get(BACK_TO, "")
        if not back_to or not self.is_safe_url(back_to):
            return str(super().get_email_verification_redirect_url(email_address))
        if self.request.user.is_authenticated:
            return str(back_to)
        return reverse("account_login", query={"next": back_to})

    def send_account_already_exists_mail(self, email: str) -> None:
        links = {name: settings.SITE_URL + reverse(f"account_{name}") for name in ("login", "reset_password")}
        self.send_mail("account/email/account_already_exists", email, links)

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict[str, Any]]:
        methods = super().get_reauthentication_methods(user)
        return [
            {**one, "description": self.reauthentication_words.get(one["id"], one["description"])} for one in methods
        ]


def _on_this_site(url: str) -> str:
    """A link with a secret in it never goes where the Host header of a request says."""
    return settings.SITE_URL + urlsplit(url).path
