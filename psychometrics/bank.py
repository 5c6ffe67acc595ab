"""A bank of items made ready for scoring: each response function integrated over what is not known of the item.

A person meets an item once, so the error of an item's parameters can be integrated out of that one answer: given
theta, answers to different items are independent, and the likelihood of a mark is

    L(x | theta) = ∫ P(x | theta, a, b) p(a, b) da db,

the *effective response function*. No approximation but the quadrature (7 x 5 Gauss-Hermite nodes over
(difficulty, log slope)) and that the errors of different items are taken as independent. The same integral weighted
by the answer tells what the answer says of the item itself: E[expected mark | theta, x].

Source: Tsutakawa & Johnson (1990), "The effect of uncertainty of item parameter estimation on ability estimates",
Psychometrika 55, 371-390; Lewis (2001), "Expected response functions", in Boomsma et al., "Essays on item response
theory".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

from psychometrics.estimates import Array
from psychometrics.items import Item, category_probabilities
from psychometrics.rules import gauss_hermite

#: Ability grid. The trapezoid rule at spacing 0.1 is exact to rounding for posteriors of an SD above 0.1.
THETA: Array = np.linspace(-6.0, 6.0, 121)
STEP = float(THETA[1] - THETA[0])

_TINY = 1e-300


_B_NODES, _B_WEIGHTS = gauss_hermite(7)
_A_NODES, _A_WEIGHTS = gauss_hermite(5)


@dataclass(frozen=True, slots=True)
class Curve:
    """An item's effective response function on the ability grid (G points), integrated over its parameters.

    likelihood: (m + 1, G), probability of each category.
    mean, variance: (G,), of the item's expected mark, over the item's parameters, before an answer.
    mean_after, variance_after: (m + 1, G), the same after an answer in each category.
    """

    likelihood: Array
    mean: Array
    variance: Array
    mean_after: Array
    variance_after: Array

    def at(self, mark: float) -> tuple[Array, Array, Array]:
        """Log-likelihood of a mark, and mean and variance of the item's expected mark after it; each (G,).

        A mark between two categories takes the weighted mean of its neighbours' log-likelihoods. Without steps
        that is x log P + (1 - x) log(1 - P), which holds the mean of the mark right and takes its variance as
        that of a right-or-wrong answer, the largest possible: the error of a partly right answer is overstated
        rather than understated (Papke & Wooldridge 1996, on fractional responses).
        """
        steps = len(self.likelihood) - 1
        below = min(int(mark * steps), steps - 1)
        share = mark * steps - below
        logs = np.log(np.maximum(self.likelihood[below : below + 2], _TINY))
        return (
            (1 - share) * logs[0] + share * logs[1],
            (1 - share) * self.mean_after[below] + share * self.mean_after[below + 1],
            (1 - share) * self.variance_after[below] + share * self.variance_after[below + 1],
        )


def tabulate(item: Item) -> Curve:
    """Integrate an item's response function over its parameters."""
    z_a, z_b = (grid.reshape(-1, 1) for grid in np.meshgrid(_A_NODES, _B_NODES, indexing="ij"))
    weights = np.outer(_A_WEIGHTS, _B_WEIGHTS).reshape(-1)
    if item.log_slope_sd == 0 and item.difficulty_sd == 0:
        z_a, z_b, weights = np.zeros((1, 1)), np.zeros((1, 1)), np.ones(1)
    slope = np.exp(item.log_slope + item.log_slope_sd * z_a)
    rest = np.sqrt(1 - item.correlation**2)
    difficulty = item.difficulty + item.difficulty_sd * (item.correlation * z_a + rest * z_b)
    by_node = category_probabilities(THETA, slope, difficulty, item.chance, item.steps)
    marks = np.linspace(0, 1, len(by_node))
    expected = np.tensordot(marks, by_node, axes=1)
    likelihood = np.einsum("q,kqg->kg", weights, by_node)
    first = np.einsum("q,kqg,qg->kg", weights, by_node, expected)
    second = np.einsum("q,kqg,qg->kg", weights, by_node, expected**2)
    mean, square = first.sum(axis=0), second.sum(axis=0)
    mean_after = first / np.maximum(likelihood, _TINY)
    return Curve(
        likelihood,
        mean,
        np.maximum(square - mean**2, 0),
        mean_after,
        np.maximum(second / np.maximum(likelihood, _TINY) - mean_after**2, 0),
    )


@dataclass(frozen=True, slots=True)
class Live:
    """A skill's live items together: count, and sums over them of chance, mean and variance of the expected mark."""

    count: int
    chance: float
    mean: Array
    variance: Array


@dataclass(frozen=True, slots=True)
class Bank:
    """Items with their tables. Make it once per calibration and keep it; scoring only reads it."""

    items: dict[str, Item]
    curves: dict[str, Curve]
    live: dict[str, Live]
    version: str

    @classmethod
    def of(cls, items: Iterable[Item], version: str = "prior") -> Self:
        """Tabulate items; equal parameters are tabulated once.

        Args:
            items: everything that may be answered, and every live item of the skills to be reported.
            version: name of the parameters, carried by every figure made from them.

        Raises:
            ValueError: two items of one name.
        """
        named: dict[str, Item] = {}
        tables: dict[tuple[float | tuple[float, ...], ...], Curve] = {}
        for item in items:
            if item.name in named:
                raise ValueError(f"two items are named {item.name}")
            named[item.name] = item
            if item.curve not in tables:
                tables[item.curve] = tabulate(item)
        curves = {name: tables[item.curve] for name, item in named.items()}
        by_skill: dict[str, list[Item]] = {}
        for item in named.values():
            if item.live:
                by_skill.setdefault(item.skill, []).append(item)
        live = {skill: _together(found, curves) for skill, found in by_skill.items()}
        return cls(named, curves, live, version)


def _together(items: list[Item], curves: dict[str, Curve]) -> Live:
    return Live(
        len(items),
        sum(item.chance for item in items),
        np.sum([curves[item.name].mean for item in items], axis=0),
        np.sum([curves[item.name].variance for item in items], axis=0),
    )
