"""What disturbs a sitting and what is given back: outages, more time, answers handed in by file."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from assessments.models.offer import DatabaseNow
from assessments.models.sitting import Attempt


class ServiceBeat(models.Model):
    """The last sign of life of a kind of process. A gap between two signs is an `Outage`."""

    service = models.CharField(max_length=20, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.service


class OutageKind(models.TextChoices):
    """How the service noticed that it could not save answers."""

    WEB = "web", "The service was interrupted"
    SAVES = "saves", "The service could not save answers"
    PAGES = "pages", "Open pages could not reach the service"


class Outage(models.Model):
    """A span in which the service could not save answers, noticed by itself (append-only)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    service = models.CharField(max_length=20, choices=OutageKind.choices)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    noticed_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        ordering: ClassVar = ["-began_at"]

    def __str__(self) -> str:
        return f"{self.service} {self.began_at:%Y-%m-%d %H:%M:%S} ({self.seconds:.0f} s)"

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return (self.ended_at - self.began_at).total_seconds()


class ExtensionKind(models.TextChoices):
    """Why there is more time."""

    GRANTED = "granted", "Granted"
    OUTAGE = "outage", "Given back after an outage"
    PAUSE = "pause", "Pause"
    REOPENED = "reopened", "Reopened"


class AttemptExtension(models.Model):
    """More time for one attempt, with a reason (append-only). The candidate sees each of them."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="extensions")
    kind = models.CharField(max_length=10, choices=ExtensionKind.choices, default=ExtensionKind.GRANTED)
    seconds = models.PositiveIntegerField()
    reason = models.TextField()
    outage = models.ForeignKey(Outage, on_delete=models.PROTECT, null=True, related_name="credits")
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["attempt", "outage"], condition=Q(outage__isnull=False), name="extension_outage_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.attempt}: +{self.seconds} s"


class HandIn(models.Model):
    """A file of answers that a candidate saved when nothing got through, handed in by staff (append-only)."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="hand_ins")
    answers = models.JSONField()
    written_at = models.DateTimeField()
    taken_over = models.PositiveSmallIntegerField()
    note = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.attempt}: {self.taken_over} answers"
