"""Numbers of the mlops-fundamentals questions, computed from their stems."""

import statistics
from itertools import product


def break_even():
    runs_per_month, build = 2, 180
    by_hand = runs_per_month * 14
    automated = runs_per_month * 2 + 3
    return build / (by_hand - automated)


def seed_band():
    auc = [0.842, 0.848, 0.845, 0.839, 0.851]
    return statistics.mean(auc) - 2 * statistics.stdev(auc)


def weakest_section():
    automated, by_hand = [3, 2, 4, 1], [4, 3, 1, 3]
    best = 0.0
    for picks in product(range(4), repeat=3):
        moved = [picks.count(section) for section in range(4)]
        if all(m <= h for m, h in zip(moved, by_hand, strict=True)):
            scores = [a + m + 0.5 * (h - m) for a, m, h in zip(automated, moved, by_hand, strict=True)]
            best = max(best, min(scores))
    return best


def flag_combinations():
    paths = set()
    flags = [(False, True)] * 4
    for clip, enrich, geo, calibrate in product(*flags):
        for backend in ("gbm", "linear", "net"):
            paths.add((clip, enrich, enrich and geo, backend, backend == "net" and calibrate))
    return len(paths)


def deterministic_price():
    surcharge = 400 * 5 * 3.20 * 0.15
    return surcharge * (1 - 0.05)


def age_with_review():
    at_start = 6 + 54
    at_end = at_start + 7 * 24
    return (at_start + at_end) / 2


def returned_handovers():
    today = 6 / (1 - 0.4)
    with_contract_test = 7 / (1 - 0.125)
    return today - with_contract_test


def review_hours(models=20, days=10, clear=85):
    """For the first draw of the numbers."""
    retrainings = models * (30 / days)
    by_hand = retrainings - retrainings * clear / 100
    return by_hand * 45 / 60


COMPUTED = {
    "mlops-fundamentals-break-even": break_even,
    "mlops-fundamentals-seed-band": seed_band,
    "mlops-fundamentals-weakest-section": weakest_section,
    "mlops-fundamentals-flag-combinations": flag_combinations,
    "mlops-fundamentals-deterministic-price": deterministic_price,
    "mlops-fundamentals-age-with-review": age_with_review,
    "mlops-fundamentals-returned-handovers": returned_handovers,
    "mlops-fundamentals-review-hours": review_hours,
}
