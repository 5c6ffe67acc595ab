"""Numbers of the statistical-modelling questions, computed from their stems."""

from math import exp


def default_probability_percent():
    log_odds = -3.200 + 0.850 * 3 - 0.120 * 5
    return 100 / (1 + exp(-log_odds))


def posterior_mean_percent():
    prior_faulty, prior_sound, faulty, sound = 4, 76, 5, 20
    alpha, beta = prior_faulty + faulty, prior_sound + sound
    return 100 * alpha / (alpha + beta)


def mean_cost() -> float:
    mean_log, deviation_log = 5.00, 0.80
    return exp(mean_log + deviation_log**2 / 2)


def upper_failure_rate_percent() -> float:
    requests, level = 300, 0.05
    return float(100 * (1 - level ** (1 / requests)))


COMPUTED = {
    "statistical-modelling-default-probability": default_probability_percent,
    "statistical-modelling-faulty-sensors": posterior_mean_percent,
    "statistical-modelling-log-cost-mean": mean_cost,
    "statistical-modelling-no-failure-seen": upper_failure_rate_percent,
}
