"""Numbers of the security-and-privacy questions, computed from their stems."""

import math


def _laplace_standard_deviation() -> float:
    sensitivity = 5
    epsilon = 0.5
    scale = sensitivity / epsilon
    return math.sqrt(2) * scale


def _rows_gained_without_region() -> float:
    k = 5
    rows = {
        ("20-39", "east"): 12,
        ("20-39", "west"): 3,
        ("40-59", "east"): 4,
        ("40-59", "west"): 2,
        ("60+", "east"): 1,
        ("60+", "west"): 2,
    }
    with_region = sum(size for size in rows.values() if size >= k)
    by_age: dict[str, int] = {}
    for (age, _region), size in rows.items():
        by_age[age] = by_age.get(age, 0) + size
    without_region = sum(size for size in by_age.values() if size >= k)
    return without_region - with_region


def _total_epsilon() -> float:
    regions = max([0.4] * 16)
    months = sum([0.1] * 12)
    return regions + 0.3 + months


def _smallest_change_per_feature() -> float:
    weights = [0.8, -1.5, 0.2, 0.5]
    values = [1.0, 0.4, 2.0, -0.6]
    score = sum(w * x for w, x in zip(weights, values, strict=True)) + 0.3
    return score / sum(abs(w) for w in weights)


COMPUTED = {
    "security-and-privacy-laplace-noise": _laplace_standard_deviation,
    "security-and-privacy-region-or-rows": _rows_gained_without_region,
    "security-and-privacy-yearly-budget": _total_epsilon,
    "security-and-privacy-smallest-change": _smallest_change_per_feature,
}
