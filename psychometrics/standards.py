"""Cut scores by a modified Angoff panel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as t_distribution

from psychometrics.estimates import Array, Estimate, unknown

METHOD = "angoff/1"


@dataclass(frozen=True, slots=True)
class Panel:
    """cut: mean share over judges. items: mean rating per item. judges: each judge's own cut; None where they rated
    nothing. disagreement: SD between judges; None with fewer than two."""

    cut: Estimate
    items: tuple[Estimate, ...]
    judges: tuple[float | None, ...]
    disagreement: float | None


def angoff(ratings: Array, *, level: float = 0.90) -> Panel:
    """The cut of a panel.

    Each judge says of each item which share of persons who are just good enough would get it right. A judge's cut is
    the mean over items; items that a judge left out are filled in by the two-way additive model (judge + item), so
    that who rated the hard items does not move the cut. The panel's cut is the mean over judges, its standard error
    SD / √judges, the interval Student's.

    Args:
        ratings: (judges, items), in [0, 1], NaN = not rated.

    Returns:
        n is the number of judges. One judge gives a cut without an error and says so; none gives no value, nor do
        panels in which some item was rated by nobody.

    Raises:
        ValueError: ratings outside [0, 1].

    Sources: Angoff (1971), in Thorndike, "Educational measurement"; Brennan & Lockwood (1980), "A comparison of the
    Nedelsky and Angoff cutting score procedures using generalizability theory", Applied Psychological Measurement 4,
    219-240.
    """
    seen = ~np.isnan(ratings)
    if not ((ratings[seen] >= 0) & (ratings[seen] <= 1)).all():
        raise ValueError("ratings must lie between 0 and 1")
    rated = seen.any(axis=1)
    items = tuple(_mean(ratings[seen[:, item], item], level) for item in range(ratings.shape[1]))
    judges: list[float | None] = [None] * len(ratings)
    n = int(rated.sum())
    if not n or not seen.any(axis=0).all():
        reason = "nobody has rated anything" if not n else "some items were rated by nobody"
        return Panel(unknown(reason, n, METHOD, level=level), items, tuple(judges), None)
    cuts = _filled(ratings[rated]).mean(axis=1)
    for place, cut in zip(np.flatnonzero(rated), cuts, strict=True):
        judges[place] = float(cut)
    return Panel(_mean(cuts, level), items, tuple(judges), float(cuts.std(ddof=1)) if n > 1 else None)


def _filled(ratings: Array) -> Array:
    """Missing ratings replaced by judge + item of the additive model, by least squares in turns."""
    seen = ~np.isnan(ratings)
    judge, item = np.zeros(len(ratings)), np.nanmean(ratings, axis=0)
    for _ in range(200):
        judge = np.nanmean(ratings - item, axis=1)
        item = np.nanmean(ratings - judge[:, None], axis=0)
    return np.asarray(np.where(seen, ratings, np.clip(judge[:, None] + item, 0, 1)))


def _mean(values: Array, level: float) -> Estimate:
    n = len(values)
    if not n:
        return unknown("nobody has rated it", 0, METHOD, level=level)
    value = float(values.mean())
    if n == 1:
        return Estimate(value, None, None, None, level, 1, METHOD, reason="one judge alone gives no error")
    se = float(values.std(ddof=1) / np.sqrt(n))
    half = float(t_distribution.ppf((1 + level) / 2, n - 1)) * se
    return Estimate(value, se, max(value - half, 0.0), min(value + half, 1.0), level, n, METHOD)
