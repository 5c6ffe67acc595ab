"""What is known of the questions as items: calibrations and the parameters that each of them holds."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from question_bank.models import QuestionVersion, Skill


class Calibration(models.Model):
    """One estimation of item parameters from answers (append-only); its number is the version that figures carry.

    Started by hand or by the nightly task; a row without ``finished_at`` is running, or was left by a worker that
    died and is taken up again. ``done`` of ``total`` skills tells the progress. Reports that were delivered keep the
    calibration that they name.
    """

    number = models.PositiveIntegerField(unique=True)
    reason = models.CharField(max_length=200)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True)
    failed = models.TextField(blank=True)
    newest_score = models.PositiveBigIntegerField(default=0)
    """Primary key of the newest score that was read: what came later belongs to the next calibration."""
    persons = models.PositiveIntegerField(default=0)
    answers = models.PositiveIntegerField(default=0)
    done = models.PositiveSmallIntegerField(default=0)
    total = models.PositiveSmallIntegerField(default=0)
    correlation = models.JSONField(default=dict)
    """``{"skills": [slug, ...], "matrix": [[...]]}``, or empty: the assumed correlation."""
    method = models.CharField(max_length=60)

    class Meta:
        ordering: ClassVar = ["-number"]

    def __str__(self) -> str:
        return f"calibration {self.number}"

    @property
    def name(self) -> str:
        """As figures name it."""
        return f"calibration {self.number}"


class ItemParameters(models.Model):
    """What one calibration knows of one question version: a normal distribution over (log slope, difficulty).

    Without answers there is no row: the prior of the question's difficulty band holds. ``steps``: offsets of partial
    credit, empty for right or wrong. Fit as mean squares with 1 as the expected value; null with few answers.
    """

    calibration = models.ForeignKey(Calibration, on_delete=models.CASCADE, related_name="items")
    version = models.ForeignKey(QuestionVersion, on_delete=models.CASCADE, related_name="calibrated")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+")
    log_slope = models.FloatField()
    difficulty = models.FloatField()
    log_slope_sd = models.FloatField()
    difficulty_sd = models.FloatField()
    correlation = models.FloatField()
    chance = models.FloatField()
    steps = models.JSONField(default=list)
    n = models.PositiveIntegerField()
    infit = models.FloatField(null=True)
    outfit = models.FloatField(null=True)
    infit_sd = models.FloatField(null=True)
    outfit_sd = models.FloatField(null=True)
    since_n = models.PositiveIntegerField(default=0)
    """Answers since the calibration before this one; the three below compare them with what that one expected."""
    observed = models.FloatField(null=True)
    expected = models.FloatField(null=True)
    shift_sd = models.FloatField(null=True)
    """Standard error of observed less expected mean mark; null with few answers, as the two others."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["calibration", "version"], name="item_parameters_once"),
        ]

    def __str__(self) -> str:
        return f"{self.calibration}: {self.version}"
