"""When candidates' pages were last heard of: in the cache, as it may be lost."""

from __future__ import annotations

import time
from collections.abc import Iterable

from django.core.cache import cache

SEEN_SECONDS = 45
"""A page asks for the time every 15 seconds: after three misses it counts as away."""
KEPT_SECONDS = 6 * 3600
_PROBE = "seen-probe"


def seen_key(attempt_id: int) -> str:
    return f"seen-{attempt_id}"


def note_seen(attempt_id: int) -> None:
    """An attempt's page was heard of now."""
    cache.set(seen_key(attempt_id), time.time(), KEPT_SECONDS)


def silent_seconds(attempt_ids: Iterable[int]) -> dict[int, float] | None:
    """Seconds since each page was heard of, of those that ever were; None while the cache is away."""
    cache.set(_PROBE, 1, 60)
    keys = {seen_key(pk): pk for pk in attempt_ids}
    found = cache.get_many([_PROBE, *keys])
    if _PROBE not in found:
        return None
    now = time.time()
    return {keys[key]: max(0.0, now - at) for key, at in found.items() if key in keys}


def seen_lately(attempt_ids: Iterable[int]) -> set[int]:
    """Those of the attempts whose page was heard of lately; empty while the cache is away."""
    silent = silent_seconds(attempt_ids) or {}
    return {pk for pk, seconds in silent.items() if seconds < SEEN_SECONDS}
