"""A panel that sets a pass mark: what it rates, and what each judge said."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from assessments.models.offer import Assessment
from question_bank.models import QuestionVersion


class CutPanel(models.Model):
    """Judges rate one drawn form of an assessment in up to two rounds; closing it sets the draft's pass mark.

    ``cut``, ``error``: share of the points in [0, 1] and its standard error, null until closed; ``judges`` counts
    those whose ratings were complete.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="panels")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)
    round = models.PositiveSmallIntegerField(default=1)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    cut = models.FloatField(null=True)
    error = models.FloatField(null=True)
    judges = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment"], condition=Q(closed_at=None), name="panel_open_once"),
        ]

    def __str__(self) -> str:
        return f"{self.assessment}: panel of {self.opened_at:%Y-%m-%d}"


class PanelQuestion(models.Model):
    """One question of the form that the panel rates."""

    panel = models.ForeignKey(CutPanel, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField()
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["panel", "position"], name="panel_position_once")]

    def __str__(self) -> str:
        return f"{self.panel}, question {self.position}"


class PanelRating(models.Model):
    """What a judge said of a question in a round (append-only; the newest counts). ``share`` in [0, 1]."""

    question = models.ForeignKey(PanelQuestion, on_delete=models.CASCADE, related_name="ratings")
    judge = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    round = models.PositiveSmallIntegerField()
    share = models.FloatField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(share__gte=0, share__lte=1), name="panel_rating_is_a_share"),
        ]
        indexes: ClassVar = [models.Index(fields=["question", "judge", "round", "-id"])]

    def __str__(self) -> str:
        return f"{self.question}: {self.share:.0%}"
