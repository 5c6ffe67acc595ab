"""Numbers of the ci-cd-for-ml questions, computed from their stems."""

import math


def red_runs() -> float:
    all_pass = 0.97**4
    return 50 * (1 - all_pass)


def paired_cases() -> float:
    better, worse = 0.08 / 2, 0.08 / 2
    variance = better + worse - (better - worse) ** 2
    return variance / 0.005**2


def minutes_saved() -> float:
    with_cache = 0.80 * 1.5 + 0.20 * 9
    return 600 * (8 - with_cache)


def matrix_jobs() -> int:
    combinations = [
        (python, backend, data)
        for python in ("3.10", "3.11", "3.12")
        for backend in ("cpu", "gpu")
        for data in ("small", "full")
    ]
    kept = [
        (python, backend, data)
        for python, backend, data in combinations
        if not (backend == "gpu" and data == "full") and not (python == "3.10" and backend == "gpu")
    ]
    return len(kept) + 1


def seeds_needed() -> int:
    return math.ceil(((2.326 + 1.645) * 0.006 / 0.012) ** 2)


def seen_by_champion() -> float:
    return 100 * (90 - 7) / 90 * 0.80


def missing_jobs() -> float:
    runners, jobs = 6, 10
    used = runners * (1 - (1 - 1 / runners) ** jobs)
    return 100 * used / jobs


def destroyed_buckets() -> int:
    before = ["churn", "fraud", "price", "demand", "search"]
    after = [name for name in before if name != "fraud"]
    return sum(index >= len(after) or after[index] != name for index, name in enumerate(before))


COMPUTED = {
    "ci-cd-for-ml-flaky-tests": red_runs,
    "ci-cd-for-ml-paired-gate-size": paired_cases,
    "ci-cd-for-ml-cache-saving": minutes_saved,
    "ci-cd-for-ml-matrix-jobs": matrix_jobs,
    "ci-cd-for-ml-seeds-per-test": seeds_needed,
    "ci-cd-for-ml-champion-has-seen": seen_by_champion,
    "ci-cd-for-ml-local-runner-caches": missing_jobs,
    "ci-cd-for-ml-count-shift": destroyed_buckets,
}
