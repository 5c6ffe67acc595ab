"""What Plumbline decides for passkeys, authenticator apps and recovery codes."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django.contrib.auth.models import AbstractBaseUser


class SecondStepAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "add_email_blocked": "This account has a second step, so no e-mail address can be added.",
        "cannot_delete_authenticator": "The second step cannot be switched off.",
        "cannot_generate_recovery_codes": "Set up a passkey or the authenticator app first.",
        "incorrect_code": "This code is not right. Wait for the next one and enter that.",
        "unverified_email": "Confirm all your e-mail addresses first, or remove those that are not confirmed.",
    }

    def get_totp_issuer(self) -> str:
        """The name that an authenticator app shows."""
        return "Plumbline"

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        others = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Passkey {others + 1}" if others else "Passkey on this device"


class AddPasskeyForm(AddWebAuthnForm):
    """Asks for a passkey that can sign in by itself, unless the person unticks that."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = "Name"
        alone = self.fields["passwordless"]
        alone.label = "Sign in with it alone, without the password"
        alone.help_text = (
            "The device then asks for your fingerprint, your face or a PIN. Untick this for a second step."
        )
        alone.initial = True
