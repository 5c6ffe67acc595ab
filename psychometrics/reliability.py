"""Reliability of a sum of items: alpha with Feldt's interval, omega, standard error of measurement.

Items may be missing by design: covariances come from the persons who saw both items, and n is that of the pair seen
together least. A pair that nobody saw together leaves alpha without a value.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import f as f_distribution

from psychometrics.covariances import Moments, moments
from psychometrics.estimates import Array, Estimate, check_level, unknown

# Each covariance may come from other persons, so that few of them need not fit together.
APART = "fewer than three persons saw some pair of items together"
TOO_FEW_PAIRS = "too few persons saw pairs of items together: the variances found contradict each other"
ALPHA, OMEGA, SEM = "alpha-feldt/1", "omega-one-factor/1", "sem/1"


def alpha(scores: Array, weights: Array | None = None, *, level: float = 0.95) -> Estimate:
    """Coefficient alpha: k / (k - 1) (1 - sum of item variances / variance of the sum).

    Args:
        scores: (persons, items), NaN = not shown. weights: (persons,).

    Returns:
        Interval 1 - (1 - alpha) F over the quantiles of F(n - 1, (n - 1)(k - 1)); se from its half width. No value
        for fewer than two items or three persons, a pair never seen together, or a sum without variance. Alpha may
        be negative: the items then do not measure one thing.

    Sources: Cronbach (1951), Psychometrika 16, 297-334; Feldt (1965), "The approximate sampling distribution of
    Kuder-Richardson reliability coefficient twenty", Psychometrika 30, 357-370.
    """
    check_level(level)
    return alpha_of(moments(scores, weights), level=level)


def alpha_of(found: Moments, *, level: float = 0.95) -> Estimate:
    """``alpha`` from moments."""
    k, n = len(found.mean), found.persons
    if reason := _why_not(found):
        return unknown(reason, n, ALPHA, level=level)
    value = k / (k - 1) * (1 - np.trace(found.covariance) / found.covariance.sum())
    low_f, high_f = f_distribution.ppf([(1 + level) / 2, (1 - level) / 2], n - 1, (n - 1) * (k - 1))
    low, high = 1 - (1 - value) * low_f, 1 - (1 - value) * high_f
    return Estimate(float(value), _feldt_se(float(value), k, n), float(low), float(high), level, n, ALPHA)


def _feldt_se(value: float, k: int, n: int) -> float | None:
    """SD of 1 - (1 - alpha) F; None where F has none."""
    lower = (n - 1) * (k - 1)
    if lower <= 4:
        return None
    variance = 2 * lower**2 * (n - 1 + lower - 2) / ((n - 1) * (lower - 2) ** 2 * (lower - 4))
    return float((1 - value) * np.sqrt(variance))


def _why_not(found: Moments) -> str:
    if len(found.mean) < 2:
        return "fewer than two items"
    if found.persons < 3 or np.isnan(found.covariance).any():
        return APART
    total = found.covariance.sum()
    if total <= 0:
        return TOO_FEW_PAIRS if total < 0 else "the sum of the items does not vary"
    return ""


def omega(scores: Array, weights: Array | None = None, *, standardised: bool = False) -> Estimate:
    """McDonald's omega of a one-factor model: 1 - sum of unique variances / variance of the sum.

    Loadings by least squares on the off-diagonal covariances (minres). Where alpha's assumption of equal loadings
    fails, omega is the better figure. No interval: its error needs the bootstrap.

    Args:
        standardised: of the sum of standardised items.

    Returns:
        No value for fewer than three items, items without variance, or a unique variance below 0.

    Source: McDonald (1999), "Test theory: a unified treatment", chapter 6; Harman & Jones (1966), Psychometrika 31,
    351-368 (minres).
    """
    found = moments(scores, weights)
    n = found.persons
    if reason := _why_not(found) or ("fewer than three items" if len(found.mean) < 3 else ""):
        return unknown(reason, n, OMEGA)
    sd = np.sqrt(np.diagonal(found.covariance))
    if (sd == 0).any():
        return unknown("an item does not vary", n, OMEGA)
    correlation = found.covariance / np.outer(sd, sd)
    loadings = _minres(correlation)
    unique = 1 - loadings**2
    if (unique < 0).any():
        return unknown("a unique variance is negative: the items do not follow one factor", n, OMEGA)
    total = correlation.sum() if standardised else found.covariance.sum()
    value = 1 - (unique if standardised else unique * sd**2).sum() / total
    return Estimate(float(value), None, None, None, 0.95, n, OMEGA, reason="its error is not estimated")


def _minres(correlation: Array) -> Array:
    """Loadings of one factor, each in turn the least-squares one given the others."""
    loadings = np.sqrt(np.maximum(np.abs(correlation).mean(axis=0), 1e-3))
    for _ in range(2000):
        before = loadings.copy()
        for item in range(len(loadings)):
            others = np.delete(loadings, item)
            loadings[item] = np.delete(correlation[item], item) @ others / max(others @ others, 1e-12)
        if np.abs(loadings - before).max() < 1e-10:
            break
    return np.asarray(np.abs(loadings) if (loadings <= 0).all() else loadings)


def standard_error_of_measurement(scores: Array, weights: Array | None = None) -> Estimate:
    """SEM = SD of the sum x √(1 - alpha), in the unit of the scores; Lord & Novick (1968), chapter 3."""
    found = moments(scores, weights)
    reliability = alpha_of(found)
    if reliability.value is None:
        return unknown(reliability.reason, reliability.n, SEM)
    sd = np.sqrt(found.covariance.sum())
    value, low, high = (
        float(sd * np.sqrt(max(1 - share, 0.0)))
        for share in (reliability.value, reliability.high or 0.0, reliability.low or 0.0)
    )
    return Estimate(value, (high - low) / 3.92, low, high, 0.95, reliability.n, SEM)
