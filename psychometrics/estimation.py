"""The search for the most probable parameters: EM, then Newton steps, and the information at the end.

EM (Bock & Aitkin 1981) with SQUAREM extrapolation (Varadhan & Roland 2008) comes near; Newton steps with Louis' (1982)
observed information finish in a few more E-steps. A Newton step that does not raise the log posterior is not taken.

Sources: Bock & Aitkin (1981), "Marginal maximum likelihood estimation of item parameters", Psychometrika 46, 443-459;
Varadhan & Roland (2008), "Simple and globally convergent methods for accelerating the convergence of any EM
algorithm", Scandinavian Journal of Statistics 35, 335-353; Louis (1982), "Finding the observed information matrix
when using the EM algorithm", Journal of the Royal Statistical Society B 44, 226-233.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.engines import (
    LOST_PER_PARAMETER,
    LOST_PER_PARAMETER_EARLY,
    LOST_PERSONS,
    LOST_PERSONS_EARLY,
    Engine,
    Expectation,
)
from psychometrics.estimates import Array
from psychometrics.layout import Curves, complete_information, curves_at
from psychometrics.priors import Prior

#: Variance from which on a parameter is not known at all.
_NOTHING_KNOWN = 1e12
#: Farthest that one step moves a parameter.
_FARTHEST = 1.0
#: EM steps before the first Newton step is tried, and between two tries.
_WARM_UP = 6
#: Newton steps with the same information matrix.
_SAME_INFORMATION = 6


@dataclass(frozen=True, slots=True)
class State:
    """A parameter vector with what one E-step says of it.

    value: log-likelihood minus the prior's penalty. data_gradient: of the log-likelihood alone.
    """

    parameters: Array
    curves: Curves
    expectation: Expectation
    value: float
    gradient: Array
    data_gradient: Array


@dataclass(frozen=True, slots=True)
class Found:
    """Where the search ended.

    covariance: of the free parameters, zeros for the others; None where the information is not positive definite.
    distance: Newton step left, in standard errors of the combination that it moves.
    """

    state: State
    covariance: Array | None
    converged: bool
    evaluations: int
    distance: float


class Search:
    """One calibration's likelihood, prior and quadrature.

    free: (size,), which entries of the parameter vector may move. population: whether mean and log SD of the
    abilities are two further parameters at the end of the vector, instead of 0 and 0.
    """

    def __init__(
        self, engine: Engine, prior: Prior, theta: Array, free: npt.NDArray[np.bool_], *, population: bool
    ) -> None:
        self.engine, self.layout, self.prior, self.theta = engine, engine.layout, prior, theta
        self.population = population
        self.free = np.concatenate([free, np.ones(2 if population else 0, dtype=bool)])
        self.evaluations = 0
        # Rounding of the likelihood: below this two values are the same.
        self.noise = 1e-10 if engine.dtype == np.float64 else 3e-7

    def log_prior(self, parameters: Array) -> Array:
        """Log weights of the nodes: a normal density, summing to 1."""
        mean, sd = self._mean_sd(parameters)
        log = -0.5 * ((self.theta - mean) / sd) ** 2
        return np.asarray(log - np.log(np.exp(log).sum()))

    def _mean_sd(self, parameters: Array) -> tuple[float, float]:
        if not self.population:
            return 0.0, 1.0
        return float(parameters[-2]), float(np.exp(parameters[-1]))

    def at(self, parameters: Array) -> State:
        """One E-step."""
        self.evaluations += 1
        curves = curves_at(self.layout, parameters[: self.layout.size], self.theta)
        expectation = self.engine.expect(curves, self.log_prior(parameters))
        penalty, slope, _ = self.prior.penalty(self.layout, parameters[: self.layout.size], exact=False)
        data = self._data_gradient(parameters, curves, expectation)
        gradient = data.copy()
        gradient[: self.layout.size] -= slope
        gradient[~self.free] = 0
        return State(parameters, curves, expectation, expectation.log_likelihood - penalty, gradient, data)

    def _data_gradient(self, parameters: Array, curves: Curves, expectation: Expectation) -> Array:
        """Of the log-likelihood (Fisher's identity: that of the completed data, averaged over the posterior)."""
        layout = self.layout
        scores = expectation.chosen * curves.chosen + expectation.shown[layout.item_of] * curves.shown
        slopes = layout.slope_weights() @ (scores @ self.theta) * self._chain(parameters)
        if not self.population:
            return np.concatenate([slopes, scores.sum(axis=1)])
        mean, sd = self._mean_sd(parameters)
        z = (self.theta - mean) / sd
        own = [expectation.nodes @ z / sd, expectation.nodes @ (z**2 - 1)]
        return np.concatenate([slopes, scores.sum(axis=1), own])

    def _chain(self, parameters: Array) -> Array:
        """Derivative of the slopes by their parameters."""
        slopes = parameters[: self.layout.slopes]
        return np.exp(slopes) if self.layout.log_slopes else np.ones_like(slopes)

    def em_step(self, state: State) -> Array:
        """The M-step: two Newton steps on the completed data; mean and SD of the population in closed form."""
        layout, parameters, curves = self.layout, state.parameters.copy(), state.curves
        chosen, shown = state.expectation.chosen, state.expectation.shown
        for again in range(2):
            if again:
                curves = curves_at(layout, parameters[: layout.size], self.theta)
            gradient = self._data_gradient(parameters, curves, state.expectation)[: layout.size]
            pairs, by_node = complete_information(layout, curves, chosen, shown, expected=True)
            information = self._assemble(*self._blocks(pairs, by_node), parameters)
            _, slope, curvature = self.prior.penalty(layout, parameters[: layout.size], exact=False)
            free = self.free[: layout.size]
            step = np.zeros(layout.size)
            inner = (information + curvature)[np.ix_(free, free)]
            # A little on the diagonal, for categories that hardly anybody is expected in.
            inner[np.diag_indices_from(inner)] += 1e-8
            step[free] = np.linalg.solve(inner, (gradient - slope)[free])
            parameters[: layout.size] += np.clip(step, -_FARTHEST, _FARTHEST)
        if self.population:
            nodes = state.expectation.nodes / state.expectation.nodes.sum()
            mean = float(nodes @ self.theta)
            parameters[-2:] = mean, 0.5 * np.log(nodes @ (self.theta - mean) ** 2)
        return parameters

    def _blocks(self, pairs: npt.NDArray[np.intp], by_node: Array) -> tuple[Array, Array, Array]:
        """Pairs by node to matrices over columns: plain, times theta, times theta squared."""
        found = []
        for power in range(3):
            matrix = np.zeros((self.layout.columns, self.layout.columns))
            matrix[pairs[:, 0], pairs[:, 1]] = by_node @ self.theta**power
            found.append(matrix)
        return found[0], found[1], found[2]

    def _assemble(self, plain: Array, theta: Array, squared: Array, parameters: Array) -> Array:
        """From columns (and the population's, if they follow) to parameters."""
        layout, columns = self.layout, self.layout.columns
        weights = layout.slope_weights() * self._chain(parameters)[:, None]
        if not layout.slopes - layout.columns and (layout.level == 1).all():
            # One column per slope: the products with a diagonal matrix, without its zeros.
            scale = np.diagonal(weights)
            slopes, across = scale[:, None] * squared[:columns, :columns] * scale, scale[:, None] * theta[:columns]
        else:
            slopes, across = weights @ squared[:columns, :columns] @ weights.T, weights @ theta[:columns]
        return np.block([[slopes, across], [across.T, plain]])

    def information(self, state: State, *, early: bool = False) -> Array:
        """Observed information of all parameters, minus the second derivatives of the log posterior.

        early: from fewer persons, to point the way.
        """
        persons = max(LOST_PERSONS, LOST_PER_PARAMETER * len(self.free))
        if early:
            persons = max(LOST_PERSONS_EARLY, LOST_PER_PARAMETER_EARLY * len(self.free))
        layout, parameters = self.layout, state.parameters
        extra = self._population_scores(parameters)
        lost, sample = self.engine.lost(state.curves, self.theta, self.log_prior(parameters), extra, persons)
        found = self._known(state, sample)
        # Each parameter's own known information is that of all persons, whatever the sample happened to see. With
        # few answers and guessing it may be negative (the prior makes up for it); then there is no ratio to take.
        own, seen = np.diagonal(self._known(state, state.expectation)), np.diagonal(found)
        usable = (own > 0) & (seen > 0)
        scale = np.sqrt(np.divide(own, seen, out=np.ones_like(own), where=usable))
        found -= self._assemble(*lost, parameters)
        found *= scale[:, None] * scale
        if layout.log_slopes:
            where = np.arange(layout.slopes)
            found[where, where] -= state.data_gradient[: layout.slopes]
        _, _, curvature = self.prior.penalty(layout, parameters[: layout.size], exact=True)
        found[: layout.size, : layout.size] += curvature
        return found

    def _known(self, state: State, counted: Expectation) -> Array:
        """The information were the abilities known, spread over the nodes as counted."""
        size = self.layout.size
        pairs, by_node = complete_information(self.layout, state.curves, counted.chosen, counted.shown, expected=False)
        found = np.zeros((len(self.free), len(self.free)))
        found[:size, :size] = self._assemble(*self._blocks(pairs, by_node), state.parameters)
        if self.population:
            mean, sd = self._mean_sd(state.parameters)
            z = (self.theta - mean) / sd
            cross = 2 * float(counted.nodes @ z) / sd
            found[-2:, -2:] = [[counted.nodes.sum() / sd**2, cross], [cross, 2 * float(counted.nodes @ z**2)]]
        return found

    def _population_scores(self, parameters: Array) -> Array:
        if not self.population:
            return np.zeros((0, len(self.theta)))
        mean, sd = self._mean_sd(parameters)
        z = (self.theta - mean) / sd
        return np.stack([z / sd, z**2 - 1])

    def run(self, start: Array, *, enough: float, most: int) -> Found:
        """Search until the Newton step is below ``enough`` standard errors, or for ``most`` E-steps."""
        state, distance = self.at(start), np.inf
        while self.evaluations < most:
            state = self._em(state, min(_WARM_UP, most - self.evaluations))
            state, distance = self._newton(state, enough, most)
            if distance <= enough:
                break
        covariance = _inverse(self.information(state)[np.ix_(self.free, self.free)])
        full: Array | None = None
        if covariance is not None:
            full = np.zeros((len(self.free), len(self.free)))
            full[np.ix_(self.free, self.free)] = covariance
            free = state.gradient[self.free]
            distance = float(np.sqrt(max(float(free @ covariance @ free), 0.0)))
        return Found(state, full, covariance is not None and distance <= enough * 10, self.evaluations, distance)

    def _em(self, state: State, steps: int) -> State:
        """SQUAREM cycles of up to ``steps`` EM steps; the log posterior never falls."""
        for _ in range(max(steps // 3, 1)):
            one = self.at(self.em_step(state))
            two = self.em_step(one)
            first, second = one.parameters - state.parameters, two - one.parameters
            bend = second - first
            if not (size := float(np.abs(bend).max())):
                return one
            length = min(max(float(np.linalg.norm(first) / np.linalg.norm(bend)), 1.0), 16.0) if size else 1.0
            jump = state.parameters + 2 * length * first + length**2 * bend
            tried = self.at(jump if np.abs(jump - two).max() < 4 * _FARTHEST else two)
            state = tried if np.isfinite(tried.value) and tried.value >= one.value else self.at(two)
        return state

    def _newton(self, state: State, enough: float, most: int) -> tuple[State, float]:
        """Newton steps while each raises the log posterior; and the length of the one that would come next."""
        free, distance = self.free, np.inf
        inverse: Array | None = None
        taken = 0
        while self.evaluations < most:
            if inverse is None or taken == _SAME_INFORMATION:
                inverse, taken = _inverse(self.information(state, early=True)[np.ix_(free, free)]), 0
                if inverse is None:
                    return state, np.inf
            step = np.zeros(len(free))
            step[free] = inverse @ state.gradient[free]
            distance = float(np.sqrt(max(float(state.gradient @ step), 0.0)))
            if distance <= enough:
                return state, distance
            if np.abs(step).max() > _FARTHEST:
                return state, np.inf
            after = self.at(state.parameters + step)
            if not after.value >= state.value - self.noise * abs(state.value):
                return state, np.inf
            state, taken = after, taken + 1
        return state, distance


def _inverse(matrix: Array) -> Array | None:
    """Of a symmetric positive definite matrix; None where it is not."""
    try:
        root = np.linalg.cholesky((matrix + matrix.T) / 2)
    except np.linalg.LinAlgError:
        return None
    half = np.linalg.inv(root)
    found = np.asarray(half.T @ half)
    # An information of rounding errors alone is none: nothing on a logit scale is that uncertain.
    return found if np.diagonal(found).max(initial=0) < _NOTHING_KNOWN else None
