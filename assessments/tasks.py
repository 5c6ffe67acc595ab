"""Background work. A task takes an id, makes one service call, is safe to run twice, and has the sweep behind it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from celery import Task, current_app, shared_task
from django.core.cache import cache
from django.db import transaction
from kombu.exceptions import OperationalError

from assessments.services import invite, retention, score, submit
from assessments.services.waiting import unscored

log = structlog.get_logger(__name__)

WORKER_SEEN = "worker-seen"


def wake(task: Task[..., Any], pk: int) -> None:
    """Ask a worker to run a task once the current transaction is committed.

    With the queue down this only logs: the row waits, and the sweep finds it.
    """
    transaction.on_commit(lambda: _send(task, pk), robust=True)


def wake_each(task: Task[..., Any], pks: Iterable[int]) -> None:
    """`wake` for many rows: gives up at the first refusal, so that a dead queue is waited for only once."""
    transaction.on_commit(lambda: all(_send(task, pk) for pk in pks), robust=True)


def _send(task: Task[..., Any], pk: int) -> bool:
    try:
        task.apply_async(args=(pk,), retry=False)
    except (OperationalError, OSError) as error:
        log.warning("queue_unavailable", task=task.name, pk=pk, error=type(error).__name__)
        return False
    return True


@shared_task(name="assessments.score_attempt")
def score_attempt(attempt_id: int) -> None:
    score.score_attempt(attempt_id)


@shared_task(name="assessments.send_invitation_mail")
def send_invitation_mail(invitation_id: int) -> None:
    invite.send_invitation_mail(invitation_id)


@shared_task(name="assessments.sweep")
def sweep() -> None:
    """Close what is overdue and score what waits. Runs every few seconds, safe to run twice."""
    cache.set(WORKER_SEEN, time.time(), 3600)
    _each(submit.close_if_overdue, submit.overdue())
    _each(score.score_attempt, unscored())


@shared_task(name="assessments.mail_sweep")
def mail_sweep() -> None:
    """Send mail that waits. Apart from `sweep`, so that a mail server that hangs delays no score."""
    _each(invite.send_invitation_mail, invite.mail_waiting())


@shared_task(name="assessments.erase_old")
def erase_old() -> None:
    """Forget who took what, once the time is over for which it was promised to be kept."""
    _each(retention.erase_candidate, retention.due())


def _each(work: Callable[[int], object], pks: Iterable[int]) -> None:
    """One row after the other: a row that cannot be done is logged and does not keep the others."""
    for pk in pks:
        try:
            work(pk)
        except Exception:  # whatever it is, the next rows have waited as long
            log.exception("sweep_row_failed", work=work.__name__, pk=pk)


def broker_answers() -> bool:
    """Whether the queue can be reached now."""
    try:
        with current_app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=1)
    except (OperationalError, OSError):
        return False
    return True
