"""Numbers of the model-monitoring questions, computed from their stems."""

import math


def psi() -> float:
    expected = [0.50, 0.30, 0.20]
    actual = [0.40, 0.30, 0.30]
    return sum((a - e) * math.log(a / e) for a, e in zip(actual, expected, strict=True))


def hours_left() -> float:
    burn_rate = 0.03 / (1 - 0.995)
    return 30 * 24 * 0.40 / burn_rate


def p95_milliseconds() -> float:
    buckets = [(0.1, 600), (0.2, 900), (0.5, 980), (math.inf, 1000)]
    rank = 0.95 * buckets[-1][1]
    lower, below = 0.0, 0
    for upper, count in buckets:
        if count >= rank:
            return 1000 * (lower + (upper - lower) * (rank - below) / (count - below))
        lower, below = upper, count
    raise ValueError("rank beyond the last bucket")


COMPUTED = {
    "model-monitoring-psi-three-bins": psi,
    "model-monitoring-budget-exhausted": hours_left,
    "model-monitoring-histogram-p95": p95_milliseconds,
}
