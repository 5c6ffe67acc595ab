"""Background work. A task takes an id, makes one service call, is safe to run twice, and has the sweep behind it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import structlog
from celery import current_app, shared_task
from django.conf import settings
from django.core.cache import cache
from kombu.exceptions import OperationalError

from accounts.queue import BACKGROUND
from accounts.queue import send as _send  # noqa: F401 - for tests that want it now
from accounts.queue import wake as wake
from accounts.queue import wake_each as wake_each
from assessments.services import invite, marking, outages, regrade, rehearsal, retention, score, submit
from assessments.services.waiting import unscored

log = structlog.get_logger(__name__)

WORKER_SEEN = "worker-seen"
TURN_SECONDS = 1.0


@shared_task(name="assessments.score_attempt")
def score_attempt(attempt_id: int) -> None:
    score.score_attempt(attempt_id)


@shared_task(name="assessments.regrade")
def work_on_regrade(regrade_id: int) -> None:
    """In turns: thousands of scores must not keep a candidate who hands in now waiting."""
    if regrade.work_on(regrade_id, turn=TURN_SECONDS):
        wake(work_on_regrade, regrade_id, priority=BACKGROUND)


@shared_task(name="assessments.finish_marking")
def finish_marking(attempt_id: int) -> None:
    score.finish_marking(attempt_id)


@shared_task(name="assessments.send_invitation_mail")
def send_invitation_mail(invitation_id: int) -> None:
    invite.send_invitation_mail(invitation_id)


@shared_task(name="assessments.sweep")
def sweep() -> None:
    """Close what is overdue and score what waits. Runs every few seconds, safe to run twice."""
    cache.set(WORKER_SEEN, time.time(), 3600)
    _each(submit.close_if_overdue, submit.overdue())
    _each(score.score_attempt, unscored())
    wake_each(work_on_regrade, regrade.left_behind(), priority=BACKGROUND, expires=settings.SWEEP_SECONDS)
    _each(score.finish_marking, marking.newly_marked())
    outages.notice_silent_pages()


@shared_task(name="assessments.mail_sweep")
def mail_sweep() -> None:
    """Send mail that waits. Apart from `sweep`, so that a mail server that hangs delays no score."""
    _each(invite.send_invitation_mail, invite.mail_waiting())


@shared_task(name="assessments.erase_old")
def erase_old() -> None:
    """Forget who took what, once the time is over for which it was promised to be kept, and old practice runs."""
    _each(rehearsal.delete_rehearsal, rehearsal.old_rehearsals())
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
