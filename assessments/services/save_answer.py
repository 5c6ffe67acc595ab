"""Saving an answer: one statement that checks, appends and replies."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection


class Saved(StrEnum):
    """What became of a save."""

    SAVED = "saved"
    UNCHANGED = "unchanged"
    STALE = "stale"
    CLOSED = "closed"
    PART_CLOSED = "part_closed"
    LEFT = "left"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class SaveResult:
    """The reply to a save. ``revision`` and ``saved_at`` are those of the newest stored answer.

    ``remaining_ms``: milliseconds to the nearest end (of the question, its section or the attempt) by the
    database's clock, None where untimed. ``given``: the newest time that was given (its key), 0 where none was.
    """

    outcome: Saved
    revision: int = 0
    saved_at: datetime.datetime | None = None
    remaining_ms: int | None = None
    given: int = 0

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
           x.extra, x.given, a.closes_at + x.extra AS deadline
    FROM assessments_attempt a
    CROSS JOIN LATERAL (
        SELECT make_interval(secs => coalesce(sum(e.seconds), 0)) AS extra,
               coalesce(max(e.id) FILTER (WHERE e.seconds <> 0), 0) AS given
        FROM assessments_attemptextension e WHERE e.attempt_id = a.id
    ) x
    WHERE a.public_id = %(attempt)s
    FOR SHARE OF a
), item AS MATERIALIZED (
    SELECT i.id, att.state, att.given, least(att.deadline, i.closes_at + att.extra) AS deadline,
           coalesce(r.revision, 0) AS revision, r.saved_at,
           r.answer IS NOT DISTINCT FROM %(answer)s::jsonb AS same,
           i.left_at IS NOT NULL OR EXISTS (
               SELECT 1 FROM assessments_attemptitem b
               WHERE b.attempt_id = i.attempt_id AND b.one_way AND b.left_at IS NULL AND b.position < i.position
                 AND (b.closes_at IS NULL OR clock_timestamp() <= b.closes_at + att.extra)
           ) AS barred,
           coalesce(clock_timestamp() > att.deadline + make_interval(secs => %(grace)s), false) AS over,
           coalesce(clock_timestamp() > i.closes_at + att.extra + make_interval(secs => %(grace)s), false) AS part_over
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
    WHERE state = 'in_progress' AND NOT over AND NOT part_over AND NOT barred AND NOT same AND revision = %(revision)s
    ON CONFLICT (item_id, revision) DO NOTHING
    RETURNING revision, saved_at
)
SELECT item.state, item.over, item.part_over, item.barred, item.same, item.revision, item.saved_at,
       added.revision, added.saved_at,
       (extract(epoch FROM item.deadline - clock_timestamp()) * 1000)::bigint, item.given
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
    row = _run(values)
    if row is not None and _crossed(row, revision):
        row = _run(values)
    if row is None:
        return SaveResult(Saved.MISSING)
    if row.added is not None:
        return SaveResult(Saved.SAVED, row.added, row.added_at, row.remaining_ms, row.given)
    return SaveResult(_refusal(row), row.revision, row.saved_at, row.remaining_ms, row.given)


class _Row(NamedTuple):
    """What the statement returns, in its order."""

    state: str
    over: bool
    part_over: bool
    barred: bool
    same: bool
    revision: int
    saved_at: datetime.datetime | None
    added: int | None
    added_at: datetime.datetime | None
    remaining_ms: int | None
    given: int


def _run(values: dict[str, Any]) -> _Row | None:
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, values)
        row = cursor.fetchone()
    return None if row is None else _Row(*row)


def _crossed(row: _Row, revision: int) -> bool:
    """Whether a save at the same moment took the revision: only a second look tells if it stored the same answer."""
    return row.added is None and row.revision == revision and _refusal(row) is Saved.STALE


def _refusal(row: _Row) -> Saved:
    if row.state != "in_progress" or row.over:
        return Saved.CLOSED
    if row.same:
        return Saved.UNCHANGED  # also after the end of the part: it is stored, so nobody is told that it is not
    if row.part_over:
        return Saved.PART_CLOSED
    return Saved.LEFT if row.barred else Saved.STALE
