"""What a score means, kept as it was delivered."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from assessments.models import Attempt, Score
from question_bank.models import Skill


class SkillReport(models.Model):
    """An immutable snapshot of a report. A rescore makes the next number, which supersedes this one."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="reports")
    score = models.OneToOneField(Score, on_delete=models.CASCADE, related_name="report")
    number = models.PositiveIntegerField()
    schema_version = models.PositiveSmallIntegerField()
    data = models.JSONField()
    integrity_tier = models.CharField(max_length=20, blank=True)
    """As the integrity section says it; here so that lists can show and filter it."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["attempt", "number"], name="report_number")]

    def __str__(self) -> str:
        return f"{self.attempt} report {self.number}"


class ReportFigure(models.Model):
    """One figure of a report with its uncertainty: of a skill, or overall (``skill`` null).

    Written with the snapshot and never changed. Everything that lists, sorts, compares or exports
    results reads these rows and nothing else.

    estimate, low, high: shares in [0, 1] with the interval at ``level``; null where nothing can be said.
    points, n: the raw count behind them. percentile: 0 to 100 with its interval; null with the reason in
    ``percentile_note``, which else names the group, its n and date.
    verdict: strength, gap or open of a skill; pass, borderline or below of a cut; empty where nothing is said.
    """

    report = models.ForeignKey(SkillReport, on_delete=models.CASCADE, related_name="figures")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, null=True, related_name="+")
    estimate = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    level = models.FloatField()
    points = models.FloatField()
    n = models.PositiveSmallIntegerField()
    provisional = models.BooleanField()
    method = models.CharField(max_length=120)
    verdict = models.CharField(max_length=12, blank=True)
    percentile = models.FloatField(null=True)
    percentile_low = models.FloatField(null=True)
    percentile_high = models.FloatField(null=True)
    percentile_note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report", "skill"], name="report_figure_once"),
            models.UniqueConstraint(
                fields=["report"], condition=models.Q(skill=None), name="report_figure_overall_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report}: {self.skill or 'overall'}"
