"""What may be said of the difference between two people, and between one and all others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

ROWS_AT_ONCE = 256


def difference(
    value_a: Floats, low_a: Floats, high_a: Floats, value_b: Floats, low_b: Floats, high_b: Floats
) -> tuple[Floats, Floats]:
    """The interval of ``a - b``, at the level of the two intervals that it is made from.

    L = (a - b) - sqrt((a - low_a)² + (high_b - b)²),  U = (a - b) + sqrt((high_a - a)² + (b - low_b)²).

    All arguments have the same shape, or shapes that broadcast; so have the two results. The errors of
    the two are taken as independent; where both answered the same questions, their shared error makes
    the true interval narrower, so this one is on the safe side.

    Source: Zou and Donner (2008), "Construction of confidence limits about effect measures", Statistics in
    Medicine 27, 1693-1702; for two Wilson intervals it is method 10 of Newcombe (1998), Statistics in
    Medicine 17, 873-890.
    """
    middle = value_a - value_b
    below = np.hypot(value_a - low_a, high_b - value_b)
    above = np.hypot(high_a - value_a, value_b - low_b)
    return middle - below, middle + above


def places(value: Floats, low: Floats, high: Floats, of: npt.ArrayLike | None = None) -> tuple[Counts, Counts]:
    """The best and the worst place that each person may have among all, 1 being the first.

    The best place is one more than the number of people who are shown to be better: whose difference to
    this person has an interval above zero. The worst place counts everybody who is not shown to be
    worse. Two people between whom no difference is shown have places that overlap: a tie.

    Shapes: ``value``, ``low`` and ``high`` (persons,), without missing values. ``of`` picks the persons for
    whom the places are wanted, by index; both results have its shape. Each pair is judged at the level of
    the intervals; with many people some pairs are told apart by chance.

    Source: the counting of significantly better and worse as in Mogstad, Romano, Shaikh and Wilhelm (2024),
    "Inference for ranks", Review of Economic Studies 91, 476-518, here without their correction for all pairs.
    """
    chosen = np.arange(len(value)) if of is None else np.asarray(of, dtype=np.int64)
    best, worst = np.empty(len(chosen), dtype=np.int64), np.empty(len(chosen), dtype=np.int64)
    for start in range(0, len(chosen), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        own = chosen[part, None]
        lower, upper = difference(value[None, :], low[None, :], high[None, :], value[own], low[own], high[own])
        best[part] = 1 + (lower > 0).sum(axis=1)
        worst[part] = len(value) - (upper < 0).sum(axis=1)
    return best, worst
