"""What came of a sitting: scores, append-only."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from assessments.models.sitting import Attempt, AttemptItem, Response
from question_bank.models import Skill


class Score(models.Model):
    """One scoring of an attempt (append-only): a rescore is the next number, with a reason."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="scores")
    number = models.PositiveIntegerField()
    rule = models.CharField(max_length=40)
    rule_version = models.PositiveSmallIntegerField()
    points = models.FloatField()
    n = models.PositiveSmallIntegerField()
    value = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    level = models.FloatField()
    reason = models.TextField(default="first scoring")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["attempt", "number"], name="score_number")]

    def __str__(self) -> str:
        return f"{self.attempt} score {self.number}"


class SkillScore(models.Model):
    """One skill of a score: points of n questions, and the share with its interval."""

    score = models.ForeignKey(Score, on_delete=models.CASCADE, related_name="skills")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+")
    points = models.FloatField()
    n = models.PositiveSmallIntegerField()
    value = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["score", "skill"], name="skill_score_once")]

    def __str__(self) -> str:
        return f"{self.score}: {self.skill}"


class Outcome(models.TextChoices):
    """What became of a question; skipped means seen without an answer, not reached means never seen."""

    RIGHT = "right", "Right"
    PARTLY = "partly", "Partly right"
    WRONG = "wrong", "Wrong"
    SKIPPED = "skipped", "Skipped"
    NOT_REACHED = "not_reached", "Not reached"


class ItemMark(models.Model):
    """One question of a score. ``mark`` 0..1, null while a person has to mark it; ``seconds`` the time on it.

    ``dropped``: left out of this score by a regrade.
    """

    score = models.ForeignKey(Score, on_delete=models.CASCADE, related_name="marks", db_index=False)
    item = models.ForeignKey(AttemptItem, on_delete=models.CASCADE, related_name="marks")
    response = models.ForeignKey(Response, on_delete=models.SET_NULL, null=True, related_name="+")
    mark = models.FloatField(null=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    seconds = models.FloatField(null=True)
    dropped = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["score", "item"], name="item_mark_once")]

    def __str__(self) -> str:
        return f"{self.item}: {self.mark}"

    @property
    def counted(self) -> bool:
        """Does it enter the score? Questions on trial and dropped ones do not."""
        return self.item.counted and not self.dropped
