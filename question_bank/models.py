"""What can be asked: skills, job roles, questions and their versions."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Replace

from accounts.models import Organisation
from question_bank.states import STATUS_LABELS, Status
from question_bank.types import TYPES
from question_bank.types.base import QuestionType

# What `question_bank.search` looks for. The indexes below hold exactly these expressions.
NAME_WORDS = SearchVector(Replace("external_id", Value("-"), Value(" ")), config="simple")
STEM_WORDS = SearchVector("stem", config="simple")

DIFFICULTIES = ((1, "Foundation"), (2, "Working"), (3, "Advanced"))


class Domain(models.Model):
    """The first level of the skill tree."""

    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return self.title


class Skill(models.Model):
    """What a report speaks about. The slug is permanent; title and words may change."""

    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="skills")
    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    measures = models.TextField()
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["domain__position", "position"]

    def __str__(self) -> str:
        return self.title


class Topic(models.Model):
    """The third level: what the questions of a skill must cover."""

    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="topics")
    title = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["skill", "position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["skill", "title"], name="topic_once")]

    def __str__(self) -> str:
        return self.title


class JobRole(models.Model):
    """A job and how much each skill matters in it (`RoleWeight`)."""

    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    does = models.TextField()
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return self.title


class RoleWeight(models.Model):
    """3 = central to the role, 2 = regular, 1 = useful."""

    role = models.ForeignKey(JobRole, on_delete=models.CASCADE, related_name="weights")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="role_weights")
    weight = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(3)])

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["role", "skill"], name="role_weight_once")]

    def __str__(self) -> str:
        return f"{self.role}: {self.skill} {self.weight}"


class Resource(models.Model):
    """A book, course or documentation that exists and may be recommended for some skills."""

    title = models.CharField(max_length=200)
    by = models.CharField("by whom", max_length=200)
    kind = models.CharField(max_length=40)
    why = models.TextField(blank=True)
    skills = models.ManyToManyField(Skill, related_name="resources")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["title", "by"], name="resource_once")]

    def __str__(self) -> str:
        return self.title


class Question(models.Model):
    """The stable identity of a question. What is asked stands in its versions; ``current`` is the one drawn."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="questions",
        help_text="Empty: part of the shipped library, for everybody.",
    )
    external_id = models.SlugField(max_length=100, help_text="Stable name of the question, used by files.")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="questions")
    status = models.CharField(max_length=12, choices=STATUS_LABELS, default=Status.DRAFT)
    current = models.ForeignKey(
        "QuestionVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    lint_allow = models.JSONField(default=dict, editable=False)
    """Findings of the linter that somebody accepted: rule to reason."""
    linted_at = models.DateTimeField(null=True, editable=False)
    """When `LintFinding` was last written for it; older than ``updated_at``: it is to be written again."""
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["external_id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["external_id"], condition=Q(organisation=None), name="library_question_external_id"
            ),
            models.UniqueConstraint(fields=["organisation", "external_id"], name="question_external_id"),
            models.CheckConstraint(
                condition=Q(current__isnull=False) | ~Q(status__in=[Status.LIVE, Status.PILOT]),
                name="question_drawn_has_version",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["skill", "status"]),
            models.Index(fields=["status"], condition=~Q(status="live"), name="question_not_live"),
            GinIndex(NAME_WORDS, name="question_name_words"),
        ]

    def __str__(self) -> str:
        return self.external_id


class QuestionVersion(models.Model):
    """One wording of a question. Rows are never changed; an edit is a new row with the next number."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    type = models.CharField(max_length=40)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    difficulty = models.PositiveSmallIntegerField(choices=DIFFICULTIES)
    expected_seconds = models.PositiveIntegerField()
    case = models.SlugField(
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text="Questions with the same one are drawn together.",
    )
    stimulus = models.TextField(blank=True, default="", db_default="")
    """What the questions of a case share, in Markdown. Each version holds it, so that it is pinned like the stem."""
    stem = models.TextField()
    payload = models.JSONField()
    explanation = models.TextField(blank=True)
    references = models.JSONField(default=list)
    interview_follow_up = models.TextField(blank=True)
    author_name = models.CharField(max_length=200)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    checked_on = models.DateField(null=True, blank=True)
    from_file = models.BooleanField(default=False, editable=False)
    content_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["question", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["question", "number"], name="question_version_number"),
            models.CheckConstraint(condition=Q(difficulty__in=[1, 2, 3]), name="question_version_difficulty"),
        ]
        indexes: ClassVar = [GinIndex(STEM_WORDS, name="question_stem_words")]

    def __str__(self) -> str:
        return f"{self.question} v{self.number}"

    @property
    def question_type(self) -> QuestionType[Any]:
        """The registered type that presents and marks this version."""
        return TYPES[self.type]

    def loaded_payload(self) -> Any:
        """The payload as its type's model, parsed once per instance."""
        if not hasattr(self, "_payload"):
            self._payload = self.question_type.load(self.payload)
        return self._payload

    def asked(self, seed: int) -> Any:
        """The payload as the attempt's item with this seed gets it, with its drawn numbers."""
        return self.question_type.asked(self.loaded_payload(), seed)


class QuestionEvent(models.Model):
    """What happened to a question, by whom and why (append-only)."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=40)
    note = models.TextField(blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.question}: {self.kind}"


class ReviewComment(models.Model):
    """What somebody says about a version while it is looked at (append-only)."""

    version = models.ForeignKey(QuestionVersion, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.version}: {self.text[:40]}"


class Recheck(models.Model):
    """The facts of a drawn version are due for another look. At most one is open per question.

    ``outcome``: ``confirmed`` (somebody looked, all still holds), ``renewed`` (another version is drawn) or
    ``left`` (the question is not drawn any more); empty while it is open.
    """

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="rechecks")
    version = models.ForeignKey(QuestionVersion, on_delete=models.CASCADE, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    outcome = models.CharField(max_length=12, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["question"], condition=Q(closed_at=None), name="recheck_open_once")
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.outcome or 'due'}"


class LintFinding(models.Model):
    """What the linter says of what is drawn (of drafts: of the newest text). Written anew by `services.lint`.

    ``question`` null: about a whole skill; ``skill`` null, too: about all questions of the owner.
    ``balance``: found by comparing questions.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, related_name="+")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, null=True, related_name="findings")
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, null=True, related_name="+")
    rule = models.CharField(max_length=40)
    severity = models.CharField(max_length=10)
    field = models.CharField(max_length=100)
    message = models.TextField()
    balance = models.BooleanField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "severity"])]

    def __str__(self) -> str:
        return f"{self.severity}: {self.message}"


class QuestionImport(models.Model):
    """A file of questions on its way into the bank: planned by a worker, confirmed by a person, loaded by a worker.

    ``plan``: the rows of `services.plan.Plan` and what belongs to no question. ``done`` of ``total`` questions are
    loaded; both move in the transaction that loads them.
    """

    WAITING, PLANNED, RUNNING, DONE, FAILED, DROPPED = "waiting", "planned", "running", "done", "failed", "dropped"
    STATES = (
        (WAITING, "Being read"),
        (PLANNED, "Waits for you"),
        (RUNNING, "Being loaded"),
        (DONE, "Loaded"),
        (FAILED, "Not possible"),
        (DROPPED, "Dropped"),
    )

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField("file", max_length=200)
    format = models.CharField(max_length=20, blank=True)
    defaults = models.JSONField(default=dict)
    data = models.BinaryField()
    state = models.CharField(max_length=10, choices=STATES, default=WAITING)
    plan = models.JSONField(default=dict)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "file"
        verbose_name_plural = "files"
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["state"], condition=Q(state__in=["waiting", "running"]), name="import_at_work")
        ]

    def __str__(self) -> str:
        return self.name


class QuestionImage(models.Model):
    """A picture that stems refer to as ``![text](image:NAME)``; stored in the database, served by its hash."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    name = models.SlugField(max_length=100)
    sha256 = models.CharField(max_length=64, db_index=True)
    content_type = models.CharField(max_length=40)
    data = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name"], condition=Q(organisation=None), name="library_image_name"),
            models.UniqueConstraint(fields=["organisation", "name"], name="image_name"),
        ]

    def __str__(self) -> str:
        return self.name
