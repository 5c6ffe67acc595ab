"""Numbers of the automated-ml questions, computed from their stems."""

import math


def _random_top_five() -> float:
    draws, good_share = 40, 0.05
    return 100 * (1 - (1 - good_share) ** draws)


def _resumed_halving() -> float:
    rungs = [(81, 2), (27, 6), (9, 18), (3, 54), (1, 162)]
    total, reached = 0, 0
    for configurations, epoch in rungs:
        total += configurations * (epoch - reached)
        reached = epoch
    return total


def _missing_contribution() -> float:
    probability, base, known = 0.70, -1.20, (0.80, 0.35, -0.15)
    return math.log(probability / (1 - probability)) - (base + sum(known))


COMPUTED = {
    "automated-ml-random-top-five": _random_top_five,
    "automated-ml-resumed-halving": _resumed_halving,
    "automated-ml-missing-contribution": _missing_contribution,
}
