"""Classical statistics of items, tests and answer options.

Figures on fewer than ``FEW`` answers are given, but marked: too few to say. No item should be judged on fewer than
``JUDGE``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from psychometrics.covariances import Moments, moments
from psychometrics.estimates import Array, Estimate, unknown
from psychometrics.intervals import wilson
from psychometrics.reliability import TOO_FEW_PAIRS, alpha_of, omega, standard_error_of_measurement

FEW, JUDGE = 30, 100
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """difficulty: mean mark. item_total, item_rest: correlations with the sum of all and of the other items.

    alpha_without: alpha of the other items. few: fewer than 30 answers, too few to say.
    """

    name: str
    n: int
    difficulty: Estimate
    item_total: Estimate
    item_rest: Estimate
    alpha_without: Estimate

    @property
    def few(self) -> bool:
        return self.n < FEW


@dataclass(frozen=True, slots=True)
class TestStatistics:
    """mean, sd: of the sum (from means and covariances where items are missing by design); sd with its error.

    omega: of the sum as it is; omega_standardised: of the items brought to one variance, as other programs give it.
    """

    items: tuple[ItemStatistics, ...]
    persons: int
    mean: Estimate
    sd: Estimate
    alpha: Estimate
    omega: Estimate
    omega_standardised: Estimate
    sem: Estimate


def classical(scores: Array, names: Sequence[str] = (), weights: Array | None = None) -> TestStatistics:
    """Item and test statistics.

    Args:
        scores: (persons, items), in any unit (right or wrong as 1 and 0), NaN = not shown. weights: (persons,).

    Sources: Lord & Novick (1968), "Statistical theories of mental test scores"; Wilson (1927) for shares; Fisher's z
    for intervals of correlations, with n of the pair of items seen together least.
    """
    known = list(names) or [f"item {number + 1}" for number in range(scores.shape[1])]
    count = np.ones(len(scores)) if weights is None else np.asarray(weights, dtype=float)
    found = moments(scores, count)
    total = found.covariance.sum()
    persons = round(float(count.sum()))
    items = tuple(_item(number, name, found, scores[:, number], count) for number, name in enumerate(known))
    omegas = omega(scores, count), omega(scores, count, standardised=True)
    reason = ""
    if np.isnan(total) or persons < 2:
        reason = "fewer than two persons saw some pair of items together"
    elif total < 0:
        reason = TOO_FEW_PAIRS
    if reason:
        blank = unknown(reason, persons, "moments/1", level=LEVEL)
        sem = standard_error_of_measurement(scores, count)
        return TestStatistics(items, persons, blank, blank, alpha_of(found), *omegas, sem)
    sd = float(np.sqrt(total))
    return TestStatistics(
        items,
        persons,
        _normal(float(found.mean.sum()), sd / np.sqrt(persons), persons),
        _normal(sd, sd / np.sqrt(2 * (persons - 1)), persons),
        alpha_of(found),
        *omegas,
        standard_error_of_measurement(scores, count),
    )


def _normal(value: float, se: float, n: int) -> Estimate:
    half = float(ndtri((1 + LEVEL) / 2)) * se
    return Estimate(value, float(se), value - half, value + half, LEVEL, n, "moments/1")


def _item(number: int, name: str, found: Moments, scores: Array, weights: Array) -> ItemStatistics:
    seen = ~np.isnan(scores)
    n = round(float(weights[seen].sum()))
    others = np.arange(len(found.mean)) != number
    without = Moments(found.mean[others], found.covariance[np.ix_(others, others)], found.pairs[np.ix_(others, others)])
    return ItemStatistics(
        name,
        n,
        _difficulty(found.mean[number], scores[seen], weights[seen], n),
        _correlation(found, number, np.ones(len(others), dtype=bool)),
        _correlation(found, number, others),
        alpha_of(without),
    )


def _difficulty(mean: float, scores: Array, weights: Array, n: int) -> Estimate:
    """Mean mark: with Wilson's interval where marks lie in [0, 1], with the normal one otherwise."""
    if not n:
        return unknown("nobody has answered it", 0, "mean/1", level=LEVEL)
    variance = float(weights @ (scores - mean) ** 2) / max(n - 1, 1)
    se = float(np.sqrt(variance / n))
    if scores.min() < 0 or scores.max() > 1:
        half = float(ndtri((1 + LEVEL) / 2)) * se
        return Estimate(float(mean), se, float(mean) - half, float(mean) + half, LEVEL, n, "mean/1")
    share = wilson(float(mean) * n, n, LEVEL)
    return Estimate(float(mean), se, share.low, share.high, LEVEL, n, share.method)


def _correlation(found: Moments, number: int, with_items: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Estimate:
    """Of an item with the sum of some items, from the covariances."""
    n = round(float(found.pairs[number].min()))
    across = found.covariance[number, with_items].sum()
    variances = found.covariance[number, number] * found.covariance[np.ix_(with_items, with_items)].sum()
    if n < 4 or not variances > 0:
        reason = "too few persons saw it together with the others" if n < 4 else "it or the rest does not vary"
        return unknown(reason, n, "correlation/1", level=LEVEL)
    value = float(np.clip(across / np.sqrt(variances), -1, 1))
    place, half = np.arctanh(np.clip(value, -1 + 1e-12, 1 - 1e-12)), float(ndtri((1 + LEVEL) / 2)) / np.sqrt(n - 3)
    low, high = float(np.tanh(place - half)), float(np.tanh(place + half))
    return Estimate(value, float((1 - value**2) / np.sqrt(n - 1)), low, high, LEVEL, n, "correlation/1")


@dataclass(frozen=True, slots=True)
class OptionStatistics:
    """An answer option: share of all who answered, and of the lower, middle and upper third by score.

    mean: score of those who chose it, in the unit of the scores given; None where nobody did.
    """

    option: str
    n: int
    share: Estimate
    by_third: tuple[Estimate, Estimate, Estimate]
    mean: float | None


def options(chosen: Sequence[str], scores: Sequence[float], known: Sequence[str] = ()) -> tuple[OptionStatistics, ...]:
    """Who chooses which option; a good wrong option draws the lower third.

    Args:
        chosen: each person's option. scores: each person's score on the other items, in the same order.
        known: options to list, chosen or not; default: those chosen, in alphabetical order.

    Thirds are by rank, ties in the order given. Sharper than thirds is the item's curve; below 30 persons a third has
    fewer than 10 and its interval says so.
    """
    if len(chosen) != len(scores):
        raise ValueError("each chosen option needs a score")
    order = np.argsort(np.asarray(scores, dtype=float), kind="stable")
    thirds = np.array_split(order, 3)
    picked = np.asarray(chosen, dtype=object)
    found = []
    for option in list(known) or sorted(set(chosen)):
        mine = picked == option
        low, middle, high = (_share(int(mine[third].sum()), len(third)) for third in thirds)
        mean = float(np.asarray(scores, dtype=float)[mine].mean()) if mine.any() else None
        found.append(
            OptionStatistics(option, int(mine.sum()), _share(int(mine.sum()), len(chosen)), (low, middle, high), mean)
        )
    return tuple(found)


def _share(count: int, n: int) -> Estimate:
    share = wilson(count, n, LEVEL)
    if share.value is None:
        return unknown("nobody answered", 0, share.method, level=LEVEL)
    se = float(np.sqrt(share.value * (1 - share.value) / n))
    return Estimate(share.value, se, share.low, share.high, LEVEL, n, share.method)
