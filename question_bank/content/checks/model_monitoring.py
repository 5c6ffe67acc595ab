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


def drift_errors() -> int:
    p_min, s_min = 0.10, math.sqrt(0.10 * 0.90 / 900)
    for errors in range(1601):
        p = errors / 1600
        if p >= p_min and p + math.sqrt(p * (1 - p) / 1600) >= p_min + 3 * s_min:
            return errors
    raise ValueError("no number of errors reaches the limit")


def jensen_shannon() -> float:
    p, q = [0.5, 0.5], [0.9, 0.1]
    m = [(a + b) / 2 for a, b in zip(p, q, strict=True)]

    def kl(a: list[float], b: list[float]) -> float:
        return sum(x * math.log2(x / y) for x, y in zip(a, b, strict=True))

    return (kl(p, m) + kl(q, m)) / 2


def final_precision() -> float:
    return 100 * (90 / 0.60) / 400


def estimated_recall() -> float:
    missed = 6 * (10_000 - 300) / 485
    return 100 * 180 / (180 + missed)


def series() -> int:
    buckets = 10 + 1
    return 6 * 3 * 40 * (buckets + 2)


def ks_from_bins():
    reference, week = [400, 300, 150, 100, 50], [140, 110, 130, 80, 40]
    shares = [
        abs(sum(reference[:end]) / sum(reference) - sum(week[:end]) / sum(week)) for end in range(1, len(reference) + 1)
    ]
    return max(shares)


COMPUTED = {
    "model-monitoring-psi-three-bins": psi,
    "model-monitoring-budget-exhausted": hours_left,
    "model-monitoring-histogram-p95": p95_milliseconds,
    "model-monitoring-ddm-level": drift_errors,
    "model-monitoring-js-two-categories": jensen_shannon,
    "model-monitoring-maturing-precision": final_precision,
    "model-monitoring-recall-by-sample": estimated_recall,
    "model-monitoring-series-count": series,
    "model-monitoring-ks-from-bins": ks_from_bins,
}
