"""Moving about in an attempt: what was shown, what was left for good, flags, notes about problems."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Coalesce, Least

from accounts.errors import NotPossible
from assessments.definition import Definition
from assessments.models import Attempt, AttemptEvent, AttemptItem, DatabaseNow, ProblemReport
from assessments.states import State

OVERVIEW = 0
MAX_PROBLEM_REPORTS = 50


def shown(*, attempt: Attempt, position: int) -> None:
    """Note that a page was shown: time per question is computed from these. 0 is the overview.

    The first time that a question or its section is shown starts their own clocks, where they have one.
    """
    definition = attempt.version.loaded()
    if position == OVERVIEW or not any(s.time_limit_minutes or s.question_seconds for s in definition.sections):
        _note_shown(attempt, position)
        return
    with transaction.atomic():
        _note_shown(attempt, position)
        _start_clocks(attempt, AttemptItem.objects.get(attempt=attempt, position=position), definition)


def _note_shown(attempt: Attempt, position: int) -> None:
    AttemptEvent.objects.create(attempt=attempt, kind="shown", data={"position": position})


def _start_clocks(attempt: Attempt, item: AttemptItem, definition: Definition) -> None:
    if attempt.untimed:
        return
    section, factor = definition.sections[item.section], float(attempt.time_factor)
    waiting = AttemptItem.objects.filter(attempt=attempt, section=item.section, closes_at=None)
    if section.time_limit_minutes:
        waiting.update(closes_at=DatabaseNow() + Value(timedelta(minutes=section.time_limit_minutes * factor)))
    if section.question_seconds and not attempt.events.filter(kind="clock", data__position=item.position).exists():
        end = DatabaseNow() + Value(timedelta(seconds=section.question_seconds * factor))
        AttemptItem.objects.filter(pk=item.pk).update(closes_at=Least(Coalesce(F("closes_at"), end), end))
        AttemptEvent.objects.create(attempt=attempt, kind="clock", data={"position": item.position})


def leave(*, attempt: Attempt, position: int) -> None:
    """Leave a one-way question for good; a question of a free section is not changed.

    Nothing happens where the attempt is over or an earlier one-way question is still open.
    """
    earlier_open = AttemptItem.objects.filter(
        Q(closes_at=None) | Q(closes_at__gt=DatabaseNow()),
        attempt=OuterRef("attempt"),
        one_way=True,
        left_at=None,
        position__lt=OuterRef("position"),
    )
    AttemptItem.objects.filter(
        ~Exists(earlier_open),
        attempt=attempt,
        attempt__state=State.IN_PROGRESS,
        position=position,
        one_way=True,
        left_at=None,
    ).update(left_at=DatabaseNow())


def set_flag(*, attempt: Attempt, position: int, flagged: bool) -> None:
    """Mark a question for another look; only while the attempt runs."""
    AttemptItem.objects.filter(attempt=attempt, attempt__state=State.IN_PROGRESS, position=position).update(
        flagged=flagged
    )


@transaction.atomic
def report_problem(*, attempt: Attempt, position: int, text: str) -> ProblemReport:
    """Keep a candidate's note about a question.

    Raises:
        NotPossible: empty, or more notes than anybody reads.
    """
    text = text.replace("\0", "")  # PostgreSQL stores no NUL
    if not text.strip():
        raise NotPossible("Say in a few words what is wrong with the question.")
    if ProblemReport.objects.filter(item__attempt=attempt).count() >= MAX_PROBLEM_REPORTS:
        raise NotPossible("You have sent many notes already; they are all kept.")
    item = AttemptItem.objects.get(attempt=attempt, position=position)
    return ProblemReport.objects.create(item=item, text=text.strip()[:2000])
