"""Numbers of the security-and-privacy questions, computed from their stems."""

import math


def _laplace_standard_deviation() -> float:
    sensitivity = 5
    epsilon = 0.5
    scale = sensitivity / epsilon
    return math.sqrt(2) * scale


COMPUTED = {
    "security-and-privacy-laplace-noise": _laplace_standard_deviation,
}
