"""The life of a question, as a table of allowed moves."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Only ``live`` questions are drawn and counted; ``pilot`` ones are drawn, timed and not counted."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PILOT = "pilot"
    LIVE = "live"
    RETIRED = "retired"


STATUS_LABELS = [
    (Status.DRAFT.value, "Draft"),
    (Status.IN_REVIEW.value, "In review"),
    (Status.PILOT.value, "Pilot"),
    (Status.LIVE.value, "Live"),
    (Status.RETIRED.value, "Retired"),
]

MOVES: frozenset[tuple[Status, Status]] = frozenset(
    {
        (Status.DRAFT, Status.IN_REVIEW),
        (Status.IN_REVIEW, Status.DRAFT),
        (Status.IN_REVIEW, Status.PILOT),
        (Status.IN_REVIEW, Status.LIVE),
        (Status.PILOT, Status.LIVE),
        (Status.DRAFT, Status.RETIRED),
        (Status.IN_REVIEW, Status.RETIRED),
        (Status.PILOT, Status.RETIRED),
        (Status.LIVE, Status.RETIRED),
        (Status.RETIRED, Status.IN_REVIEW),
    }
)
NEEDS_RELEASE = frozenset({Status.PILOT, Status.LIVE})
"""Moves into these are a release: by somebody with the right, who did not write the version."""
