"""Abilities of persons on one scale: EAP, MAP, maximum likelihood and Warm's estimate, with standard errors.

Sources: Bock & Mislevy (1982), "Adaptive EAP estimation of ability in a microcomputer environment", Applied
Psychological Measurement 6, 431-444; Warm (1989), "Weighted likelihood estimation of ability in item response
theory", Psychometrika 54, 427-450; Samejima (1969), Psychometrika Monograph 17 (MAP).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from psychometrics.engines import engine_for
from psychometrics.estimates import Array, Estimate, unknown
from psychometrics.items import Item
from psychometrics.layout import Layout, curves_at
from psychometrics.responses import Responses

Method = Literal["eap", "map", "wle", "ml"]
#: Where roots are looked for; a likelihood that still rises at the end is unbounded.
_GRID = np.concatenate([np.linspace(-20, -6.5, 28), np.linspace(-6, 6, 97), np.linspace(6.5, 20, 28)])
_HALVINGS = 34
_CHUNK = 2048


#: Instead of 0 where a response is certain.
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Abilities:
    """Of all persons, in the order of the responses.

    theta, se: (persons,); NaN where there is no estimate. reason: "" or why there is none. n: answers.
    se is the posterior SD (eap), or 1 / √information at the estimate (map: with that of the prior).
    """

    theta: Array
    se: Array
    n: npt.NDArray[np.int64]
    reason: tuple[str, ...]
    method: str
    version: str

    def estimate(self, person: int, level: float = 0.90) -> Estimate:
        """One person's, with the interval theta ± z se."""
        n = int(self.n[person])
        if self.reason[person]:
            return unknown(self.reason[person], n, self.method, level=level, version=self.version)
        value, se = float(self.theta[person]), float(self.se[person])
        half = float(ndtri((1 + level) / 2)) * se
        return Estimate(value, se, value - half, value + half, level, n, self.method, self.version)


def abilities(
    responses: Responses,
    items: Sequence[Item],
    method: Method = "eap",
    *,
    mean: float = 0.0,
    sd: float = 1.0,
    nodes: int = 61,
    version: str = "",
) -> Abilities:
    """Score persons with item parameters taken as known (``profile`` integrates over their error).

    Args:
        items: in the order of the responses.
        method: ``eap`` posterior mean and SD on ``nodes`` even nodes from -6 to 6; ``map`` posterior mode; ``wle``
            Warm's estimate, without a prior and with little bias; ``ml`` maximum likelihood.
        mean, sd: of the normal prior (eap and map).

    Returns:
        Without an answer eap and map give the prior back, wle and ml nothing. The maximum likelihood of a pattern
        that is all wrong or all right is unbounded: no number, but a reason. Marks between two categories count as
        shares of both.

    Raises:
        ValueError: other items than those of the responses, or an unknown method.
    """
    if len(items) != len(responses.names):
        raise ValueError(f"the responses have {len(responses.names)} items, got parameters of {len(items)}")
    if method not in ("eap", "map", "wle", "ml"):
        raise ValueError(f"method must be eap, map, wle or ml, got {method}")
    layout, parameters = _layout(items)
    n = np.bincount(responses.person, minlength=len(responses.weights))
    if method == "eap":
        theta, se = _eap(responses, layout, parameters, mean, sd, nodes)
        return Abilities(theta, se, n, ("",) * len(n), "eap/1", version)
    theta, se, bounded = np.zeros(len(n)), np.zeros(len(n)), np.zeros(len(n), dtype=bool)
    score = _Score(layout, parameters, method, mean, sd)
    for part, persons in _chunks(responses, layout):
        theta[part], se[part], bounded[part] = _roots(score, persons)
    reasons = np.full(len(n), "", dtype=object)
    if method != "map":
        reasons[~bounded] = "the likelihood has no maximum: all answers are at the same end"
        reasons[n == 0] = "no questions were answered"
    without = reasons != ""
    theta[without] = se[without] = np.nan
    return Abilities(theta, se, n, tuple(map(str, reasons)), f"{method}/1", version)


def _layout(items: Sequence[Item]) -> tuple[Layout, Array]:
    """The items' parameters as a calibration holds them."""
    steps = np.array([max(len(item.steps), 1) for item in items], dtype=np.intp)
    chance = np.array([item.chance for item in items])
    layout = Layout.of(steps, shared_slope=False, chance=chance, log_slopes=True)
    intercepts = [-item.slope * np.cumsum(item.difficulty + np.asarray(item.steps or (0.0,))) for item in items]
    return layout, np.concatenate([[item.log_slope for item in items], *intercepts])


def _eap(
    responses: Responses, layout: Layout, parameters: Array, mean: float, sd: float, nodes: int
) -> tuple[Array, Array]:
    theta = np.linspace(-6, 6, nodes)
    log_prior = -0.5 * ((theta - mean) / sd) ** 2
    engine = engine_for(layout, responses)
    curves = curves_at(layout, parameters, theta)
    moments = np.stack([theta, theta**2], axis=1).astype(engine.dtype)
    found = np.concatenate([posterior @ moments for _, posterior, _ in engine.posteriors(curves, log_prior)])
    first, second = found.astype(float).T
    return first, np.sqrt(second - first**2)


@dataclass(frozen=True, slots=True)
class _Persons:
    """Some persons' answers: given (persons, columns), shares in each column; seen (persons, items), 0 or 1."""

    given: Array
    seen: Array


def _chunks(responses: Responses, layout: Layout) -> Iterator[tuple[slice, _Persons]]:
    ends = np.searchsorted(responses.person, np.arange(0, len(responses.weights) + _CHUNK, _CHUNK))
    for number, start in enumerate(range(0, len(responses.weights), _CHUNK)):
        part = slice(start, min(start + _CHUNK, len(responses.weights)))
        mine = slice(ends[number], ends[number + 1])
        person, item = responses.person[mine] - start, responses.item[mine]
        seen = np.zeros((part.stop - start, len(layout.steps)))
        mark = np.zeros_like(seen)
        seen[person, item], mark[person, item] = 1, responses.mark[mine]
        level = (mark * layout.steps)[:, layout.item_of]
        given = np.clip(1 - np.abs(level - layout.level), 0, 1) * seen[:, layout.item_of]
        yield part, _Persons(given, seen)


class _Score:
    """The derivative of the log-likelihood by theta, with the prior's or Warm's term, and the information."""

    def __init__(self, layout: Layout, parameters: Array, method: Method, mean: float, sd: float) -> None:
        self.layout, self.parameters, self.method, self.mean, self.sd = layout, parameters, method, mean, sd
        self.pull = layout.level * layout.slope(parameters)[layout.item_of]

    def _tables(self, theta: Array) -> tuple[Array, Array, Array, Array]:
        """At each theta: score by column (if chosen), score by item, information and Warm's J by item."""
        curves, layout = curves_at(self.layout, self.parameters, theta), self.layout
        chosen = self.pull[:, None] * curves.chosen
        shown = np.add.reduceat(self.pull[:, None] * curves.shown, layout.first, axis=0)
        p, pull = curves.probability, self.pull[:, None]
        # Moments of the category's pull: its variance is the information, its third moment Warm's J.
        mean = np.add.reduceat(pull * p, layout.first, axis=0)
        second = np.add.reduceat(pull**2 * p, layout.first, axis=0)
        third = np.add.reduceat(pull**3 * p, layout.first, axis=0)
        information = second - mean**2
        skew = third - 3 * mean * second + 2 * mean**3
        for item in np.flatnonzero(layout.chance):
            c, a, logistic = layout.chance[item], self.pull[layout.first[item]], p[layout.first[item]]
            right = c + (1 - c) * logistic
            slope = (1 - c) * a * logistic * (1 - logistic)
            information[item] = slope**2 / np.maximum(right * (1 - right), _TINY)
            skew[item] = slope * slope * a * (1 - 2 * logistic) / np.maximum(right * (1 - right), _TINY)
        return chosen, shown, information, skew

    def on(self, grid: Array, persons: _Persons) -> tuple[Array, Array]:
        """At every node of a grid: (persons, Q) of the function whose root is wanted, and of the log-likelihood."""
        chosen, shown, information, skew = self._tables(grid)
        curves = curves_at(self.layout, self.parameters, grid)
        log = persons.given @ curves.log_ratio + persons.seen @ curves.log_zero
        score = persons.given @ chosen + persons.seen @ shown
        if self.method == "map":
            return score - (grid - self.mean) / self.sd**2, log - 0.5 * ((grid - self.mean) / self.sd) ** 2
        if self.method == "wle":
            score += 0.5 * (persons.seen @ skew) / np.maximum(persons.seen @ information, 1e-300)
        return score, log

    def at(self, theta: Array, persons: _Persons) -> tuple[Array, Array]:
        """At each person's own theta: the function, and the information (with the prior's under map)."""
        chosen, shown, information, skew = self._tables(theta)
        score = np.einsum("nc,cn->n", persons.given, chosen) + np.einsum("ni,in->n", persons.seen, shown)
        known = np.einsum("ni,in->n", persons.seen, information)
        if self.method == "map":
            return score - (theta - self.mean) / self.sd**2, known + self.sd**-2
        if self.method == "wle":
            score += 0.5 * np.einsum("ni,in->n", persons.seen, skew) / np.maximum(known, 1e-300)
        return score, known


def _roots(score: _Score, persons: _Persons) -> tuple[Array, Array, npt.NDArray[np.bool_]]:
    """Theta, standard error, and whether there is a root, for each person.

    Of several roots, which guessing can make, the one nearest to the highest point on the grid is taken.
    """
    value, log = score.on(_GRID, persons)
    falling = (value[:, :-1] >= 0) & (value[:, 1:] < 0)
    top = np.argmax(log, axis=1)
    away = np.where(falling, np.abs(np.arange(len(_GRID) - 1) + 0.5 - top[:, None]), np.inf)
    cell = np.argmin(away, axis=1)
    low, high = _GRID[cell], _GRID[cell + 1]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        rising = score.at(middle, persons)[0] >= 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    theta = (low + high) / 2
    information = np.maximum(score.at(theta, persons)[1], 1e-300)
    return theta, 1 / np.sqrt(information), np.asarray(falling.any(axis=1))
