"""Distribution of an expected share: a mixture over abilities, each with what is not known of the items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, ndtr

from psychometrics.estimates import Array
from psychometrics.rules import gauss_hermite

_EDGE = 1e-6
#: On the logit scale: nearer than 3e-7 to 0 or 1 no share is looked for. 22 halvings place it within 4e-6.
_FAR = 15.0
_HALVINGS = 22

#: Gauss-Hermite rule and steps that match a logit-normal to a mean and a variance.
_NODES, _WEIGHTS = gauss_hermite(9)
_MATCHINGS = 3


@dataclass(frozen=True, slots=True)
class ShareMixture:
    """Shares of several skills, each a mixture of J components.

    weights, means, variances: (S, J), weights summing to 1 over J. floors: (S,), the share that blind guessing gets;
    the truth lies between it and 1.

    A component is a logit-normal on (floor, 1) with the component's mean and variance: exact for one
    right-or-wrong item of known slope, close for a mean of several.
    """

    weights: Array
    means: Array
    variances: Array
    floors: Array

    def moments(self) -> tuple[Array, Array]:
        """Mean and standard deviation; each (S,)."""
        mean = (self.weights * self.means).sum(axis=-1)
        square = (self.weights * (self.variances + self.means**2)).sum(axis=-1)
        return mean, np.sqrt(np.maximum(square - mean**2, 0))

    def _components(self) -> tuple[Array, Array]:
        """Location and spread of the components on the logit scale above the floor."""
        room = (1 - self.floors)[:, None]
        share = np.clip((self.means - self.floors[:, None]) / room, _EDGE, 1 - _EDGE)
        # No share has a variance of share * (1 - share) unless it is always 0 or 1.
        variance = np.clip(self.variances / room**2, _EDGE**2, 0.5 * share * (1 - share))
        location, squared = logit(share), variance / (share * (1 - share)) ** 2
        for _ in range(_MATCHINGS):
            values = expit(location[..., None] + np.sqrt(squared)[..., None] * _NODES)
            mean = values @ _WEIGHTS
            slope = mean - values**2 @ _WEIGHTS
            squared *= variance / np.maximum((values - mean[..., None]) ** 2 @ _WEIGHTS, _EDGE**4)
            location += (share - mean) / slope
        return location, np.sqrt(squared)

    def quantiles(self, *probabilities: float) -> Array:
        """The shares below which the truth lies with these probabilities; (S, probabilities)."""
        location, spread = self._components()
        low = np.full((len(location), len(probabilities)), -_FAR)
        high = -low
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            under = self._below(middle, location, spread) < np.asarray(probabilities)
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        floors = self.floors[:, None]
        return np.asarray(floors + (1 - floors) * expit((low + high) / 2))

    def probability_at_least(self, cut: float) -> Array:
        """Probability that the share is at least ``cut``; (S,)."""
        location, spread = self._components()
        place = logit(np.clip((cut - self.floors) / (1 - self.floors), 0, 1))
        return np.asarray(np.clip(1 - self._below(place[:, None], location, spread)[:, 0], 0, 1))

    def _below(self, place: Array, location: Array, spread: Array) -> Array:
        """P(logit above the floor < place); place (S, P)."""
        under = ndtr((place[:, :, None] - location[:, None, :]) / spread[:, None, :])
        return np.asarray((under * self.weights[:, None, :]).sum(axis=-1))


def spread_between(means: Array) -> Array:
    """Variance that a share has within a cell of the ability grid, from the slope of its mean: (change)² / 12.

    Without it a mixture of exactly known items would be a staircase.
    """
    change = np.gradient(means, axis=-1)
    return np.asarray(change**2 / 12)
