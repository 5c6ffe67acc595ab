"""Mail that is kept instead of sent."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class OutboxBackend(BaseEmailBackend):
    """Stores each mail in the database; staff read it on the outbox page."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        from accounts.models import OutboxMail

        OutboxMail.objects.bulk_create(
            OutboxMail(
                to=", ".join(message.recipients()),
                sender=message.from_email,
                subject=str(message.subject),
                body=str(message.body),
            )
            for message in email_messages
        )
        return len(email_messages)
