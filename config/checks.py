"""System checks: settings that would be unsafe or would not work are refused with what to change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


@register()
def secret_key(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    if len(settings.SECRET_KEY) < 50 or len(set(settings.SECRET_KEY)) < 5:
        hint = "Set SECRET_KEY to at least 50 random characters, for example from: openssl rand -base64 48"
        return [Error("SECRET_KEY is missing or too short.", hint=hint, id="plumbline.E001")]
    return []


@register()
def database(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    if settings.DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
        hint = "Set DATABASE_URL to postgres://USER:PASSWORD@HOST:PORT/NAME."
        return [Error("Plumbline runs on PostgreSQL only.", hint=hint, id="plumbline.E002")]
    return []


@register()
def site_url(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    messages: list[CheckMessage] = []
    if not settings.SITE_URL.startswith(("http://", "https://")):
        hint = "Set SITE_URL to the address that people open, for example https://skills.example.org."
        messages.append(Error("SITE_URL is not a web address.", hint=hint, id="plumbline.E003"))
    elif not settings.HTTPS and not settings.DEMO and not any(h in settings.SITE_URL for h in ("localhost", "127.")):
        hint = "Serve the site by https and set SITE_URL accordingly; cookies are not marked secure without it."
        messages.append(Warning("SITE_URL is not https.", hint=hint, id="plumbline.W001"))
    return messages


@register(deploy=True)
def production_mail(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    if settings.EMAIL_BACKEND == "accounts.mail.OutboxBackend" and not settings.DEMO:
        hint = "Set EMAIL_BACKEND=django.core.mail.backends.smtp.EmailBackend and EMAIL_HOST."
        return [Warning("Mail is kept in the outbox page and reaches nobody.", hint=hint, id="plumbline.W002")]
    return []
