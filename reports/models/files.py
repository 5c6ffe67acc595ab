"""Files that a worker builds, and the record of figures that left the house."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.models import Organisation
from assessments.models import Assessment
from reports.models.report import SkillReport


class FileKind(models.TextChoices):
    """What a file holds. The slugs are stored."""

    COHORT_XLSX = "cohort_xlsx", "Results as a workbook"
    REPORT_PDF = "report_pdf", "Report as PDF"


class BuiltFile(models.Model):
    """A file that somebody asked for. The row is the order; a worker fills it, a sweep finds what was missed.

    ``terms`` hold what the builder needs to know. ``problem`` is said to people and ends the tries.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=FileKind.choices)
    report = models.ForeignKey(SkillReport, on_delete=models.CASCADE, null=True, related_name="files")
    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, null=True, related_name="+")
    terms = models.JSONField(default=dict)
    wanted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    wanted_at = models.DateTimeField(auto_now_add=True)
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(blank=True)
    name = models.CharField(max_length=200, blank=True)
    content = models.BinaryField(null=True)
    built_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["wanted_at"], condition=models.Q(built_at=None, problem=""), name="file_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.wanted_at:%Y-%m-%d}"


class ExportEvent(models.Model):
    """Who took which figures out of the product, and when (append-only)."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, null=True, related_name="+")
    format = models.CharField(max_length=10)
    people = models.PositiveIntegerField()
    terms = models.JSONField(default=dict)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["organisation", "assessment", "-id"])]

    def __str__(self) -> str:
        return f"{self.format} of {self.people} people"
