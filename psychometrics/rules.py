"""Quadrature rules for the standard normal distribution."""

from __future__ import annotations

import numpy as np
from numpy.polynomial.hermite_e import hermegauss

from psychometrics.estimates import Array


def gauss_hermite(nodes: int) -> tuple[Array, Array]:
    """Places and weights (summing to 1) that integrate polynomials of degree 2 * nodes - 1 exactly.

    Source: Golub & Welsch (1969), "Calculation of Gauss quadrature rules", Mathematics of Computation 23, 221-230.
    """
    places, weights = hermegauss(nodes)
    return places, np.asarray(weights / weights.sum())
