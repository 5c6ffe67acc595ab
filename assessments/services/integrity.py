"""Signals of what happened around a sitting: recorded with consent, shown as facts, never a verdict."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import IntegerField, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from accounts.errors import NotPossible
from assessments.clock import database_now
from assessments.models import Attempt, AttemptEvent
from assessments.states import State

KINDS = {
    "focus_lost": ("seconds",),
    "paste": ("position", "characters"),
    "offline": ("seconds",),
    "save_failed": ("count",),
    "other_browser": (),
}
WORDS = {
    "focus_lost": "The page lost the focus",
    "paste": "Something was pasted into an answer",
    "offline": "The connection was away",
    "save_failed": "An answer could not be saved at first",
    "other_browser": "The attempt went on in another browser",
}
MAX_PER_CALL = 50
MAX_PER_ATTEMPT = 1000
MAX_FAILED_SAVES = 10_000
MAX_AGO = 86_400.0
"""Failures that a page tells of after more seconds are counted, but say nothing about a time."""
MAX_TOLD = 200
"""So many messages about failed saves are kept of one attempt."""


def record(*, attempt: Attempt, events: Sequence[Any]) -> int:
    """Append what the page reports; unknown kinds and fields are dropped. Returns how many were kept.

    The page belongs to the candidate, so these are hints: a missing event proves nothing.
    """
    failed = [_note_failed_saves(attempt, event) for event in events[:MAX_PER_CALL] if _kind(event) == "save_failed"]
    if attempt.state != State.IN_PROGRESS:
        return sum(failed)
    rows = [_row(attempt, event) for event in events[:MAX_PER_CALL]]
    kept = [row for row in rows if row is not None]
    room = MAX_PER_ATTEMPT - attempt.events.filter(kind__in=KINDS).count()
    AttemptEvent.objects.bulk_create(kept[: max(0, room)])
    return sum(failed) + min(len(kept), max(0, room))


def _kind(event: Any) -> Any:
    return event.get("kind") if isinstance(event, dict) else None


@transaction.atomic
def _note_failed_saves(attempt: Attempt, event: dict[str, Any]) -> bool:
    """Append what a device's total has grown by since it was last told: the same message twice counts once.

    Also after the end, for then the last ones are told; and it is a reason to open the attempt again.
    """
    device, total = event.get("device"), event.get("total")
    if not isinstance(device, str) or type(total) is not int or attempt.state == State.VOIDED:
        return False
    Attempt.objects.select_for_update(no_key=True).only("pk").get(pk=attempt.pk)  # one message after the other
    known = attempt.events.filter(kind="save_failed")
    if known.count() >= MAX_TOLD:
        return False
    counts = known.filter(data__device=device[:20]).aggregate(told=Sum(Cast(KT("data__count"), IntegerField())))
    grown = min(total, MAX_FAILED_SAVES) - (counts["told"] or 0)
    if grown > 0:
        data = {"count": grown, "device": device[:20], **_when(event)}
        AttemptEvent.objects.create(attempt=attempt, kind="save_failed", data=data)
    return grown > 0


def _when(event: dict[str, Any]) -> dict[str, str]:
    """From when to when they failed, by our clock: the page tells how many seconds ago. Nothing where it does not."""
    began_ago: Any = event.get("began_ago")
    ended_ago: Any = event.get("ended_ago")
    if type(began_ago) not in (int, float) or type(ended_ago) not in (int, float):
        return {}
    if not 0 <= ended_ago <= began_ago <= MAX_AGO:
        return {}
    now = database_now()
    began, ended = ((now - datetime.timedelta(seconds=value)).isoformat() for value in (began_ago, ended_ago))
    return {"began": began, "ended": ended}


def _row(attempt: Attempt, event: Any) -> AttemptEvent | None:
    if _kind(event) not in KINDS or event["kind"] in ("other_browser", "save_failed"):
        return None
    data = {}
    for name in KINDS[event["kind"]]:
        value = event.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e6:
            return None
        data[name] = round(float(value), 1)
    return AttemptEvent(attempt=attempt, kind=event["kind"], data=data)


def note_browser(*, attempt: Attempt, fingerprint: str) -> None:
    """Note that the attempt goes on in another browser than before (``fingerprint``: a short hash of its name).

    The first one is noted by the start.
    """
    seen = _last_browser(attempt)
    if seen and seen.get("hash") != fingerprint:
        AttemptEvent.objects.create(attempt=attempt, kind="other_browser", data={})
    if not seen or seen.get("hash") != fingerprint:
        AttemptEvent.objects.create(attempt=attempt, kind="browser", data={"hash": fingerprint})


def _last_browser(attempt: Attempt) -> Any:
    return attempt.events.filter(kind="browser").order_by("-pk").values_list("data", flat=True).first()


def recorded(attempt: Attempt) -> list[tuple[str, int]]:
    """What was recorded, in words with its count: for the candidate's own eyes."""
    counts: Counter[str] = Counter()
    for kind, data in attempt.events.filter(kind__in=KINDS).values_list("kind", "data"):
        counts[kind] += data.get("count", 1)
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
