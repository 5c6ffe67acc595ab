"""Numbers of the statistical-modelling questions, computed from their stems."""

from math import exp


def default_probability_percent():
    log_odds = -3.200 + 0.850 * 3 - 0.120 * 5
    return 100 / (1 + exp(-log_odds))


COMPUTED = {
    "statistical-modelling-default-probability": default_probability_percent,
}
