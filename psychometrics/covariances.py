"""Means and covariances of marks with answers missing by design: each pair from the persons who saw both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from psychometrics.estimates import Array


@dataclass(frozen=True, slots=True)
class Moments:
    """Of items. mean: (items,). covariance: (items, items), denominators n - 1. pairs: (items, items), persons."""

    mean: Array
    covariance: Array
    pairs: Array

    @property
    def persons(self) -> int:
        """Persons of the pair of items that was seen together least."""
        return round(float(self.pairs.min())) if self.pairs.size else 0


def moments(scores: Array, weights: Array | None = None) -> Moments:
    """Pairwise moments; NaN where nobody (mean) or fewer than two persons (covariance) saw the items.

    Args:
        scores: (persons, items), in any unit, NaN = not shown.
        weights: (persons,), how many persons each row stands for.
    """
    count = np.ones(len(scores)) if weights is None else weights
    seen = ~np.isnan(scores)
    shifted = np.where(seen, scores, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (count @ shifted) / (count @ seen)
        # Around the items' means, so that large scores do not cancel.
        shifted = np.where(seen, scores - mean, 0.0)
        weighted = seen * count[:, None]
        pairs = seen.T.astype(float) @ weighted
        sums = shifted.T @ weighted  # of the first, over persons who saw both
        products = shifted.T @ (shifted * count[:, None])
        covariance = np.where(pairs > 1, (products - sums * sums.T / pairs) / (pairs - 1), np.nan)
    return Moments(np.asarray(mean), np.asarray(covariance), np.asarray(pairs))
