"""Background work. A task takes an id, makes one service call, is safe to run twice, and has the sweep behind it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import structlog
from celery import Task, current_app, shared_task
from django.core.cache import cache
from django.db import transaction
from kombu.exceptions import OperationalError

from assessments.services import invite, score, submit
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
    """Close what is overdue, score what waits, send mail that waits. Runs every few seconds, safe to run twice."""
    cache.set(WORKER_SEEN, time.time(), 3600)
    submit.close_overdue()
    for pk in unscored():
        score.score_attempt(pk)
    for pk in invite.mail_waiting():
        invite.send_invitation_mail(pk)


def broker_answers() -> bool:
    """Whether the queue can be reached now."""
    try:
        with current_app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=1)
    except (OperationalError, OSError):
        return False
    return True
