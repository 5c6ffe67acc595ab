"""Figures and chart places of the pages for authors."""

from __future__ import annotations

import math
from typing import Any

from django import template

from reports import figures
from reports.facts import OUTCOMES
from reports.models import ItemParameters
from reports.performance import Group
from reports.recalibration import Drift, Place

register = template.Library()

# The drawing area of the chart: x from 10 to 95, y from 50 (nothing right) to 5 (all right).
LEFT, RIGHT, BOTTOM, TOP = 10.0, 95.0, 50.0, 5.0


Z = 1.96
"""Standard errors on either side of a 95 % range."""


@register.filter
def estimated(found: Any) -> str:
    """``62 % (45-77 %), n 12`` of an estimate; its reason where there is none."""
    if found.value is None:
        return str(found.reason) or figures.EN_DASH
    return figures.figure(found.value, found.low, found.high, found.n)


@register.filter
def correlated(found: Any) -> str:
    """``0.31 (0.12 to 0.48), n 12``; the reason where there is none."""
    if found.value is None:
        return str(found.reason)
    return f"{signed(found.value)} ({signed(found.low)} to {signed(found.high)}), n{figures.NBSP}{found.n}"


@register.filter
def signed(value: float) -> str:
    """Two decimals with a true minus sign."""
    return f"{value:.2f}".replace("-", "\u2212")


@register.filter
def slope(log_slope: float) -> str:
    return f"{math.exp(log_slope):.2f}"


@register.filter
def slope_range(row: ItemParameters) -> str:
    """``(0.71-1.62)``: the 95 % range of a slope; on the scale of the slope it is not symmetric."""
    low, high = (row.log_slope + sign * Z * row.log_slope_sd for sign in (-1, 1))
    return f"({slope(low)}{figures.EN_DASH}{slope(high)})"


@register.filter
def difficulty_range(row: ItemParameters) -> str:
    """``(-0.92 to 0.30)``: the 95 % range of a difficulty."""
    low, high = (row.difficulty + sign * Z * row.difficulty_sd for sign in (-1, 1))
    return f"({signed(low)} to {signed(high)})"


@register.filter
def fit_of(value: float, sd: float | None) -> str:
    """``1.04 (0.91-1.17)``, the 95 % range; without it where the calibration did not keep the error."""
    if sd is None:
        return f"{value:.2f} (range not kept)"
    return f"{value:.2f} ({max(value - Z * sd, 0):.2f}{figures.EN_DASH}{value + Z * sd:.2f})"


@register.filter
def placed(place: Place) -> str:
    """``62 % (45-77 %), n 40``; "assumed" where nobody answered yet."""
    share = f"{figures.percent(place.value)} ({figures.span(place.low, place.high)}), n{figures.NBSP}{place.n}"
    return f"{share}, assumed" if place.assumed else share


@register.filter
def drift_range(drift: Drift) -> str:
    """``+8 to +21 points of 100``: the range of observed less expected."""
    low, high = (f"{100 * end:+.0f}".replace("-", "\u2212") for end in (drift.low, drift.high))
    return f"{low} to {high} points of 100"


@register.filter
def all_outcomes(counts: dict[str, int]) -> dict[str, int]:
    return {outcome: counts.get(outcome, 0) for outcome in OUTCOMES}


@register.filter
def cx(share: float) -> str:
    return f"{LEFT + (RIGHT - LEFT) * share:.2f}"


@register.filter
def cy(share: float) -> str:
    return f"{BOTTOM - (BOTTOM - TOP) * share:.2f}"


@register.filter
def line(points: list[tuple[float, float]]) -> str:
    """A path through points given as shares."""
    return "M" + " L".join(f"{cx(x)} {cy(y)}" for x, y in points)


@register.filter
def whisker(group: Group) -> str:
    """The range of a group as a path."""
    low, high = group.share.low or 0.0, 1.0 if group.share.high is None else group.share.high
    return f"M{cx(group.others)} {cy(low)}V{cy(high)}"
