"""Corrections of a key after the fact, and what each of them changes."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Organisation
from assessments.models.scores import Score
from assessments.models.sitting import Attempt
from question_bank.models import QuestionVersion


class RegradeKind(models.TextChoices):
    """What is done to the answers that were given to one version of a question."""

    KEY = "key", "Mark by the key of another version"
    DROP = "drop", "Leave the question out"
    FULL = "full", "Give everybody the point"


class RegradeState(models.TextChoices):
    """PLANNING: a worker works out who changes. PLANNED: waits for a person. RUNNING: in force, scores follow."""

    PLANNING = "planning", "Working out who changes"
    PLANNED = "planned", "Waits for your decision"
    RUNNING = "running", "Being carried out"
    DONE = "done", "Carried out"
    DISCARDED = "discarded", "Discarded"


IN_FORCE = (RegradeState.RUNNING, RegradeState.DONE)


class Regrade(models.Model):
    """One correction: of answers to ``version``, for one organisation's candidates or (null) for everybody's.

    From RUNNING on every scoring follows it, also the first one of attempts that still run. The newest in force
    counts. ``read`` of ``total`` attempts tells how far planning is; ``changes`` how far carrying out is.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, related_name="regrades")
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="regrades")
    kind = models.CharField(max_length=8, choices=RegradeKind.choices)
    target = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, null=True, related_name="+")
    """The version whose key marks the answers; only with KEY."""
    reason = models.TextField()
    state = models.CharField(max_length=10, choices=RegradeState.choices, default=RegradeState.PLANNING)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField(default=0)
    read = models.PositiveIntegerField(default=0)
    last_attempt = models.PositiveBigIntegerField(default=0)
    """The attempts up to this primary key were read: where a worker goes on after a crash. Once more from the first
    when it is carried out, but then only what was scored since the dry run."""

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind="key", target__isnull=False) | (~Q(kind="key") & Q(target=None)),
                name="regrade_target_with_key",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["version"], condition=Q(state__in=["running", "done"]), name="regrade_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.version}"


class Verdict(models.TextChoices):
    """What a report says of the pass mark. Nothing where there is none, or while figures rest on assumptions."""

    PASS = "pass", "Pass"
    BORDERLINE = "borderline", "Borderline"
    BELOW = "below", "Below"


class RegradeChange(models.Model):
    """What a correction does to one attempt: points and counted questions before and after.

    ``score``: the new score once it is carried out. ``told_at``: when the candidate was told, where they are.
    """

    regrade = models.ForeignKey(Regrade, on_delete=models.CASCADE, related_name="changes")
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="+")
    points_before = models.FloatField()
    n_before = models.PositiveSmallIntegerField()
    points_after = models.FloatField()
    n_after = models.PositiveSmallIntegerField()
    crosses = models.CharField(max_length=5, blank=True)
    """``up`` or ``down`` where the share of points crosses the assessment's pass mark and the report says nothing."""
    verdict_before = models.CharField(max_length=10, choices=Verdict.choices, blank=True, default="", db_default="")
    verdict_after = models.CharField(max_length=10, choices=Verdict.choices, blank=True, default="", db_default="")
    """What the reports of both scores say of the pass mark, by the calibration of the day of the dry run."""
    score = models.ForeignKey(Score, on_delete=models.SET_NULL, null=True, related_name="+")
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["regrade", "attempt"], name="regrade_change_once")]

    def __str__(self) -> str:
        return f"{self.attempt}: {self.points_before:g} to {self.points_after:g}"

    @property
    def share_before(self) -> float | None:
        return self.points_before / self.n_before if self.n_before else None

    @property
    def share_after(self) -> float | None:
        return self.points_after / self.n_after if self.n_after else None
