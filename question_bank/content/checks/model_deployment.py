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


def shadow_price():
    shadow_replicas = ceil(900 * 0.25 / 75)
    green_replicas = ceil(900 / 75)
    return shadow_replicas * 7 * 24 * 2.40 - green_replicas * 6 * 2.40


def ramp_alarm():
    stages = [(0.01, 10), (0.05, 30), (0.25, 30), (1.0, float("inf"))]
    minutes, missing = 0.0, 50.0
    for share, duration in stages:
        bad_per_minute = 200 * share * 0.02 * 60
        if bad_per_minute * duration >= missing:
            return minutes + missing / bad_per_minute
        minutes, missing = minutes + duration, missing - bad_per_minute * duration
    raise AssertionError("the last stage has no end")


def days_of_test():
    per_group_and_day = 12_000 * 0.30 / 2
    return 7 * ceil(40_000 / per_group_and_day / 7)


def batch_restart():
    seconds = 3_000_000 / 600 + 500_000 / 600 + 5 * 60
    return seconds / 60


def fleet_update():
    with_version_6 = 8_000 * 0.85
    megabytes = with_version_6 * 4 + 8_000 * 0.15 * 25 + with_version_6 * 0.02 * 25
    return megabytes / 1_000


def every_kth_frame(fps=25, ms=45):
    """For the first draw of the numbers."""
    k = 1
    while fps * ms > 800 * k:
        k += 1
    return k


COMPUTED = {
    "model-deployment-canary-noise": canary_noise,
    "model-deployment-batch-saving": batch_saving,
    "model-deployment-shadow-price": shadow_price,
    "model-deployment-ramp-alarm": ramp_alarm,
    "model-deployment-test-days": days_of_test,
    "model-deployment-batch-restart": batch_restart,
    "model-deployment-fleet-update": fleet_update,
    "model-deployment-every-kth-frame": every_kth_frame,
}
