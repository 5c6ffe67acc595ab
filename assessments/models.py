"""Asking, answering, scoring: assessments, invitations, attempts, answers, scores."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Func, Q

from accounts.models import Organisation
from assessments.definition import Definition
from assessments.states import MOVES, STATE_LABELS, LostRace, State
from question_bank.models import JobRole, QuestionVersion, Skill


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
        """The definition, parsed once per instance."""
        if not hasattr(self, "_definition"):
            self._definition = Definition.model_validate(self.definition)
        return self._definition


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
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "email"], name="candidate_once_per_organisation"),
            models.UniqueConstraint(fields=["user"], condition=Q(organisation=None), name="candidate_self_once"),
        ]

    def __str__(self) -> str:
        return self.name or self.email


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
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    mail_wanted_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    mail_problem = models.TextField(blank=True)
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


class Attempt(models.Model):
    """One sitting. Pins the assessment version, the seed and, in its items, the question versions.

    ``closes_at`` is the deadline promised at the start (None: untimed); extensions are rows. The
    deadline in force is `deadline()` or, in SQL, `with_deadline()`.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="attempts")
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="attempts")
    version = models.ForeignKey(AssessmentVersion, on_delete=models.PROTECT, related_name="attempts")
    invitation = models.ForeignKey(Invitation, on_delete=models.PROTECT, null=True, blank=True, related_name="attempts")
    state = models.CharField(max_length=12, choices=STATE_LABELS, default=State.IN_PROGRESS)
    seed = models.BigIntegerField()
    question_count = models.PositiveSmallIntegerField()
    time_factor = models.DecimalField(max_digits=4, decimal_places=2, default=Decimal(1))
    started_at = models.DateTimeField()
    closes_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=12, blank=True)
    receipt = models.CharField(max_length=64, blank=True)
    consented_at = models.DateTimeField()
    score = models.ForeignKey("Score", on_delete=models.SET_NULL, null=True, related_name="+", editable=False)
    """The newest score: a pointer that can be recomputed from `Score`."""

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["candidate", "assessment"], condition=Q(state="in_progress"), name="attempt_open_once"
            ),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in State]), name="attempt_state_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["closes_at"], condition=Q(state="in_progress"), name="attempt_running"),
            models.Index(fields=["submitted_at"], condition=Q(state="submitted"), name="attempt_waiting"),
            models.Index(fields=["invitation"]),
        ]

    def __str__(self) -> str:
        return f"{self.candidate}: {self.assessment}"

    def deadline(self) -> Any:
        """The end in force, extensions included; None where untimed. One query."""
        if self.closes_at is None:
            return None
        extra = self.extensions.aggregate(seconds=models.Sum("seconds"))["seconds"] or 0
        return self.closes_at + timedelta(seconds=extra)

    @transaction.atomic
    def move(
        self,
        to: State,
        *,
        since: State,
        actor: Any = None,
        data: dict[str, Any] | None = None,
        **fields: Any,
    ) -> None:
        """Change the state by one conditional update and leave an event, in one transaction.

        ``fields`` are further columns to set (values or expressions).

        Raises:
            ValueError: the move is not in the table.
            LostRace: the row is no longer in ``since``; nothing was changed.
        """
        if (since, to) not in MOVES:
            raise ValueError(f"no move from {since} to {to}")
        if not Attempt.objects.filter(pk=self.pk, state=since).update(state=to, **fields):
            raise LostRace(f"attempt {self.pk} is no longer {since}")
        AttemptEvent.objects.create(
            attempt=self, kind="moved", data={"from": since.value, "to": to.value, **(data or {})}, actor=actor
        )
        self.refresh_from_db(fields=["state", *fields])


class AttemptExtension(models.Model):
    """More time for one attempt, with a reason (append-only)."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="extensions")
    seconds = models.PositiveIntegerField()
    reason = models.TextField()
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.attempt}: +{self.seconds} s"


class AttemptItem(models.Model):
    """One question on the form of one attempt."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    section = models.PositiveSmallIntegerField()
    question_version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+")
    one_way = models.BooleanField(default=False)
    counted = models.BooleanField(default=True)
    flagged = models.BooleanField(default=False)
    left_at = models.DateTimeField(null=True)
    """When a one-way question was left for good."""

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["attempt", "position"], name="attempt_item_position"),
            models.UniqueConstraint(fields=["attempt", "question_version"], name="attempt_item_question_once"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt} question {self.position}"

    def seed(self, attempt: Attempt) -> int:
        return item_seed(attempt.seed, self.position)


def item_seed(attempt_seed: int, position: int) -> int:
    """The seed of option order and option tokens: another one for each attempt and question."""
    digest = blake2b(f"{attempt_seed}:{position}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


class Response(models.Model):
    """One saved answer. Append-only: the highest revision of an item is the answer; null means cleared."""

    item = models.ForeignKey(AttemptItem, on_delete=models.CASCADE, related_name="responses")
    revision = models.PositiveIntegerField()
    answer = models.JSONField(null=True)
    saved_at = models.DateTimeField()
    client_seconds = models.FloatField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["item", "revision"], name="response_revision")]

    def __str__(self) -> str:
        return f"{self.item} r{self.revision}"


class AttemptEvent(models.Model):
    """What happened in an attempt (append-only)."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20)
    data = models.JSONField(default=dict)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        indexes: ClassVar = [models.Index(fields=["attempt", "kind"])]

    def __str__(self) -> str:
        return f"{self.attempt}: {self.kind}"


class ProblemReport(models.Model):
    """A candidate's note that something is wrong with a question."""

    item = models.ForeignKey(AttemptItem, on_delete=models.CASCADE, related_name="problem_reports")
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.item}: {self.text[:40]}"


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
    """One question of a score. ``mark`` 0..1, null while a person has to mark it; ``seconds`` the time on it."""

    score = models.ForeignKey(Score, on_delete=models.CASCADE, related_name="marks")
    item = models.ForeignKey(AttemptItem, on_delete=models.CASCADE, related_name="marks")
    response = models.ForeignKey(Response, on_delete=models.SET_NULL, null=True, related_name="+")
    mark = models.FloatField(null=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    seconds = models.FloatField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["score", "item"], name="item_mark_once")]

    def __str__(self) -> str:
        return f"{self.item}: {self.mark}"
