"""Regrading: work out who changes, let a person look, then append the new scores, each exactly once.

The rows are the truth: planning remembers the last attempt that it read, carrying out marks each change in the
transaction of its score. A worker that dies leaves a row that the sweep takes up again.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.errors import NotPossible
from accounts.models import Organisation, User
from assessments.models import (
    Attempt,
    AttemptItem,
    ItemMark,
    Regrade,
    RegradeChange,
    RegradeKind,
    RegradeState,
)
from assessments.rules import RULES
from assessments.rules.base import ItemResult
from assessments.services.corrections import corrected_mark
from assessments.services.score import rescore
from assessments.states import State
from question_bank.models import QuestionVersion

BATCH = 200
AT_ONCE = 25
"""Scores appended in one transaction: what a worker that dies has to do again."""
LEFT_BEHIND = datetime.timedelta(minutes=2)
EPSILON = 1e-9


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a plan comes to. ``up``, ``down``: by the share of points; ``over``, ``under``: across the pass mark."""

    changed: int
    up: int
    down: int
    over: int
    under: int
    carried_out: int


def plan_regrade(
    *,
    version: QuestionVersion,
    kind: RegradeKind,
    reason: str,
    by: User,
    organisation: Organisation | None,
    target: QuestionVersion | None = None,
) -> Regrade:
    """Order the dry run; the caller wakes a worker. ``organisation`` None: everybody's candidates.

    Raises:
        NotPossible: no reason, nobody was scored on this version, or a target that cannot mark its answers.
    """
    if not reason.strip():
        raise NotPossible("Say why: the reason stands beside every score that changes.")
    if kind == RegradeKind.KEY:
        _check_target(version, target)
    total = _asked(version, organisation).count()
    if not total:
        raise NotPossible("Nobody has been scored on this version of the question.")
    return Regrade.objects.create(
        organisation=organisation,
        version=version,
        kind=kind,
        target=target if kind == RegradeKind.KEY else None,
        reason=" ".join(reason.split()),
        actor=by,
        total=total,
    )


def _check_target(version: QuestionVersion, target: QuestionVersion | None) -> None:
    if target is None or target.question_id != version.question_id:
        raise NotPossible("Choose the version of the same question whose key is right.")
    if target.pk == version.pk:
        raise NotPossible("Choose another version: this is the one that was asked.")
    if target.type != version.type:
        raise NotPossible("That version is of another type; its key cannot mark these answers.")
    if not (target.released_by_id or target.question.current_id == target.pk):
        raise NotPossible("That version was not released yet: somebody else has to approve the new key first.")
    if missing := _lost_options(version, target):
        raise NotPossible(f"That version lacks options that people chose from ({', '.join(missing)}).")


def _lost_options(version: QuestionVersion, target: QuestionVersion) -> list[str]:
    before, after = ({str(o["id"]) for o in v.payload.get("options", [])} for v in (version, target))
    return sorted(before - after)


def _asked(version: QuestionVersion, organisation: Organisation | None) -> QuerySet[AttemptItem]:
    """The question on the forms of scored attempts, where it counts: found by the version, whoever was asked."""
    found = AttemptItem.objects.filter(
        question_version=version, counted=True, attempt__state=State.SCORED, attempt__score__isnull=False
    )
    return found if organisation is None else found.filter(attempt__candidate__organisation=organisation)


def work_on(regrade_id: int) -> None:
    """Plan or carry out, whatever is due, to the end. Safe to run twice and at the same time."""
    while _plan_batch(regrade_id):
        pass
    while _carry_out_batch(regrade_id):
        pass
    _tell(regrade_id)


@transaction.atomic
def _plan_batch(regrade_id: int) -> bool:
    """The next attempts in the order of their keys; whether there may be more."""
    regrade = _locked(regrade_id)
    if regrade is None or regrade.state not in (RegradeState.PLANNING, RegradeState.RUNNING):
        return False
    asked = _asked(regrade.version, regrade.organisation).filter(attempt__gt=regrade.last_attempt)
    ids = list(asked.order_by("attempt_id").values_list("attempt_id", flat=True)[:BATCH])
    attempts = list(Attempt.objects.filter(pk__in=ids).select_related("version", "score").order_by("pk"))
    RegradeChange.objects.bulk_create(_changes(regrade, attempts), ignore_conflicts=True)
    if attempts:
        regrade.last_attempt = attempts[-1].pk
        regrade.read += len(attempts)
    elif regrade.state == RegradeState.PLANNING:
        regrade.state = RegradeState.PLANNED
    regrade.save(update_fields=["last_attempt", "read", "state", "touched_at"])
    return bool(attempts)


def _changes(regrade: Regrade, attempts: Iterable[Attempt]) -> list[RegradeChange]:
    by_score: dict[int, list[ItemMark]] = {}
    marks = ItemMark.objects.filter(score__in=[attempt.score_id for attempt in attempts])
    for row in marks.select_related("item__skill", "item__question_version", "response").order_by("item__position"):
        by_score.setdefault(row.score_id, []).append(row)
    found = (_change(regrade, attempt, by_score.get(attempt.score_id or 0, [])) for attempt in attempts)
    return [change for change in found if change is not None]


def _change(regrade: Regrade, attempt: Attempt, marks: list[ItemMark]) -> RegradeChange | None:
    """What the correction does to one attempt; None where nothing changes."""
    before, after = [], []
    for row in marks:
        if row.counted and row.mark is not None:
            before.append(_result(row, row.mark))
        if row.item.question_version_id != regrade.version_id:
            if row.counted and row.mark is not None:
                after.append(_result(row, row.mark))
            continue
        answer = row.response.answer if row.response else None
        mark = corrected_mark(row.item, row.item.seed(attempt), answer, regrade)
        if row.item.counted and regrade.kind != RegradeKind.DROP and mark is not None:
            after.append(_result(row, mark))
    scoring = attempt.version.loaded().scoring
    rule = RULES[scoring.rule]
    config = rule.config_model.model_validate(scoring.config)
    points = [rule.combine(results, config).points for results in (before, after)]
    if len(before) == len(after) and abs(points[0] - points[1]) < EPSILON:
        return None
    change = RegradeChange(
        regrade=regrade,
        attempt=attempt,
        points_before=points[0],
        n_before=len(before),
        points_after=points[1],
        n_after=len(after),
    )
    change.crosses = _crosses(change, attempt)
    return change


def _result(row: ItemMark, mark: float) -> ItemResult:
    return ItemResult(row.item.skill.slug, row.item.question_version.difficulty, mark)


def _crosses(change: RegradeChange, attempt: Attempt) -> str:
    cut = attempt.version.loaded().cut
    if cut is None or change.share_before is None or change.share_after is None:
        return ""
    enough = [share >= cut.share for share in (change.share_before, change.share_after)]
    return "" if enough[0] == enough[1] else "up" if enough[1] else "down"


@transaction.atomic
def carry_out(*, regrade: Regrade) -> Regrade:
    """Put the correction in force; the caller wakes a worker. What is scored from now on follows it.

    Raises:
        NotPossible: it was decided already, or the dry run is not through.
    """
    return _decide(regrade, RegradeState.RUNNING)


@transaction.atomic
def discard(*, regrade: Regrade) -> Regrade:
    """Leave everything as it is.

    Raises:
        NotPossible: it was decided already, or the dry run is not through.
    """
    return _decide(regrade, RegradeState.DISCARDED)


def _decide(regrade: Regrade, state: RegradeState) -> Regrade:
    # From the first attempt again: what was scored while the plan lay there is not in it yet.
    decided = Regrade.objects.filter(pk=regrade.pk, state=RegradeState.PLANNED).update(
        state=state, last_attempt=0, touched_at=timezone.now()
    )
    if not decided:
        raise NotPossible("This was decided already, or is still being worked out.")
    regrade.refresh_from_db()
    return regrade


@transaction.atomic
def _carry_out_batch(regrade_id: int) -> bool:
    """Append the next scores; whether there may be more. The lock lets one worker at a time do it."""
    regrade = _locked(regrade_id)
    if regrade is None or regrade.state != RegradeState.RUNNING:
        return False
    waiting = regrade.changes.filter(score=None, attempt__state=State.SCORED).select_related("attempt")
    changes = list(waiting.order_by("pk")[:AT_ONCE])
    for change in changes:
        try:
            change.score = rescore(attempt=change.attempt, reason=regrade.reason, actor=regrade.actor)
        except ValueError:  # reopened this moment: its next scoring follows the correction by itself
            continue
        change.save(update_fields=["score"])
    if not changes:
        regrade.state, regrade.finished_at = RegradeState.DONE, timezone.now()
    regrade.save(update_fields=["state", "finished_at", "touched_at"])
    return bool(changes)


def _locked(regrade_id: int) -> Regrade | None:
    found = Regrade.objects.select_for_update(of=("self",)).select_related("version", "target", "organisation")
    return found.filter(pk=regrade_id).first()


def _tell(regrade_id: int) -> None:
    """A mail to each candidate whose score changed, where the assessment says so. Mail that fails is tried again."""
    changes = RegradeChange.objects.filter(regrade=regrade_id, score__isnull=False, told_at=None)
    for change in changes.select_related("attempt__version", "attempt__candidate", "attempt__assessment", "regrade"):
        if change.attempt.version.loaded().tell_changes and change.attempt.candidate.email:
            body = render_to_string("assessments/mail/regraded.txt", {"change": change, "attempt": change.attempt})
            subject = " ".join(f"Your result changed: {change.attempt.assessment.title}".split())
            try:
                send_mail(subject, body, None, [change.attempt.candidate.email])
            except (OSError, ValueError):
                return
        RegradeChange.objects.filter(pk=change.pk).update(told_at=timezone.now())


def left_behind() -> list[int]:
    """Corrections that wait for a worker: not touched for a while, or with people who were not told."""
    since = timezone.now() - LEFT_BEHIND
    busy = Q(state__in=(RegradeState.PLANNING, RegradeState.RUNNING), touched_at__lt=since)
    untold = Q(state=RegradeState.DONE, finished_at__lt=since, changes__score__isnull=False, changes__told_at=None)
    return list(Regrade.objects.filter(busy | untold).distinct().values_list("pk", flat=True))


def outlook(regrade: Regrade) -> Outlook:
    """Counts over all changes. One query."""
    share = [F(f"points_{when}") * 1.0 / F(f"n_{when}") for when in ("before", "after")]
    found = (
        regrade.changes.filter(n_before__gt=0, n_after__gt=0)
        .annotate(difference=share[1] - share[0])
        .aggregate(
            up=Count("pk", filter=Q(difference__gt=EPSILON)),
            down=Count("pk", filter=Q(difference__lt=-EPSILON)),
            over=Count("pk", filter=Q(crosses="up")),
            under=Count("pk", filter=Q(crosses="down")),
        )
    )
    rows = regrade.changes.aggregate(changed=Count("pk"), carried_out=Count("score"))
    return Outlook(**rows, **found)
