"""Waking workers. The row is the truth: a message that is lost costs a moment, as a sweep finds the row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import structlog
from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

BACKGROUND = 6
"""Priority of work that nobody waits for, such as the reports of a correction. Everything else has 0 and goes first."""


def wake(task: Task[..., Any], pk: int, *, priority: int = 0) -> None:
    """Ask a worker to run a task once the current transaction is committed.

    With the queue down this only logs: the row waits, and the sweep finds it.
    """
    transaction.on_commit(lambda: send(task, pk, priority=priority), robust=True)


def wake_each(task: Task[..., Any], pks: Iterable[int], *, priority: int = 0, expires: float | None = None) -> None:
    """`wake` for many rows: gives up at the first refusal, so that a dead queue is waited for only once.

    ``expires``: seconds after which the message is dropped where nobody has fetched it. For sweeps, which find the
    same rows again: theirs must not pile up.
    """
    transaction.on_commit(lambda: all(send(task, pk, priority=priority, expires=expires) for pk in pks), robust=True)


def send(task: Task[..., Any], pk: int, *, priority: int = 0, expires: float | None = None) -> bool:
    """Ask a worker now; False where the queue is away."""
    try:
        options: dict[str, Any] = {"priority": priority} | ({} if expires is None else {"expires": expires})
        task.apply_async(args=(pk,), retry=False, **options)
    except (OperationalError, OSError) as error:
        log.warning("queue_unavailable", task=task.name, pk=pk, error=type(error).__name__)
        return False
    return True
