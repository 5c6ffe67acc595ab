"""Numbers of the ci-cd-for-ml questions, computed from their stems."""


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


COMPUTED = {
    "ci-cd-for-ml-flaky-tests": red_runs,
    "ci-cd-for-ml-paired-gate-size": paired_cases,
    "ci-cd-for-ml-cache-saving": minutes_saved,
}
