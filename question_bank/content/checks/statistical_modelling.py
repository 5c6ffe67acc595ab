"""Numbers of the statistical-modelling questions, computed from their stems."""

from math import exp


def default_probability_percent():
    log_odds = -3.200 + 0.850 * 3 - 0.120 * 5
    return 100 / (1 + exp(-log_odds))


def posterior_mean_percent():
    prior_faulty, prior_sound, faulty, sound = 4, 76, 5, 20
    alpha, beta = prior_faulty + faulty, prior_sound + sound
    return 100 * alpha / (alpha + beta)


COMPUTED = {
    "statistical-modelling-default-probability": default_probability_percent,
    "statistical-modelling-faulty-sensors": posterior_mean_percent,
}
