"""The life of an attempt, as a table of allowed moves. `Attempt.move` is the only writer of a state."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Whether time is over is not a state: it is computed from the deadline and the database's clock."""

    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    NEEDS_REVIEW = "needs_review"
    SCORED = "scored"
    VOIDED = "voided"


WITH_SCORE = (State.NEEDS_REVIEW, State.SCORED)
"""With a score in force; while people still mark, it holds what is marked so far."""
HANDED_IN = (State.SUBMITTED, *WITH_SCORE)
"""Over, and not set aside: may be opened again, and get answers that come late by file."""

STATE_LABELS = [
    (State.IN_PROGRESS.value, "In progress"),
    (State.SUBMITTED.value, "Submitted"),
    (State.NEEDS_REVIEW.value, "Needs marking"),
    (State.SCORED.value, "Scored"),
    (State.VOIDED.value, "Voided"),
]

MOVES: frozenset[tuple[State, State]] = frozenset(
    {
        (State.IN_PROGRESS, State.SUBMITTED),
        (State.SUBMITTED, State.SCORED),
        (State.SUBMITTED, State.NEEDS_REVIEW),
        (State.NEEDS_REVIEW, State.SCORED),
        (State.IN_PROGRESS, State.VOIDED),
        (State.SUBMITTED, State.VOIDED),
        (State.NEEDS_REVIEW, State.VOIDED),
        (State.SCORED, State.VOIDED),
        (State.SUBMITTED, State.IN_PROGRESS),
        (State.NEEDS_REVIEW, State.IN_PROGRESS),
        (State.SCORED, State.IN_PROGRESS),
        (State.SCORED, State.NEEDS_REVIEW),
    }
)


class LostRace(Exception):
    """Somebody else moved the row first; nothing was changed here. HTTP 409."""
