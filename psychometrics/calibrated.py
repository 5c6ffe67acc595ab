"""What a calibration yields: items with errors, and how it went."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from psychometrics.estimates import Array, Estimate, unknown
from psychometrics.items import Item
from psychometrics.layout import Layout


@dataclass(frozen=True, slots=True)
class ItemEstimate:
    """An item after calibration.

    slope, difficulty: with standard errors. steps: offsets of partial credit, empty for right or wrong.
    intercepts: of a theta + d (right or wrong), or of the categories. log_slope_sd, correlation: error of the log
    slope and its correlation with that of the difficulty. n: answers (weighted). reason: why there is nothing.
    """

    name: str
    slope: Estimate
    difficulty: Estimate
    steps: tuple[Estimate, ...]
    intercepts: tuple[Estimate, ...]
    chance: float
    log_slope_sd: float
    correlation: float
    n: int
    reason: str = ""

    def as_item(self, skill: str = "", *, live: bool = True) -> Item:
        """For scoring.

        Raises:
            ValueError: the item could not be estimated, or its slope is not positive.
        """
        slope, difficulty, error = self.slope.value, self.difficulty.value, self.difficulty.se
        if slope is None or difficulty is None or error is None or slope <= 0:
            raise ValueError(f"item {self.name} cannot be scored: {self.reason or 'its slope is not positive'}")
        return Item(
            self.name,
            skill,
            log_slope=float(np.log(slope)),
            difficulty=difficulty,
            log_slope_sd=self.log_slope_sd,
            difficulty_sd=error,
            correlation=self.correlation,
            chance=self.chance,
            steps=tuple(float(step.value or 0.0) for step in self.steps),
            live=live,
            n=self.n,
        )


@dataclass(frozen=True, slots=True)
class Calibration:
    """All items of one calibration.

    log_likelihood: of the data, without the prior; None where nothing was estimated. parameters: number of free ones.
    mean, sd: of the population's abilities; 0 and 1 by definition unless anchors fix the scale. persons: weighted.
    evaluations: E-steps. converged: whether the last step was below the limit and the information positive definite.
    """

    model: str
    items: tuple[ItemEstimate, ...]
    log_likelihood: float | None
    parameters: int
    mean: Estimate
    sd: Estimate
    persons: int
    nodes: int
    evaluations: int
    converged: bool
    method: str
    version: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """What all figures of a calibration carry."""

    level: float
    method: str
    version: str

    def estimate(self, value: float, se: float, n: int, *, log: bool = False) -> Estimate:
        """With a symmetric interval, on the log scale if asked for."""
        z = float(ndtri((1 + self.level) / 2))
        low, high = value - z * se, value + z * se
        if log:
            low, high = value * np.exp(-z * se / value), value * np.exp(z * se / value)
        return Estimate(value, se, float(low), float(high), self.level, n, self.method, self.version)

    def unknown(self, reason: str, n: int) -> Estimate:
        return unknown(reason, n, self.method, level=self.level, version=self.version)


def item_estimate(
    layout: Layout, parameters: Array, covariance: Array, item: int, name: str, n: int, label: Label
) -> ItemEstimate:
    """One item's numbers and their errors by the delta method.

    slope a; difficulty b = -d_m / (m a); step_k = (d_(k-1) - d_k) / a - b, with d_0 = 0.
    """
    steps, first = int(layout.steps[item]), layout.slopes + int(layout.first[item])
    where = [int(layout.slope_of[item]), *range(first, first + steps)]
    errors = covariance[np.ix_(where, where)].copy()
    a, d = float(layout.slope(parameters)[item]), parameters[first : first + steps]
    if layout.log_slopes:  # from here on in terms of the slope itself
        errors[0] *= a
        errors[:, 0] *= a
    b = -d[-1] / (steps * a)
    by = np.zeros((1 + steps, 1 + steps))  # rows: difficulty and steps; columns: slope and intercepts
    by[0, 0], by[0, steps] = -b / a, -1 / (steps * a)
    offsets = -np.diff(d, prepend=0.0) / a - b
    for k in range(steps):
        by[1 + k, 0] = -(offsets[k] + b) / a - by[0, 0]
        by[1 + k, 1 + k] -= 1 / a
        if k:
            by[1 + k, k] += 1 / a
        by[1 + k, 1:] -= by[0, 1:]
    spread = by @ errors @ by.T
    slope_se = float(np.sqrt(errors[0, 0]))
    place_se = float(np.sqrt(max(spread[0, 0], 0.0)))
    with_slope = float(by[0] @ errors[:, 0])
    return ItemEstimate(
        name,
        label.estimate(a, slope_se, n, log=layout.log_slopes),
        label.estimate(float(b), place_se, n),
        tuple(
            label.estimate(float(offsets[k]), float(np.sqrt(max(spread[1 + k, 1 + k], 0.0))), n)
            for k in range(steps if steps > 1 else 0)
        ),
        tuple(label.estimate(float(d[k]), float(np.sqrt(errors[1 + k, 1 + k])), n) for k in range(steps)),
        float(layout.chance[item]),
        slope_se / abs(a),
        float(np.clip(with_slope / (slope_se * place_se), -1, 1)) if slope_se and place_se else 0.0,
        n,
    )


def missing_item(name: str, reason: str, n: int, chance: float, label: Label) -> ItemEstimate:
    """An item that could not be estimated."""
    blank = label.unknown(reason, n)
    return ItemEstimate(name, blank, blank, (), (), chance, 0.0, 0.0, n, reason)
