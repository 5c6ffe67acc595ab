"""Prior distributions of item parameters in a calibration (Bayes modal estimation).

Source: Mislevy (1986), "Bayes modal estimation in item response models", Psychometrika 51, 177-195. The default widths
are those with which nominal 95 % intervals held their promise in simulations from 30 persons on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from psychometrics.estimates import Array
from psychometrics.items import Item
from psychometrics.layout import Layout

#: log a ~ N(0, 0.4²): slopes mostly between 0.45 and 2.2.
LOG_SLOPE_SD = 0.4
#: Mean intercept per step ~ N(0, 1.7²): shares right at average ability mostly between .03 and .97.
INTERCEPT_SD = 1.7
#: How far intercepts of partial credit lie from equal steps.
STEP_SD = 2.0


@dataclass(frozen=True, slots=True)
class Prior:
    """Normal priors, per item: on the log slope; on the intercept per step or (``on_difficulty``) on the difficulty.

    Infinite standard deviations say nothing. All arrays (items,).
    """

    log_slope: Array
    log_slope_sd: Array
    place: Array
    place_sd: Array
    on_difficulty: np.ndarray[tuple[int], np.dtype[np.bool_]]
    step_sd: float

    @classmethod
    def none(cls, items: int) -> Prior:
        """Maximum likelihood."""
        nothing = np.full(items, np.inf)
        return cls(np.zeros(items), nothing, np.zeros(items), nothing, np.zeros(items, dtype=bool), np.inf)

    @classmethod
    def weak(cls, items: int) -> Prior:
        """The same for all items."""
        zeros = np.zeros(items)
        widths = np.full(items, LOG_SLOPE_SD), np.full(items, INTERCEPT_SD)
        return cls(zeros, widths[0], zeros, widths[1], np.zeros(items, dtype=bool), STEP_SD)

    @classmethod
    def of_items(cls, items: Sequence[Item]) -> Prior:
        """What is known of each item: its band and type, or an earlier calibration. SD 0 is taken as 0.001."""
        numbers = np.array([(i.log_slope, i.log_slope_sd, i.difficulty, i.difficulty_sd) for i in items]).reshape(-1, 4)
        widths = np.maximum(numbers[:, [1, 3]], 1e-3)
        return cls(numbers[:, 0], widths[:, 0], numbers[:, 2], widths[:, 1], np.ones(len(items), dtype=bool), STEP_SD)

    def penalty(self, layout: Layout, parameters: Array, *, exact: bool) -> tuple[float, Array, Array]:
        """Minus log density (up to a constant), its gradient and its second derivatives at a parameter vector.

        exact: with the curvature that the difficulty has as a function of slope and intercept, which may make the
        second derivatives indefinite; without it they are not.
        """
        gradient, hessian = np.zeros(layout.size), np.zeros((layout.size, layout.size))
        total = 0.0
        if layout.log_slopes:
            # A slope shared by all items has one prior, that of the first.
            mine = np.unique(layout.slope_of, return_index=True)[1]
            z = (parameters[: layout.slopes] - self.log_slope[mine]) / self.log_slope_sd[mine]
            total += 0.5 * float(z @ z)
            gradient[: layout.slopes] = z / self.log_slope_sd[mine]
            hessian[np.arange(layout.slopes), np.arange(layout.slopes)] = self.log_slope_sd[mine] ** -2
        total += self._place_penalty(layout, parameters, gradient, hessian, exact)
        return total + self._step_penalty(layout, parameters, gradient, hessian), gradient, hessian

    def _place_penalty(self, layout: Layout, parameters: Array, gradient: Array, hessian: Array, exact: bool) -> float:
        """Add the priors of intercepts or difficulties."""
        where = layout.slopes + layout.last
        per_step = parameters[where] / layout.steps
        hard = self.on_difficulty & layout.log_slopes
        slope = np.where(hard, layout.slope(parameters), 1.0)
        value = np.where(hard, -per_step / slope, per_step)
        z = (value - self.place) / self.place_sd
        by_place = np.where(hard, -1 / slope, 1.0) / layout.steps
        by_slope = np.where(hard, -value, 0.0)
        np.add.at(gradient, where, z / self.place_sd * by_place)
        np.add.at(gradient, layout.slope_of, z / self.place_sd * by_slope)
        squared = self.place_sd**-2
        bend = z / self.place_sd if exact else np.zeros_like(z)
        both = squared * by_place * by_slope + np.where(hard, bend / slope / layout.steps, 0)
        np.add.at(hessian, (where, where), squared * by_place**2)
        np.add.at(hessian, (layout.slope_of, layout.slope_of), squared * by_slope**2 + np.where(hard, bend * value, 0))
        np.add.at(hessian, (where, layout.slope_of), both)
        np.add.at(hessian, (layout.slope_of, where), both)
        return 0.5 * float(z @ z)

    def _step_penalty(self, layout: Layout, parameters: Array, gradient: Array, hessian: Array) -> float:
        """Add the priors of how far intercepts lie from equal steps."""
        total = 0.0
        if not np.isfinite(self.step_sd):
            return total
        for item in np.flatnonzero(layout.steps > 1):
            steps = int(layout.steps[item])
            where = layout.slopes + layout.first[item] + np.arange(steps)
            away = np.eye(steps)[:-1]
            away[:, -1] = -np.arange(1, steps) / steps
            z = away @ parameters[where] / self.step_sd
            total += 0.5 * float(z @ z)
            gradient[where] += away.T @ z / self.step_sd
            hessian[np.ix_(where, where)] += away.T @ away / self.step_sd**2
        return total
