"""Keeping what the linter says beside the questions, so that lists and pages need not run it.

The rows are a cache: `lint_stale` writes them anew for whatever was changed since, and once a day for all, because
some rules ask how old something is.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.errors import NotPossible
from accounts.models import User
from question_bank.linting import TITLES, lint_bank, lint_question
from question_bank.linting.base import Context, Finding, LintItem, Severity
from question_bank.models import LintFinding, Question, QuestionEvent, QuestionVersion, Recheck, Skill, Topic
from question_bank.states import Status

BATCH = 1000
AGAIN_AFTER = datetime.timedelta(days=1)


def item_of(question: Question, version: QuestionVersion, confirmed: datetime.date | None = None) -> LintItem:
    """A version as the rules read it. ``confirmed``: when somebody last found its facts still true."""
    checked = max((day for day in (version.checked_on, confirmed) if day), default=None)
    return LintItem(
        id=question.external_id,
        skill=question.skill.slug,
        topic=version.topic.title if version.topic else "",
        type=version.type,
        difficulty=version.difficulty,
        expected_seconds=version.expected_seconds,
        stem=version.stem,
        payload=version.payload,
        explanation=version.explanation,
        references=version.references,
        interview_follow_up=version.interview_follow_up,
        checked_on=checked,
        status=question.status,
        allow=question.lint_allow,
        stimulus=version.stimulus,
    )


def lint_context(today: datetime.date | None = None) -> Context:
    """The day and the topics of each skill. One query."""
    topics: dict[str, list[str]] = {}
    for slug, title in Topic.objects.values_list("skill__slug", "title"):
        topics.setdefault(slug, []).append(title)
    return Context(today or timezone.localdate(), topics)


def lint_version(question: Question, version: QuestionVersion) -> list[Finding]:
    """What is to be said about one version by itself, now."""
    return lint_question(item_of(question, version, _confirmed([version.pk]).get(version.pk)), lint_context())


def compared_findings(question: Question) -> list[Finding]:
    """What the last sweep said of a question beside the others: near-duplicates, keys that it gives away."""
    rows = LintFinding.objects.filter(question=question, balance=True).exclude(rule__in=list(question.lint_allow))
    return [
        Finding(row.rule, Severity(row.severity), question.skill.slug, question.external_id, row.field, row.message)
        for row in rows
    ]


def stored_items(organisation_id: int | None) -> list[LintItem]:
    """The questions of one owner (None: the library) as the rules read them: the current version of each."""
    questions = list(
        Question.objects.filter(organisation=organisation_id, current__isnull=False)
        .select_related("skill", "current__topic")
        .order_by("external_id")
    )
    confirmed = _confirmed([question.current_id for question in questions if question.current_id])
    return [
        item_of(question, question.current, confirmed.get(question.current.pk))
        for question in questions
        if question.current
    ]


def lint_stale() -> int:
    """Write the findings anew for questions that changed, or were last looked at a day ago. Returns how many.

    Safe to run twice and at the same time: rows of a question are replaced under a lock on the question.
    """
    context, now, done = lint_context(), timezone.now(), 0
    changed: set[int | None] = set()
    waiting = list(_stale(now).values_list("pk", flat=True))
    for start in range(0, len(waiting), BATCH):
        done += _lint_batch(waiting[start : start + BATCH], context, now, changed)
    for organisation_id in changed:
        _lint_balance(organisation_id, context)
    return done


def _stale(now: datetime.datetime) -> QuerySet[Question]:
    return Question.objects.filter(
        Q(linted_at=None) | Q(linted_at__lt=F("updated_at")) | Q(linted_at__lt=now - AGAIN_AFTER)
    ).order_by("pk")


@transaction.atomic
def _lint_batch(pks: Sequence[int], context: Context, now: datetime.datetime, changed: set[int | None]) -> int:
    questions = list(
        Question.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(pk__in=pks)
        .select_related("skill", "current__topic")
    )
    confirmed = _confirmed([question.current_id for question in questions if question.current_id])
    rows = []
    for question in questions:
        if question.linted_at is None or question.linted_at < question.updated_at:
            changed.add(question.organisation_id)
        version = question.current
        if version is not None and question.status != Status.RETIRED:
            found = lint_question(item_of(question, version, confirmed.get(version.pk)), context)
            rows += [_row(one, question.organisation_id, question.pk, question.skill_id) for one in found]
    ids = [question.pk for question in questions]
    LintFinding.objects.filter(question__in=ids, balance=False).delete()
    LintFinding.objects.bulk_create(rows, batch_size=BATCH)
    Question.objects.filter(pk__in=ids).update(linted_at=now)
    return len(ids)


@transaction.atomic
def _lint_balance(organisation_id: int | None, context: Context) -> None:
    """Compare the questions of one owner with each other."""
    questions = Question.objects.filter(
        organisation=organisation_id, status__in=[Status.LIVE, Status.PILOT]
    ).select_related("skill", "current__topic")
    by_name = {question.external_id: question for question in questions.order_by("pk")}
    items = [item_of(question, question.current) for question in by_name.values() if question.current]
    skills = dict(Skill.objects.values_list("slug", "pk"))
    rows = []
    for one in lint_bank(items, context):
        question = by_name.get(one.question)
        rows.append(_row(one, organisation_id, question.pk if question else None, skills.get(one.skill), balance=True))
    LintFinding.objects.filter(organisation=organisation_id, balance=True).delete()
    LintFinding.objects.bulk_create(rows, batch_size=BATCH)


def _row(
    one: Finding, organisation_id: int | None, question_id: int | None, skill_id: int | None, *, balance: bool = False
) -> LintFinding:
    return LintFinding(
        organisation_id=organisation_id,
        question_id=question_id,
        skill_id=skill_id,
        rule=one.rule,
        severity=one.severity.value,
        field=one.field[:100],
        message=one.message,
        balance=balance,
    )


def _confirmed(versions: Sequence[int]) -> dict[int, datetime.date]:
    """When the facts of each of these versions were last confirmed without a new wording."""
    rows = Recheck.objects.filter(version__in=versions, outcome="confirmed").order_by("closed_at")
    return {version: at.date() for version, at in rows.values_list("version", "closed_at") if at}


@transaction.atomic
def accept_finding(*, question: Question, rule: str, reason: str, by: User) -> None:
    """Take a kind of finding off a question for good, with a reason that everybody can read.

    Raises:
        NotPossible: no such rule, or no reason.
    """
    reason = " ".join(reason.split())
    if rule not in TITLES:
        raise NotPossible("The linter has no such rule.")
    if len(reason) < 10:
        raise NotPossible("Say in a few words why this is meant so; the next reader will ask.")
    question = Question.objects.select_for_update(of=("self",)).get(pk=question.pk)
    question.lint_allow = question.lint_allow | {rule: reason[:500]}
    question.save(update_fields=["lint_allow", "updated_at"])
    LintFinding.objects.filter(question=question, rule=rule).delete()
    QuestionEvent.objects.create(question=question, kind="accepted a finding", note=f"{rule}: {reason}", actor=by)


@transaction.atomic
def withdraw_acceptance(*, question: Question, rule: str, by: User) -> None:
    """Let the linter speak about this again."""
    question = Question.objects.select_for_update(of=("self",)).get(pk=question.pk)
    if rule not in question.lint_allow:
        return
    question.lint_allow = {name: reason for name, reason in question.lint_allow.items() if name != rule}
    question.save(update_fields=["lint_allow", "updated_at"])
    QuestionEvent.objects.create(question=question, kind="asked the linter again", note=rule, actor=by)
