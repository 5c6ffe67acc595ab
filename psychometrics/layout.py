"""Parameters of a calibration as one vector, and what follows from them at each quadrature node.

Each item has m categories above 0 (m = 1: right or wrong), each with a *column*: log-odds against category 0

    eta_k = k a theta + d_k,   k = 1..m,

one slope a per item (or one for all), intercepts d_k = -a sum over j <= k of (b + step_j). The vector holds
the slopes (their logarithms where ``log_slopes``), then the intercepts of all columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.estimates import Array

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Layout:
    """How many steps each item has, and where its numbers are.

    steps: (items,). first: (items,), number of its first column. item_of, level: (columns,), the item of a column and
    its k. slope_of: (items,), number of the item's slope. chance: (items,), lower asymptotes, 0 where m > 1.
    """

    steps: Indices
    first: Indices
    item_of: Indices
    level: Indices
    slope_of: Indices
    slopes: int
    chance: Array
    log_slopes: bool

    @classmethod
    def of(cls, steps: Indices, *, shared_slope: bool, chance: Array, log_slopes: bool) -> Layout:
        first = np.concatenate([[0], np.cumsum(steps)[:-1]]).astype(np.intp)
        item_of = np.repeat(np.arange(len(steps)), steps)
        level = np.arange(len(item_of)) - first[item_of] + 1
        slope_of = np.zeros(len(steps), dtype=np.intp) if shared_slope else np.arange(len(steps))
        slopes = 1 if shared_slope else len(steps)
        return cls(steps, first, item_of, level, slope_of, slopes, chance, log_slopes)

    @property
    def columns(self) -> int:
        return len(self.item_of)

    @property
    def size(self) -> int:
        """Length of the parameter vector."""
        return self.slopes + self.columns

    @property
    def last(self) -> Indices:
        """(items,), number of each item's last column."""
        return self.first + self.steps - 1

    def slope(self, parameters: Array) -> Array:
        """(items,), slopes."""
        slopes = parameters[: self.slopes]
        return np.asarray((np.exp(slopes) if self.log_slopes else slopes)[self.slope_of])

    def intercepts(self, parameters: Array) -> Array:
        """(columns,), intercepts."""
        return parameters[self.slopes :]

    def slope_weights(self) -> Array:
        """(slopes, columns): how a column's score enters its slope's."""
        found = np.zeros((self.slopes, self.columns))
        found[self.slope_of[self.item_of], np.arange(self.columns)] = self.level
        return found


@dataclass(frozen=True, slots=True)
class Curves:
    """Response functions at Q nodes.

    log_zero: (items, Q), log P(category 0). log_ratio: (columns, Q), log P(k) - log P(0). chosen, shown: (columns,
    Q); the derivative of an answer's log-likelihood by the column's log-odds is chosen, where the answer is in the
    column, plus shown. probability: (columns, Q), of the logistic part.
    """

    log_zero: Array
    log_ratio: Array
    chosen: Array
    shown: Array
    probability: Array


def curves_at(layout: Layout, parameters: Array, theta: Array) -> Curves:
    """Everything that an E-step needs, at each node."""
    advantage = layout.level[:, None] * layout.slope(parameters)[layout.item_of][:, None] * theta
    ratio = advantage + layout.intercepts(parameters)[:, None]
    top = np.maximum(np.maximum.reduceat(ratio, layout.first, axis=0), 0)
    total = np.exp(-top) + np.add.reduceat(np.exp(ratio - top[layout.item_of]), layout.first, axis=0)
    log_zero = -top - np.log(total)
    probability = np.exp(ratio + log_zero[layout.item_of])
    chosen, shown = np.ones_like(ratio), -probability
    if layout.chance.any():
        c = layout.chance[layout.item_of][:, None]
        right = c + (1 - c) * probability
        guessed = np.log1p(-c)
        # log P(0) = log(1 - c) + log(1 - logistic); c is 0 wherever there is more than one step.
        log_zero = log_zero + guessed[layout.first]
        ratio = np.where(c > 0, np.log(right) - log_zero[layout.item_of], ratio)
        chosen = np.where(c > 0, (1 - c) * probability * (1 - probability) / right + probability, chosen)
    return Curves(log_zero, ratio, chosen, shown, probability)


def complete_information(
    layout: Layout, curves: Curves, chosen: Array, shown: Array, *, expected: bool
) -> tuple[Indices, Array]:
    """Information about the columns' log-odds were the abilities known.

    Args:
        chosen, shown: (columns, Q) and (items, Q), how many answers lie in each column, and how many there are, at
            each node.
        expected: of the answers that the model expects (never negative) rather than of those given. The two differ
            only where items can be guessed.

    Returns:
        Two arrays: the pairs of columns of one item (pairs, 2), and the information of each pair by node (pairs, Q).
    """
    same = [np.arange(first, first + steps) for first, steps in zip(layout.first, layout.steps, strict=True)]
    pairs = np.concatenate([np.stack(np.meshgrid(part, part), axis=-1).reshape(-1, 2) for part in same])
    one, two = pairs.T
    p = curves.probability
    information = shown[layout.item_of[one]] * (np.where((one == two)[:, None], p[one], 0) - p[one] * p[two])
    for column in np.flatnonzero(layout.chance[layout.item_of]):
        item = layout.item_of[column]
        c, logistic = layout.chance[item], p[column]
        right = c + (1 - c) * logistic
        slope = (1 - c) * logistic * (1 - logistic)
        if expected:
            found = shown[item] * slope**2 / (right * (1 - right))
        else:
            given = (slope / right) ** 2 - slope * (1 - 2 * logistic) / right
            found = chosen[column] * given + (shown[item] - chosen[column]) * logistic * (1 - logistic)
        information[(one == column) & (two == column)] = found
    return pairs, information
