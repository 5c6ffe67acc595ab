"""What a score means, kept as it was delivered."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from assessments.models import Attempt, Score


class SkillReport(models.Model):
    """An immutable snapshot of a report. A rescore makes the next number, which supersedes this one."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="reports")
    score = models.OneToOneField(Score, on_delete=models.CASCADE, related_name="report")
    number = models.PositiveIntegerField()
    schema_version = models.PositiveSmallIntegerField()
    data = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["attempt", "number"], name="report_number")]

    def __str__(self) -> str:
        return f"{self.attempt} report {self.number}"
