"""Trying an answer out on what the page shows anyway. Reads only, knows no key, leaves nothing behind."""

from __future__ import annotations

from threading import BoundedSemaphore

from django.core.cache import cache

from assessments.models import Attempt, AttemptItem
from question_bank.types.base import TriedOut

SECONDS_BETWEEN = 2
_at_once = BoundedSemaphore(2)  # per web process: the others wait their turn instead of slowing down who saves


def tried_out(attempt: Attempt, position: int, text: str) -> TriedOut:
    """What the text does, or in words why it was not tried."""
    item = AttemptItem.objects.select_related("question_version").get(attempt=attempt, position=position)
    question = item.question_version
    if not cache.add(f"tried:{attempt.pk}", 1, SECONDS_BETWEEN):
        return TriedOut(problem=f"One try in {SECONDS_BETWEEN} seconds: wait a moment and press again.")
    if not _at_once.acquire(timeout=SECONDS_BETWEEN):
        return TriedOut(problem="Many are trying at this moment. Press again in a few seconds.")
    try:
        done = question.question_type.try_out(question.asked(item.seed(attempt)), text)
    finally:
        _at_once.release()
    return done or TriedOut(problem="There is nothing to try out in this question.")
