"""One sitting: the attempt, its form, the answers and what happened."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any, ClassVar

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Q

from assessments.models.offer import Assessment, AssessmentVersion, Candidate, DatabaseNow, Invitation
from assessments.states import MOVES, STATE_LABELS, LostRace, State
from question_bank.models import QuestionVersion, Skill

_TIMES = """
SELECT coalesce(sum(seconds), 0), clock_timestamp() FROM assessments_attemptextension WHERE attempt_id = %s
"""


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
    untimed = models.BooleanField(default=False, db_default=False)
    """Granted no time limits; as ``time_factor``, what held at the start."""
    rehearsal = models.BooleanField(default=False, db_default=False)
    """A practice run: never scored, in no list or report, deleted after a day (services.rehearsal)."""
    started_at = models.DateTimeField()
    closes_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=12, blank=True)
    receipt = models.CharField(max_length=64, blank=True)
    consented_at = models.DateTimeField()
    candidate_comment = models.TextField(blank=True)
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
            models.Index(fields=["submitted_at"], condition=Q(submitted_at__isnull=False), name="attempt_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.candidate}: {self.assessment}"

    @property
    def trial_count(self) -> int:
        """How many of the questions are on trial and never counted; which ones stays unsaid."""
        return self.question_count - self.version.question_count

    def deadline(self) -> Any:
        """The end in force, extensions included; None where untimed. One query."""
        return self.deadline_and_now()[0]

    def deadline_and_now(self) -> tuple[Any, Any]:
        """The end in force (None where untimed), and the time by the database's clock. One query."""
        with connection.cursor() as cursor:
            cursor.execute(_TIMES, [self.pk])
            extra, now = cursor.fetchone()
        return None if self.closes_at is None else self.closes_at + timedelta(seconds=extra), now

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
        with transaction.atomic(savepoint=False):
            moved = Attempt.objects.filter(pk=self.pk, state=since).update(state=to, **fields)
            if moved:
                AttemptEvent.objects.create(
                    attempt=self, kind="moved", data={"from": since.value, "to": to.value, **(data or {})}, actor=actor
                )
        if not moved:
            raise LostRace(f"attempt {self.pk} is no longer {since}")
        self.state = to
        for name, value in fields.items():
            setattr(self, name, value)
        if computed := [name for name, value in fields.items() if hasattr(value, "resolve_expression")]:
            values = Attempt.objects.filter(pk=self.pk).order_by().values_list(*computed).get()
            for name, value in zip(computed, values, strict=True):
                setattr(self, name, value)


class AttemptItem(models.Model):
    """One question on the form of one attempt."""

    # Found by the unique constraint below; an index of its own would be written with each start for nothing.
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="items", db_index=False)
    position = models.PositiveSmallIntegerField()
    section = models.PositiveSmallIntegerField()
    question_version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+", db_index=False)
    one_way = models.BooleanField(default=False)
    counted = models.BooleanField(default=True)
    flagged = models.BooleanField(default=False)
    closes_at = models.DateTimeField(null=True)
    """The end of this question or of its section, where they have a limit of their own; set when first shown."""
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

    @property
    def code(self) -> str:
        """A name for an answer that says nothing about whose it is."""
        return f"{self.seed(self.attempt) % 16**6:06X}"


def item_seed(attempt_seed: int, position: int) -> int:
    """The seed of option order and option tokens: another one for each attempt and question."""
    digest = blake2b(f"{attempt_seed}:{position}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


class Response(models.Model):
    """One saved answer. Append-only: the highest revision of an item is the answer; null means cleared."""

    # Found by the unique constraint below; an index of its own would be written with each save for nothing.
    item = models.ForeignKey(AttemptItem, on_delete=models.CASCADE, related_name="responses", db_index=False)
    revision = models.PositiveIntegerField()
    answer = models.JSONField(null=True)
    saved_at = models.DateTimeField()
    client_seconds = models.FloatField(null=True)
    late = models.BooleanField(db_default=False)
    """Handed in by file after the end."""

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["item", "revision"], name="response_revision")]

    def __str__(self) -> str:
        return f"{self.item} r{self.revision}"


class AttemptEvent(models.Model):
    """What happened in an attempt (append-only)."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="events", db_index=False)
    kind = models.CharField(max_length=20)
    data = models.JSONField(default=dict)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["attempt", "kind"]),
            models.Index(fields=["at"], condition=Q(kind="save_failed"), name="event_save_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt}: {self.kind}"


class ProblemReport(models.Model):
    """A candidate's note that something is wrong with a question, and what became of it."""

    item = models.ForeignKey(AttemptItem, on_delete=models.CASCADE, related_name="problem_reports")
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    resolution = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["created_at"], condition=Q(resolved_at=None), name="problem_open")]

    def __str__(self) -> str:
        return f"{self.item}: {self.text[:40]}"
