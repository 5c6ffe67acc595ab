"""What is offered to whom: assessments, candidates, invitations."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Func, Q

from accounts.models import Organisation
from assessments.definition import Definition
from question_bank.models import JobRole


class DatabaseNow(Func):
    """The database's clock at the moment of execution; web servers' clocks decide nothing."""

    function = "clock_timestamp"
    template = "%(function)s()"
    output_field = models.DateTimeField()


class Assessment(models.Model):
    """A test that can be offered. ``draft`` is edited; what is taken is the published version."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="assessments"
    )
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=120)
    summary = models.TextField(blank=True)
    role = models.ForeignKey(JobRole, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    group = models.CharField(max_length=40, default="own", help_text="Heading under which the library lists it.")
    position = models.PositiveSmallIntegerField(default=0)
    open_to_all = models.BooleanField(default=False, help_text="Anybody with an account may take it for themselves.")
    draft = models.JSONField()
    published = models.ForeignKey(
        "AssessmentVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["position", "title"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["slug"], condition=Q(organisation=None), name="library_assessment_slug"),
            models.UniqueConstraint(fields=["organisation", "slug"], name="assessment_slug"),
        ]

    def __str__(self) -> str:
        return self.title

    def draft_definition(self) -> Definition:
        """The draft as a checked definition. Raises pydantic.ValidationError where it is not one yet."""
        return Definition.model_validate(self.draft)

    @property
    def has_unpublished_changes(self) -> bool:
        return self.published is None or self.published.definition != self.draft


class AssessmentVersion(models.Model):
    """A published, immutable definition."""

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    question_count = models.PositiveSmallIntegerField()
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "number"], name="assessment_version_number")
        ]

    def __str__(self) -> str:
        return f"{self.assessment} v{self.number}"

    def loaded(self) -> Definition:
        """The definition, parsed once in each process: a version never changes."""
        if self.pk not in _definitions:
            parsed = Definition.model_validate(self.definition)
            if self._state.adding:
                return parsed
            _definitions[self.pk] = parsed
        return _definitions[self.pk]


_definitions: dict[int, Definition] = {}


ERASED_DOMAIN = "erased.invalid"
"""Of the address that stands for a person whose name was taken away."""


class Candidate(models.Model):
    """A person who takes assessments: of one organisation by e-mail address, or on their own by account."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="candidates"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="candidates"
    )
    email = models.EmailField()
    name = models.CharField(max_length=150, blank=True)
    time_factor = models.DecimalField(
        max_digits=4,
        decimal_places=2,
        default=Decimal(1),
        help_text="Standing accommodation of this person; the larger of this and the invitation's holds.",
        validators=[MinValueValidator(Decimal(1)), MaxValueValidator(Decimal(10))],
    )
    untimed = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "email"], name="candidate_once_per_organisation"),
            models.UniqueConstraint(fields=["user"], condition=Q(organisation=None), name="candidate_self_once"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def erased(self) -> bool:
        return self.email.endswith(f"@{ERASED_DOMAIN}")


class Invitation(models.Model):
    """An offer to one person to take one assessment. The link's token is never stored, only its hash."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="invitations")
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="invitations")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True)
    token_nonce = models.PositiveIntegerField(default=0)
    message = models.TextField(blank=True)
    opens_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    time_factor = models.DecimalField(
        max_digits=4,
        decimal_places=2,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal(1)), MaxValueValidator(Decimal(10))],
    )
    untimed = models.BooleanField(default=False)
    pause_minutes = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(240)])
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    mail_wanted_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    mail_problem = models.TextField(blank=True)
    mail_tries = models.PositiveSmallIntegerField(default=0)
    mail_next_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(time_factor__gte=1) & Q(time_factor__lte=10), name="invitation_time_factor_range"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-id"]),
            models.Index(fields=["candidate", "assessment"]),
            models.Index(fields=["mail_wanted_at"], condition=Q(mailed_at=None), name="invitation_mail_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.candidate} to {self.assessment}"
