"""Saving an answer: one statement that checks, appends and replies."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection


class Saved(StrEnum):
    """What became of a save."""

    SAVED = "saved"
    UNCHANGED = "unchanged"
    STALE = "stale"
    CLOSED = "closed"
    LEFT = "left"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class SaveResult:
    """The reply to a save. ``revision`` and ``saved_at`` are those of the newest stored answer.

    ``remaining_ms``: milliseconds to the deadline by the database's clock, None where untimed.
    """

    outcome: Saved
    revision: int = 0
    saved_at: datetime.datetime | None = None
    remaining_ms: int | None = None

    @property
    def stored(self) -> bool:
        """Whether the posted answer is the newest stored one."""
        return self.outcome in (Saved.SAVED, Saved.UNCHANGED)


# The share lock on the attempt makes a save and a submission wait for each other: whoever comes second
# sees what the first has done. Two saves of one question hold the lock together; the unique
# (item, revision) decides between them. A retry whose first reply was lost finds its own answer
# stored ("same") and is told its revision, so it is never taken for a stale tab.
_SAVE = """
WITH att AS MATERIALIZED (
    SELECT a.id, a.state,
           a.closes_at + make_interval(secs => (
               SELECT coalesce(sum(e.seconds), 0) FROM assessments_attemptextension e WHERE e.attempt_id = a.id
           )) AS deadline
    FROM assessments_attempt a
    WHERE a.public_id = %(attempt)s
    FOR SHARE OF a
), item AS MATERIALIZED (
    SELECT i.id, att.state, att.deadline,
           coalesce(r.revision, 0) AS revision, r.saved_at,
           r.answer IS NOT DISTINCT FROM %(answer)s::jsonb AS same,
           i.left_at IS NOT NULL OR EXISTS (
               SELECT 1 FROM assessments_attemptitem b
               WHERE b.attempt_id = i.attempt_id AND b.one_way AND b.left_at IS NULL AND b.position < i.position
           ) AS barred,
           att.deadline IS NOT NULL AND clock_timestamp() > att.deadline + make_interval(secs => %(grace)s) AS over
    FROM att
    JOIN assessments_attemptitem i ON i.attempt_id = att.id AND i.position = %(position)s
    LEFT JOIN LATERAL (
        SELECT revision, answer, saved_at FROM assessments_response
        WHERE item_id = i.id ORDER BY revision DESC LIMIT 1
    ) r ON true
), added AS (
    INSERT INTO assessments_response (item_id, revision, answer, saved_at, client_seconds)
    SELECT id, %(revision)s + 1, %(answer)s::jsonb, clock_timestamp(), %(seconds)s
    FROM item
    WHERE state = 'in_progress' AND NOT over AND NOT barred AND NOT same AND revision = %(revision)s
    ON CONFLICT (item_id, revision) DO NOTHING
    RETURNING revision, saved_at
)
SELECT item.state, item.over, item.barred, item.same, item.revision, item.saved_at,
       added.revision, added.saved_at,
       (extract(epoch FROM item.deadline - clock_timestamp()) * 1000)::bigint
FROM item LEFT JOIN added ON true
"""


def save_answer(
    *, attempt: UUID, position: int, answer: dict[str, Any] | None, revision: int, seconds: float | None = None
) -> SaveResult:
    """Append an answer if the attempt is open, time is left and ``revision`` is the newest one.

    ``answer`` comes from the question type's `clean`. A save equal to the newest answer appends nothing.
    Whether the caller may write to this attempt is decided before (assessments.access).
    """
    values: dict[str, Any] = {
        "attempt": attempt,
        "position": position,
        "answer": None if answer is None else json.dumps(answer),
        "revision": revision,
        "seconds": seconds,
        "grace": settings.SAVE_GRACE_SECONDS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, values)
        row = cursor.fetchone()
    if row is None:
        return SaveResult(Saved.MISSING)
    state, over, barred, same, newest, newest_at, added, added_at, remaining = row
    if added is not None:
        return SaveResult(Saved.SAVED, added, added_at, remaining)
    if state != "in_progress" or over:
        outcome = Saved.CLOSED
    elif barred:
        outcome = Saved.LEFT
    else:
        outcome = Saved.UNCHANGED if same else Saved.STALE
    return SaveResult(outcome, newest, newest_at, remaining)
