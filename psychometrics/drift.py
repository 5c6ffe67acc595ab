"""Do answers still come as an item's parameters say? New answers against what was expected of them.

For each answer of a person i to an item j the mark is predicted from the person's other answers,

    e_ij = E[x_j | x_i without x_j] = ∫ m_j(theta) p(theta | x_i without x_j) dtheta,

where m_j is the item's expected mark, integrated over what is not known of it. The shift of an item is the mean of
x_ij - e_ij. Its error has two parts: the spread of the marks around their prediction, independent between people, and
the error of the item's parameters, which all of them share. The people's distribution is estimated from the same
answers, so that a stronger group does not look like easier items.

An item that leaked, or whose subject changed, shows a shift outside of its interval. Among many items some do by
chance: look at z and not at the interval when all items of a bank are gone through.

Source: the idea of an item's observed against its expected score in new data, as in Glas (2000), "Item calibration and
parameter drift", in van der Linden & Glas, "Computerized adaptive testing"; leave-one-out prediction as in Gelman et
al. (2013), "Bayesian data analysis", chapter 7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from psychometrics.bank import THETA, Curve, tabulate
from psychometrics.classical import FEW
from psychometrics.estimates import Array, Estimate, unknown
from psychometrics.items import Item
from psychometrics.responses import Responses

METHOD = "drift/1"
LEVEL = 0.90
_ROUNDS = 20
_PEOPLE_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Shift:
    """observed, expected: mean marks in [0, 1] of the ``n`` new answers. change: observed less expected."""

    name: str
    observed: float
    expected: float
    change: Estimate

    @property
    def z(self) -> float:
        """The change in units of its error; 0 where it cannot be estimated."""
        return self.change.value / self.change.se if self.change.value is not None and self.change.se else 0.0


def shifts(responses: Responses, items: Sequence[Item]) -> tuple[Shift, ...]:
    """The shift of each item, in the order of the responses. Weights of people are not used.

    Args:
        items: as they were known before these answers.

    Items with fewer than 30 answers from people who answered something else too have no change, but the reason.

    Raises:
        ValueError: other items than those of the responses.
    """
    if len(items) != len(responses.names):
        raise ValueError(f"the responses have {len(responses.names)} items, got parameters of {len(items)}")
    curves = [tabulate(item) for item in items]
    mean, sd = _people(responses, curves)
    sums = np.zeros((5, len(items)))  # of n, mark, expected, variance, error of the parameters
    for part in _parts(responses):
        own = _log_likelihoods(part, curves)
        total = _by_person(part, own)
        others = total[part.person] - own - 0.5 * ((THETA - mean) / sd) ** 2
        posterior = np.exp(others - others.max(axis=1, keepdims=True))
        posterior /= posterior.sum(axis=1, keepdims=True)
        alone = np.bincount(part.person, minlength=len(total))[part.person] < 2
        for item, curve in enumerate(curves):
            mine = (part.item == item) & ~alone
            marks = np.linspace(0, 1, len(curve.likelihood))
            expected = posterior[mine] @ curve.mean
            variance = posterior[mine] @ (marks**2 @ curve.likelihood) - expected**2
            error = np.sqrt(posterior[mine] @ curve.variance)
            found = (np.ones(mine.sum()), part.mark[mine], expected, variance, error)
            sums[:, item] += [one.sum() for one in found]
    return tuple(_shift(responses.names[item], *sums[:, item]) for item in range(len(items)))


def _shift(name: str, n: float, marks: float, expected: float, variance: float, error: float) -> Shift:
    if n < FEW:
        shown = (marks / n, expected / n) if n else (0.0, 0.0)
        return Shift(name, *shown, unknown("too few new answers to say", int(n), METHOD, level=LEVEL))
    change, se = float((marks - expected) / n), float(np.hypot(np.sqrt(variance) / n, error / n))
    half = float(ndtri((1 + LEVEL) / 2)) * se
    estimate = Estimate(change, se, change - half, change + half, LEVEL, int(n), METHOD)
    return Shift(name, float(marks / n), float(expected / n), estimate)


def _parts(responses: Responses) -> list[Responses]:
    """Some people at a time, numbered from 0, so that no array holds all answers on the whole grid."""
    persons = len(responses.weights)
    starts = range(0, persons, _PEOPLE_AT_ONCE)
    ends = np.searchsorted(responses.person, [*starts, persons])
    return [
        Responses(
            responses.names,
            responses.person[low:high] - start,
            responses.item[low:high],
            responses.mark[low:high],
            responses.weights[start : start + _PEOPLE_AT_ONCE],
        )
        for start, low, high in zip(starts, ends[:-1], ends[1:], strict=True)
    ]


def _log_likelihoods(part: Responses, curves: Sequence[Curve]) -> Array:
    """(answers, grid)."""
    found = np.empty((len(part.mark), len(THETA)))
    for item, curve in enumerate(curves):
        mine = np.flatnonzero(part.item == item)
        marks, which = np.unique(part.mark[mine], return_inverse=True)
        if len(marks):
            found[mine] = np.stack([curve.at(float(mark))[0] for mark in marks])[which]
    return found


def _by_person(part: Responses, own: Array) -> Array:
    """(people, grid)."""
    total = np.zeros((len(part.weights), len(THETA)))
    np.add.at(total, part.person, own)
    return total


def _people(responses: Responses, curves: Sequence[Curve]) -> tuple[float, float]:
    """Mean and SD of the abilities of these people, by EM."""
    totals = [_by_person(part, _log_likelihoods(part, curves)) for part in _parts(responses)]
    mean, sd = 0.0, 1.0
    for _ in range(_ROUNDS if totals else 0):
        first = second = count = 0.0
        for total in totals:
            log = total - 0.5 * ((THETA - mean) / sd) ** 2
            posterior = np.exp(log - log.max(axis=1, keepdims=True))
            posterior /= posterior.sum(axis=1, keepdims=True)
            first += float((posterior @ THETA).sum())
            second += float((posterior @ THETA**2).sum())
            count += len(total)
        mean = first / count
        sd = max(float(np.sqrt(max(second / count - mean**2, 0))), 0.2)
    return mean, sd
