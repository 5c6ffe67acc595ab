"""Numbers of the containers-and-orchestration questions, computed from their stems."""

import math
from fractions import Fraction


def _desired_replicas() -> int:
    utilisation = Fraction(340, 400)
    target = Fraction(60, 100)
    return math.ceil(6 * utilisation / target)


COMPUTED = {
    "containers-and-orchestration-hpa-replicas": _desired_replicas,
}
