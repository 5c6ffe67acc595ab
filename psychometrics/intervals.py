"""Intervals for shares."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtri

METHOD = "wilson"


@dataclass(frozen=True, slots=True)
class ShareEstimate:
    """A share with its interval and the count that it rests on.

    value, low, high: in [0, 1], or None with a ``reason`` where nothing can be estimated.
    n: number of marks. level: probability that the interval is built for.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    level: float
    method: str = METHOD
    reason: str = ""


def wilson(points: float, n: int, level: float = 0.90) -> ShareEstimate:
    """Wilson score interval of the share ``points / n``.

    With p = points / n and z the normal quantile of (1 + level) / 2, the interval is
    (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n).

    ``points`` may be fractional (partial credit): marks in [0, 1] vary at most as much as right/wrong
    marks with the same mean, so the interval is then on the safe side.

    Degenerate cases: n = 0 gives no value and a reason; all right or all wrong give one-sided-looking
    intervals that stay inside [0, 1].

    Raises:
        ValueError: points outside [0, n], or level outside (0, 1).

    Source: Wilson (1927), "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22, 209-212.
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
    if n == 0:
        return ShareEstimate(None, None, None, 0, level, reason="no questions were counted")
    if not -1e-9 <= points <= n + 1e-9:
        raise ValueError(f"points must lie between 0 and n = {n}, got {points}")
    p = min(max(points / n, 0.0), 1.0)
    z = float(ndtri((1 + level) / 2))
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return ShareEstimate(p, max(0.0, centre - half), min(1.0, centre + half), n, level)
