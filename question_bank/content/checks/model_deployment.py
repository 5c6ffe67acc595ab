"""Numbers of the model-deployment questions, computed from their stems."""

from math import ceil

from scipy.stats import binom


def canary_noise():
    requests = round(20 * 0.01 * 5 * 60)
    errors_that_trigger = ceil(0.01 * requests)
    return 100 * binom.sf(errors_that_trigger - 1, requests, 0.005)


def batch_saving():
    online = 2 * 0.90 * 24 * 30
    hours_per_night = (3_000_000 / 500 + 10 * 60) / 3600
    return online - hours_per_night * 1.20 * 30


COMPUTED = {
    "model-deployment-canary-noise": canary_noise,
    "model-deployment-batch-saving": batch_saving,
}
