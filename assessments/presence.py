"""Which candidates' pages were heard of lately: in the cache, as it may be lost."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.cache import cache

SEEN_SECONDS = 45
"""A page asks for the time every 15 seconds: after three misses it counts as away."""


def seen_key(attempt_id: int) -> str:
    return f"seen-{attempt_id}"


def seen_lately(attempt_ids: Iterable[int]) -> set[int]:
    """Those of the attempts whose page was heard of; empty while Redis is down. One round trip."""
    keys = {seen_key(pk): pk for pk in attempt_ids}
    return {keys[key] for key in cache.get_many(list(keys))}
