"""What the hiring team makes of a person: stage, tags, notes and a decision with its reason.

People decide; nothing here is ever written by a rule.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import Organisation
from assessments.models import Invitation


class HiringStage(models.Model):
    """A step of an organisation's own way to a decision. Without rows the defaults of `reports.hiring` hold."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="hiring_stages")
    slug = models.SlugField(max_length=40)
    title = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["organisation", "slug"], name="hiring_stage_slug")]

    def __str__(self) -> str:
        return self.title


class Decision(models.TextChoices):
    """What a person of the team has decided. The slugs are stored."""

    NONE = "", "No decision yet"
    GO_ON = "go_on", "Go on with"
    HOLD = "hold", "Keep in view"
    DECLINE = "decline", "Decline"


class Candidacy(models.Model):
    """Where an invited person stands with the team: the newest of each, for lists. The events are the record."""

    invitation = models.OneToOneField(Invitation, on_delete=models.CASCADE, related_name="candidacy")
    stage = models.SlugField(max_length=40, blank=True)
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True)
    tags = ArrayField(models.CharField(max_length=30), default=list)

    def __str__(self) -> str:
        return f"{self.invitation}: {self.stage or 'new'}"


class CandidacyEvent(models.Model):
    """A note, a move, tags or a decision, with who and when (append-only). ``text`` is the note or the reason."""

    class Kind(models.TextChoices):
        NOTE = "note", "Note"
        STAGE = "stage", "Stage"
        TAGS = "tags", "Tags"
        DECISION = "decision", "Decision"

    candidacy = models.ForeignKey(Candidacy, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = models.CharField(max_length=400, blank=True)
    text = models.TextField(blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.candidacy}"
