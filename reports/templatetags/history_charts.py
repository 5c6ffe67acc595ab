"""Places in the picture of results over time: one lane for each attempt, its words above its interval."""

from __future__ import annotations

from collections.abc import Sequence

from django import template

register = template.Library()

LANE, WORDS, BAR = 44, 14, 29


@register.filter
def lanes_height(results: Sequence[object]) -> int:
    return LANE * len(results)


@register.filter
def lane_words(lane: int) -> int:
    """The base line of a lane's words."""
    return LANE * lane + WORDS


@register.filter
def lane_bar(lane: int) -> int:
    """The middle of a lane's interval."""
    return LANE * lane + BAR
