"""One shape for every figure: a value, how sure it is, what it rests on, or why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its error.

    value: the estimate, or None where it cannot be estimated; ``reason`` then says why, and se, low and high
        are None too. A value whose error cannot be estimated has None there, and says why as well.
    se: standard error or posterior standard deviation, in the unit of the value.
    low, high: ends of the interval that is built to hold the truth with probability ``level``.
    n: number of answers (or persons, where the docstring says so) behind the value.
    method: name of the method, with its version after a slash ("eap/1").
    version: name of the item parameters that were used ("prior", or a calibration); empty where none were.
    """

    value: float | None
    se: float | None
    low: float | None
    high: float | None
    level: float
    n: int
    method: str
    version: str = ""
    reason: str = ""

    def __bool__(self) -> bool:
        """Is there a value?"""
        return self.value is not None


def unknown(reason: str, n: int, method: str, *, level: float = 0.90, version: str = "") -> Estimate:
    """The result where nothing can be estimated."""
    return Estimate(None, None, None, None, level, n, method, version, reason)


def probability_higher(first: Estimate, second: Estimate) -> float | None:
    """Probability that the first truth exceeds the second: Φ((v1 - v2) / √(se1² + se2²)).

    For two persons, whose errors are independent given the item parameters. Between 0.05 and 0.95 the two are
    best shown as a tie. None where either cannot be estimated; 0.5 where both are exact and equal.

    Source: normal approximation to the posterior of a difference; Wright & Douglas (1975), "Best test design
    and self-tailored testing", on the error of a difference.
    """
    if first.value is None or second.value is None or first.se is None or second.se is None:
        return None
    spread = math.hypot(first.se, second.se)
    difference = first.value - second.value
    if spread == 0:
        return 0.5 if difference == 0 else float(difference > 0)
    return float(ndtr(difference / spread))


def check_level(level: float) -> None:
    """Refuse a probability outside (0, 1)."""
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
