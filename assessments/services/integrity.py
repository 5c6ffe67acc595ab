"""Signals of what happened around a sitting: recorded with consent, shown as facts, never a verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from accounts.errors import NotPossible
from assessments.models import Attempt, AttemptEvent
from assessments.states import State

KINDS = {
    "focus_lost": ("seconds",),
    "paste": ("position", "characters"),
    "offline": ("seconds",),
    "other_browser": (),
}
WORDS = {
    "focus_lost": "The page lost the focus",
    "paste": "Something was pasted into an answer",
    "offline": "The connection was away",
    "other_browser": "The attempt went on in another browser",
}
MAX_PER_CALL = 50
MAX_PER_ATTEMPT = 1000


def record(*, attempt: Attempt, events: Sequence[Any]) -> int:
    """Append what the page reports; unknown kinds and fields are dropped. Returns how many were kept.

    The page belongs to the candidate, so these are hints: a missing event proves nothing.
    """
    if attempt.state != State.IN_PROGRESS:
        return 0
    rows = [_row(attempt, event) for event in events[:MAX_PER_CALL]]
    kept = [row for row in rows if row is not None]
    room = MAX_PER_ATTEMPT - attempt.events.filter(kind__in=KINDS).count()
    AttemptEvent.objects.bulk_create(kept[: max(0, room)])
    return min(len(kept), max(0, room))


def _row(attempt: Attempt, event: Any) -> AttemptEvent | None:
    if not isinstance(event, dict) or event.get("kind") not in KINDS or event["kind"] == "other_browser":
        return None
    data = {}
    for name in KINDS[event["kind"]]:
        value = event.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e6:
            return None
        data[name] = round(float(value), 1)
    return AttemptEvent(attempt=attempt, kind=event["kind"], data=data)


def note_browser(*, attempt: Attempt, fingerprint: str, fresh: bool = False) -> None:
    """Note that the attempt goes on in another browser than before (``fingerprint``: a short hash of its name).

    ``fresh``: the attempt has only just begun, so there is no earlier one.
    """
    seen = None if fresh else _last_browser(attempt)
    if seen and seen.get("hash") != fingerprint:
        AttemptEvent.objects.create(attempt=attempt, kind="other_browser", data={})
    if not seen or seen.get("hash") != fingerprint:
        AttemptEvent.objects.create(attempt=attempt, kind="browser", data={"hash": fingerprint})


def _last_browser(attempt: Attempt) -> Any:
    return attempt.events.filter(kind="browser").order_by("-pk").values_list("data", flat=True).first()


def recorded(attempt: Attempt) -> list[tuple[str, int]]:
    """What was recorded, in words with its count: for the candidate's own eyes."""
    counts = Counter(attempt.events.filter(kind__in=KINDS).values_list("kind", flat=True))
    return [(words, counts[kind]) for kind, words in WORDS.items() if counts[kind]]


def comment(*, attempt: Attempt, text: str) -> None:
    """Keep what the candidate has to say about the circumstances; readers of the report see it.

    Raises:
        NotPossible: empty.
    """
    if not text.strip():
        raise NotPossible("Write what the team should know.")
    attempt.candidate_comment = text.strip()[:2000]
    attempt.save(update_fields=["candidate_comment"])
