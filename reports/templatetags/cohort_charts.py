"""Places of a histogram's bars in its picture of 600 by 176 units, the base line at 150."""

from __future__ import annotations

from collections.abc import Sequence

from django import template

from reports import figures
from reports.cohort import Bin
from reports.models import ReportFigure

register = template.Library()

BAR, GAP, BASE, TALLEST = 56, 4, 150, 126


@register.filter
def bar_x(one: Bin) -> str:
    return str(one.start * 6 + GAP / 2)


@register.filter
def bar_middle(one: Bin) -> str:
    return str(one.start * 6 + (BAR + GAP) / 2)


@register.filter
def bar_height(one: Bin, most: int) -> str:
    return f"{TALLEST * one.people / most:.1f}"


@register.filter
def bar_y(one: Bin, most: int) -> str:
    return f"{BASE - TALLEST * one.people / most:.1f}"


@register.filter
def count_y(one: Bin, most: int) -> str:
    """Just above the bar."""
    return f"{BASE - TALLEST * one.people / most - 6:.1f}"


@register.filter
def titled(stages: dict[str, str], slug: str) -> str:
    """The title of a hiring stage; of the first one for people whom nobody has moved yet."""
    return stages.get(slug, slug or next(iter(stages.values())))


# --- side by side: one lane of the picture for each person --------------------------------------

LANE = 22


@register.filter
def overlay_height(figures: Sequence[object]) -> int:
    return LANE * len(figures) + 6


@register.filter
def overlay_y(lane: int) -> str:
    """The middle of a lane."""
    return str(LANE * lane + LANE // 2 + 3)


@register.filter
def overlay_top(lane: int) -> str:
    """Where a mark of 18 units begins, so that it sits in the middle of its lane."""
    return str(LANE * lane + LANE // 2 + 3 - 9)


@register.filter
def estimate_of(figure: ReportFigure) -> str:
    """``62 % (45-77 %), n 12, provisional`` of a row."""
    return figures.figure(figure.estimate, figure.low, figure.high, figure.n, provisional=figure.provisional)
