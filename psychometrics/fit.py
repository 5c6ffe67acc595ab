"""Does an item behave as its curve says? Infit and outfit, and S-X² over score groups.

Sources: Wright & Masters (1982), "Rating scale analysis", chapter 5; Orlando & Thissen (2000), "Likelihood-based item-
fit indices for dichotomous item response theory models", Applied Psychological Measurement 24, 50-64; Lord &
Wingersky (1984), Applied Psychological Measurement 8, 453-461 (distribution of the sum score).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri
from scipy.stats import chi2

from psychometrics.abilities import abilities
from psychometrics.estimates import Array, Estimate, unknown
from psychometrics.items import Item, category_probabilities
from psychometrics.responses import Responses

#: Score groups are put together until each cell expects at least so many.
SMALLEST_CELL = 1.0
LEVEL = 0.95
_THETA = np.linspace(-6, 6, 121)


@dataclass(frozen=True, slots=True)
class ItemFit:
    """infit, outfit: mean squares, 1 where the model holds; above: noisier, below: more regular than it says.

    s_x2, degrees, p: chi-square over score groups; None with a reason where it cannot be computed.
    """

    name: str
    n: int
    infit: Estimate
    outfit: Estimate
    s_x2: float | None
    degrees: int | None
    p: float | None
    reason: str = ""


def item_fit(responses: Responses, items: Sequence[Item], *, parameters: int = 2) -> tuple[ItemFit, ...]:
    """Fit of each item.

    Args:
        items: in the order of the responses, with the parameters to be judged.
        parameters: estimated from these data per item (2PL: 2; fixed earlier: 0), taken off the degrees of freedom.

    Infit and outfit compare marks with their expectation at each person's Warm estimate, so they are a little below 1
    on short tests. S-X² uses the persons who answered every item, right or wrong, and needs items without partial
    credit.
    """
    scored = abilities(responses, items, "wle")
    x2 = _s_x2(responses, items, parameters)
    found = []
    for number, item in enumerate(items):
        mine = (responses.item == number) & ~np.isnan(scored.theta[responses.person])
        person = responses.person[mine]
        infit, outfit = _mean_squares(item, responses.mark[mine], scored.theta[person], responses.weights[person])
        n = round(float(responses.weights[person].sum()))
        found.append(ItemFit(responses.names[number], n, infit, outfit, *x2[number]))
    return tuple(found)


def _mean_squares(item: Item, marks: Array, theta: Array, weights: Array) -> tuple[Estimate, Estimate]:
    n = round(float(weights.sum()))
    if n < 2:
        blank = unknown("fewer than two persons with an estimate answered it", n, "infit/1", level=LEVEL)
        return blank, blank
    p = category_probabilities(theta, np.array(item.slope), np.array(item.difficulty), item.chance, item.steps)
    level = np.linspace(0, 1, len(p))
    expected = level @ p
    variance = np.maximum(level**2 @ p - expected**2, 1e-9)
    fourth = ((level[:, None] - expected) ** 4 * p).sum(axis=0)
    residual = (marks - expected) ** 2
    outfit = float(weights @ (residual / variance) / weights.sum())
    infit = float(weights @ residual / (weights @ variance))
    outfit_se = np.sqrt(weights @ np.maximum(fourth / variance**2 - 1, 0)) / weights.sum()
    infit_se = np.sqrt(weights @ np.maximum(fourth - variance**2, 0)) / (weights @ variance)
    return _around(infit, float(infit_se), n, "infit/1"), _around(outfit, float(outfit_se), n, "outfit/1")


def _around(value: float, se: float, n: int, method: str) -> Estimate:
    half = float(ndtri((1 + LEVEL) / 2)) * se
    return Estimate(value, se, max(value - half, 0.0), value + half, LEVEL, n, method)


_Result = tuple[float | None, int | None, float | None, str]


def _s_x2(responses: Responses, items: Sequence[Item], parameters: int) -> list[_Result]:
    """Of each item, or why not."""
    everyone = np.bincount(responses.person, minlength=len(responses.weights)) == len(items)
    if any(item.steps for item in items) or not np.isin(responses.mark, (0.0, 1.0)).all():
        return [(None, None, None, "S-X² needs items without partial credit")] * len(items)
    weights = responses.weights[everyone]
    if weights.sum() < 30 or len(items) < 3:
        return [(None, None, None, "fewer than 30 persons answered every item")] * len(items)
    marks = np.zeros(responses.shape)
    marks[responses.person, responses.item] = responses.mark
    marks = marks[everyone]
    total = marks.sum(axis=1).astype(int)
    right = np.array(
        [
            category_probabilities(_THETA, np.array(item.slope), np.array(item.difficulty), item.chance, ())[1]
            for item in items
        ]
    )
    population = np.exp(-(_THETA**2) / 2)
    population /= population.sum()
    whole = _sum_scores(right) @ population
    persons = np.bincount(total, weights, minlength=len(items) + 1).astype(float)
    found: list[_Result] = []
    for number in range(len(items)):
        rest = _sum_scores(np.delete(right, number, axis=0))
        groups = np.arange(1, len(items))
        expected = (rest[groups - 1] * right[number]) @ population / whole[groups]
        observed = np.bincount(total, weights * marks[:, number], minlength=len(items) + 1)[groups].astype(float)
        found.append(_chi_square(observed, expected * persons[groups], persons[groups], parameters))
    return found


def _sum_scores(right: Array) -> Array:
    """P(sum score | theta); (items + 1, theta)."""
    found = np.zeros((len(right) + 1, right.shape[1]))
    found[0] = 1
    for count, p in enumerate(right, 1):
        found[1 : count + 1] = found[1 : count + 1] * (1 - p) + found[:count] * p
        found[0] *= 1 - p
    return found


def _chi_square(observed: Array, expected: Array, persons: Array, parameters: int) -> _Result:
    """Over score groups, neighbours put together from both ends until every cell expects enough."""
    cells = [list(cell) for cell in zip(observed, expected, persons, strict=True)]
    while len(cells) > 1:
        small = [min(cell[1], cell[2] - cell[1]) < SMALLEST_CELL for cell in cells]
        if not any(small):
            break
        first, last = small.index(True), len(cells) - 1 - small[::-1].index(True)
        at = first if first < len(cells) - 1 - last or last < len(cells) / 2 else last
        into = at + 1 if at == first and at < len(cells) - 1 and at < len(cells) / 2 else at - 1
        cells[into] = [one + two for one, two in zip(cells[into], cells[at], strict=True)]
        del cells[at]
    degrees = len(cells) - parameters
    if degrees < 1:
        return None, None, None, "too few score groups with enough persons"
    value = sum((o - e) ** 2 * n / (e * (n - e)) for o, e, n in cells)
    return float(value), degrees, float(chi2.sf(value, degrees)), ""
