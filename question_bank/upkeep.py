"""What waits for people who keep the bank: reviews, facts to check again, notes of candidates; health per skill."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, DateTimeField, F, Max, OuterRef, Q, QuerySet, Subquery
from django.dispatch import Signal

from accounts.models import User
from question_bank.access import visible_to
from question_bank.linting.balance import MIX
from question_bank.models import (
    Domain,
    LintFinding,
    Question,
    QuestionEvent,
    QuestionVersion,
    Recheck,
    ReviewComment,
    Skill,
)
from question_bank.states import NEEDS_RELEASE, Status

LISTED = 50
"""Rows of one kind on the page of the queue; the count says how many there are."""

notes_wanted = Signal()
"""Asks upper rooms what candidates reported and nobody has answered yet. Sent with ``user`` and ``question`` (None:
all); a receiver returns `Notes`."""


@dataclass(frozen=True, slots=True)
class Note:
    """One open report: what was said, when, about which question, and the page that answers it."""

    question: str
    text: str
    at: datetime
    address: str


@dataclass(frozen=True, slots=True)
class Notes:
    """Open reports: how many per skill (by its primary key), and the newest `LISTED`."""

    by_skill: dict[int, int] = field(default_factory=dict)
    newest: list[Note] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(self.by_skill.values())


def open_notes(user: User, question: Question | None = None) -> Notes:
    """What the upper rooms know of; nothing where none is connected."""
    sent: Any = notes_wanted.send(sender=Question, user=user, question=question)
    replies: list[Notes] = [reply for _, reply in sent]
    by_skill: Counter[int] = Counter()
    for reply in replies:
        by_skill.update(reply.by_skill)
    return Notes(dict(by_skill), [note for reply in replies for note in reply.newest][:LISTED])


@dataclass(frozen=True, slots=True)
class Waiting:
    """A version that waits for somebody's look. ``own``: written by the reader, who cannot release it."""

    question: Question
    version: QuestionVersion
    since: datetime
    comments: int
    errors: int
    own: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """Everything on the page of the queue."""

    waiting: list[Waiting]
    waiting_count: int
    rechecks: list[Recheck]
    recheck_count: int
    pilots: int
    notes: Notes


def waiting_for_review(user: User) -> QuerySet[Question]:
    """Questions in review, and drawn ones with a newer version that nobody has released."""
    newest = QuestionVersion.objects.filter(question=OuterRef("pk")).order_by("-number").values("pk")[:1]
    return (
        visible_to(user)
        .exclude(status__in=[Status.DRAFT, Status.RETIRED])
        .annotate(newest_id=Subquery(newest))
        .filter(Q(status=Status.IN_REVIEW) | Q(status__in=NEEDS_RELEASE) & ~Q(newest_id=F("current")))
    )


def queue(user: User) -> Queue:
    """What waits for this person, the longest waiting first. A fixed number of queries."""
    asked = QuestionEvent.objects.filter(question=OuterRef("pk")).order_by("-id").values("created_at")[:1]
    questions = waiting_for_review(user).annotate(since=Subquery(asked, output_field=DateTimeField()))
    listed = list(questions.select_related("skill", "organisation", "current").order_by("since", "pk")[:LISTED])
    newest = [question.newest_id for question in listed]  # type: ignore[attr-defined]
    versions = QuestionVersion.objects.select_related("author").in_bulk(newest)
    comments = Counter(
        dict(ReviewComment.objects.filter(version__in=newest).values_list("version").annotate(Count("pk")).order_by())
    )
    errors = Counter(
        dict(
            LintFinding.objects.filter(question__in=listed, severity="error")
            .values_list("question")
            .annotate(Count("pk"))
            .order_by()
        )
    )
    waiting = []
    for question in listed:
        version = versions[question.newest_id]  # type: ignore[attr-defined]
        since = question.since or version.created_at
        own = version.author_id == user.pk
        waiting.append(Waiting(question, version, since, comments[version.pk], errors[question.pk], own))
    rechecks = Recheck.objects.filter(closed_at=None, question__in=visible_to(user))
    return Queue(
        waiting=waiting,
        waiting_count=waiting_for_review(user).count(),
        rechecks=list(rechecks.select_related("question__skill", "version").order_by("version__checked_on")[:LISTED]),
        recheck_count=rechecks.count(),
        pilots=visible_to(user).filter(status=Status.PILOT).count(),
        notes=open_notes(user),
    )


@dataclass(frozen=True, slots=True)
class Health:
    """One skill. ``mix``: live questions by difficulty. ``off``: the mix is more than 10 points from the wanted one."""

    skill: Skill
    live: int
    pilot: int
    others: int
    mix: list[int]
    off: bool
    topics: int
    covered: int
    errors: int
    warnings: int
    due: int
    notes: int


@dataclass(frozen=True, slots=True)
class BankHealth:
    """Rows by domain, the findings about skills and the whole bank, and when the linter last looked."""

    domains: list[tuple[Domain, list[Health]]]
    findings: list[LintFinding]
    looked_at: datetime | None
    totals: dict[str, int]


def health(user: User, organisation_id: int | None) -> BankHealth:
    """The bank of one owner (None: the library). A fixed number of queries, whatever its size."""
    own = Question.objects.filter(organisation=organisation_id)
    counts: Counter[tuple[int, str]] = Counter()
    bands: Counter[tuple[int, int | None]] = Counter()
    for skill_id, status, band, count in (
        own.order_by().values_list("skill", "status", "current__difficulty").annotate(Count("pk"))
    ):
        counts[skill_id, status] += count
        if status == Status.LIVE:
            bands[skill_id, band] += count
    live = own.filter(status=Status.LIVE).order_by()
    covered = dict(live.values_list("skill").annotate(Count("current__topic", distinct=True)))
    due = Counter(
        dict(
            Recheck.objects.filter(closed_at=None, question__organisation=organisation_id)
            .order_by()
            .values_list("question__skill")
            .annotate(Count("pk"))
        )
    )
    found: Counter[tuple[int | None, str]] = Counter()
    mine = LintFinding.objects.filter(organisation=organisation_id).order_by()
    for skill_id, severity, count in mine.values_list("skill", "severity").annotate(Count("pk")):
        found[skill_id, severity] = count
    notes = open_notes(user).by_skill
    domains: dict[Domain, list[Health]] = {}
    for skill in Skill.objects.select_related("domain").annotate(topic_count=Count("topics")):
        mix = [bands[skill.pk, band] for band in MIX]
        total = sum(mix)
        off = total > 0 and any(abs(n / total - share) > 0.1 for n, share in zip(mix, MIX.values(), strict=True))
        others = sum(n for (pk, status), n in counts.items() if pk == skill.pk and status not in NEEDS_RELEASE)
        row = Health(
            skill, total, counts[skill.pk, Status.PILOT], others, mix, off, skill.topic_count,
            covered.get(skill.pk, 0), found[skill.pk, "error"], found[skill.pk, "warning"], due[skill.pk],
            notes.get(skill.pk, 0),
        )  # fmt: skip
        domains.setdefault(skill.domain, []).append(row)
    wide = mine.filter(question=None).select_related("skill").order_by("severity", "skill__domain__position", "pk")
    return BankHealth(
        list(domains.items()), list(wide[:LISTED]), own.aggregate(at=Max("linted_at"))["at"], _totals(domains)
    )


def _totals(domains: dict[Domain, list[Health]]) -> dict[str, Any]:
    rows = [row for found in domains.values() for row in found]
    names = ("live", "pilot", "others", "topics", "covered", "errors", "warnings", "due", "notes")
    return {name: sum(getattr(row, name) for row in rows) for name in names}
