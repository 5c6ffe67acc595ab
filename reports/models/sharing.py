"""Links to a report for people without an account. The token itself is never stored, only its hash."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from reports.models.report import SkillReport


class ShareKind(models.TextChoices):
    """Who shares what. The slugs are stored."""

    TEAM_FULL = "team_full", "The whole report"
    TEAM_REDACTED = "team_redacted", "Without name, questions, times and integrity"
    RESULT = "result", "The candidate's own result page"


class ShareLink(models.Model):
    """A link to one version of a report. ``expires_at`` null: until it is taken back."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    report = models.ForeignKey(SkillReport, on_delete=models.CASCADE, related_name="share_links")
    kind = models.CharField(max_length=20, choices=ShareKind.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    note = models.CharField(max_length=120, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.report}"


class ShareView(models.Model):
    """One time that somebody opened a link (append-only). Who it was is not known."""

    link = models.ForeignKey(ShareLink, on_delete=models.CASCADE, related_name="views")
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.link} at {self.at}"
