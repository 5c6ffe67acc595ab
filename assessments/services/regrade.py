"""Regrading: work out who changes, let a person look, then append the new scores, each exactly once.

The rows are the truth: planning remembers the last attempt that it read, carrying out marks each change in the
transaction of its score. A worker that dies leaves a row that the sweep takes up again.
"""

from __future__ import annotations

import datetime
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.errors import NotPossible
from accounts.models import Organisation, User
from assessments.access import scored_items
from assessments.models import (
    IN_FORCE,
    Attempt,
    AttemptItem,
    Regrade,
    RegradeChange,
    RegradeKind,
    RegradeState,
    Verdict,
)
from assessments.results import verdicts_of
from assessments.services.corrections import between_scorings
from assessments.services.replay import EPSILON, append_scores, lines_of, mark_sheet, replayed
from assessments.signals import correction_carried_out
from assessments.states import WITH_SCORE, State
from question_bank.models import QuestionVersion
from question_bank.types import BY_PEOPLE

BATCH = 100
"""Attempts in one transaction: what a worker that dies has to do again."""
LEFT_BEHIND = datetime.timedelta(seconds=20)
END = 2**63 - 1
"""The last attempt where all were read."""
OVERLAP = datetime.timedelta(minutes=10)
"""A score may be committed so much later than its time stamp says: by a slow transaction, by another clock."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a plan comes to. ``up``, ``down``: by the share of points.

    ``passes``, ``passes_no_more``, ``falls_below``, ``below_no_more``: by what the reports say of the pass mark.
    ``over``, ``under``: the share of points crosses the mark, where the reports say nothing.
    """

    changed: int
    up: int
    down: int
    passes: int
    passes_no_more: int
    falls_below: int
    below_no_more: int
    over: int
    under: int
    carried_out: int

    @property
    def at_the_mark(self) -> int:
        """Not people: who falls from pass to below is in two of these. 0 where nobody changes there."""
        verdicts = self.passes + self.passes_no_more + self.falls_below + self.below_no_more
        return verdicts + self.over + self.under


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
    if version.type in BY_PEOPLE:
        raise NotPossible(
            "People mark this question, so it has no key. Leave it out, give everybody the point, or let those who "
            "marked it mark again."
        )
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
    """The question on the forms where it counts: found by the version, whoever was asked. Those that people still mark
    are among them: dropping a question is what they may have waited for.
    """
    return scored_items(organisation).filter(question_version=version)


def work_on(regrade_id: int, *, turn: float = math.inf) -> bool:
    """Plan, carry out, tell: whatever is due, for about ``turn`` seconds; True where more is left.

    Safe to run twice and at the same time: who finds the correction locked leaves it to the other.
    """
    end = time.monotonic() + turn
    while _plan_batch(regrade_id) or _carry_out_batch(regrade_id) or _tell_next(regrade_id):
        if time.monotonic() > end:
            return True
    return False


@transaction.atomic
def _plan_batch(regrade_id: int) -> bool:
    """The next attempts in the order of their keys; whether there were any."""
    regrade = _locked(regrade_id, RegradeState.PLANNING, RegradeState.RUNNING)
    if regrade is None or regrade.last_attempt == END:
        return False
    asked = _asked(regrade.version, regrade.organisation).filter(attempt__gt=regrade.last_attempt)
    if regrade.state == RegradeState.RUNNING:
        asked = asked.filter(attempt__score__created_at__gt=regrade.created_at - OVERLAP)
    ids = list(asked.order_by("attempt_id").values_list("attempt_id", flat=True)[:BATCH])
    attempts = list(
        Attempt.objects.filter(pk__in=ids)
        .select_related("version", "candidate", "assessment__organisation")
        .order_by("pk")
    )
    regrade.changes.filter(attempt__in=ids, score=None).delete()
    RegradeChange.objects.bulk_create(_changes(regrade, attempts), ignore_conflicts=True)
    regrade.last_attempt = attempts[-1].pk if attempts else END
    if regrade.state == RegradeState.PLANNING:
        regrade.read += len(attempts)
        regrade.total = max(regrade.total, regrade.read)  # some were scored since it was ordered
        if not attempts:
            regrade.state, regrade.total = RegradeState.PLANNED, regrade.read
    regrade.save(update_fields=["last_attempt", "read", "total", "state", "touched_at"])
    return bool(attempts)


def _changes(regrade: Regrade, attempts: Sequence[Attempt]) -> list[RegradeChange]:
    """What the correction does to each attempt; nothing for those where nothing changes."""
    before = lines_of(attempts)
    after = replayed(regrade, attempts, before)
    changing = [attempt for attempt in attempts if before[attempt.pk] != after[attempt.pk]]
    sheets = [mark_sheet(attempt, lines[attempt.pk]) for attempt in changing for lines in (before, after)]
    verdicts = verdicts_of(sheets)
    changes = []
    for number, attempt in enumerate(changing):
        was, becomes = sheets[2 * number : 2 * number + 2]
        change = RegradeChange(
            regrade=regrade,
            attempt=attempt,
            points_before=was.points,
            n_before=len(was.marks),
            points_after=becomes.points,
            n_after=len(becomes.marks),
            verdict_before=verdicts[2 * number],
            verdict_after=verdicts[2 * number + 1],
        )
        if not (change.verdict_before and change.verdict_after):
            change.crosses = _crosses(change, attempt)
        changes.append(change)
    return changes


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
    between_scorings()
    # From the first attempt again: what was scored since the plan began is not in it yet.
    decided = Regrade.objects.filter(pk=regrade.pk, state=RegradeState.PLANNED).update(
        state=state, last_attempt=0, touched_at=timezone.now()
    )
    if not decided:
        raise NotPossible("This was decided already, or is still being worked out.")
    regrade.refresh_from_db()
    return regrade


@transaction.atomic
def _carry_out_batch(regrade_id: int) -> bool:
    """Append the next scores; whether there were any. They and their marks in the plan are one transaction."""
    regrade = _locked(regrade_id, RegradeState.RUNNING)
    if regrade is None:
        return False
    waiting = regrade.changes.filter(score=None, attempt__state__in=WITH_SCORE).order_by("attempt_id")
    ids = list(waiting.values_list("attempt_id", flat=True)[:BATCH])
    # Whoever reopens an attempt waits for this lock, or has moved it on: then its next scoring follows by itself.
    attempts = list(
        Attempt.objects.select_for_update(of=("self",))
        .filter(pk__in=ids, state__in=WITH_SCORE)
        .select_related("version", "candidate")
        .order_by("pk")
    )
    before = lines_of(attempts)
    after = replayed(regrade, attempts, before)
    # Scored again since the plan, and so by the correction already: that score is the one.
    changing = [attempt for attempt in attempts if after[attempt.pk] != before[attempt.pk]]
    scores = append_scores(changing, after, reason=regrade.reason, actor=regrade.actor)
    for attempt, score in zip(changing, scores, strict=True):
        if attempt.state == State.NEEDS_REVIEW and not any(line.waits for line in after[attempt.pk]):
            attempt.move(State.SCORED, since=State.NEEDS_REVIEW, score=score)
    newest = Attempt.objects.filter(pk=OuterRef("attempt")).values("score")
    regrade.changes.filter(attempt__in=[attempt.pk for attempt in attempts]).update(score=Subquery(newest))
    if not ids:
        regrade.state, regrade.finished_at = RegradeState.DONE, timezone.now()
        transaction.on_commit(
            lambda: correction_carried_out.send_robust(sender=Regrade, regrade_id=regrade_id), robust=True
        )
    regrade.save(update_fields=["state", "finished_at", "touched_at"])
    return bool(ids)


def _locked(regrade_id: int, *states: RegradeState) -> Regrade | None:
    """The correction for this transaction alone; None where another worker has it, or it is in another state."""
    found = Regrade.objects.select_for_update(of=("self",), skip_locked=True)
    return (
        found.filter(pk=regrade_id, state__in=states)
        .select_related("version", "target", "organisation", "actor")
        .first()
    )


@transaction.atomic
def _tell_next(regrade_id: int) -> bool:
    """A mail to the next candidate whose score changed, where the assessment says so; whether there was one.

    Mail that fails is tried again by the sweep.
    """
    untold = RegradeChange.objects.filter(
        regrade=regrade_id, regrade__state__in=IN_FORCE, score__isnull=False, told_at=None
    )
    found = untold.select_for_update(of=("self",), skip_locked=True).select_related(
        "attempt__version", "attempt__candidate", "attempt__assessment", "regrade"
    )
    change = found.order_by("pk").first()
    if change is None:
        return False
    told, now = RegradeChange.objects.filter(pk=change.pk), timezone.now()
    if not change.attempt.version.loaded().tell_changes:
        told = untold.filter(attempt__version=change.attempt.version_id)
    elif not change.attempt.candidate.erased:
        body = render_to_string("assessments/mail/regraded.txt", {"change": change, "attempt": change.attempt})
        subject = " ".join(f"Your result changed: {change.attempt.assessment.title}".split())
        try:
            send_mail(subject, body, None, [change.attempt.candidate.email])
        except (OSError, ValueError):
            return False
    told.update(told_at=now)
    Regrade.objects.filter(pk=regrade_id).update(touched_at=now)
    return True


def left_behind() -> list[int]:
    """Corrections that wait for a worker: not touched for a while, or with people who were not told."""
    since = timezone.now() - LEFT_BEHIND
    busy = Q(state__in=(RegradeState.PLANNING, RegradeState.RUNNING), touched_at__lt=since)
    untold = Q(state=RegradeState.DONE, touched_at__lt=since, changes__score__isnull=False, changes__told_at=None)
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
            passes=_moved(Q(verdict_after=Verdict.PASS) & ~Q(verdict_before=Verdict.PASS)),
            passes_no_more=_moved(Q(verdict_before=Verdict.PASS) & ~Q(verdict_after=Verdict.PASS)),
            falls_below=_moved(Q(verdict_after=Verdict.BELOW) & ~Q(verdict_before=Verdict.BELOW)),
            below_no_more=_moved(Q(verdict_before=Verdict.BELOW) & ~Q(verdict_after=Verdict.BELOW)),
        )
    )
    rows = regrade.changes.aggregate(changed=Count("pk"), carried_out=Count("score"))
    return Outlook(**rows, **found)


def _moved(how: Q) -> Count:
    return Count("pk", filter=how & ~Q(verdict_before="") & ~Q(verdict_after=""))
