"""Numbers of the scalable-training questions, computed from their stems."""

import math


def _checkpoint_interval_minutes() -> float:
    job_mtbf_minutes = 4000 * 60 / 64
    return math.sqrt(2 * 2 * job_mtbf_minutes)


COMPUTED = {
    "scalable-training-checkpoint-interval": _checkpoint_interval_minutes,
}
