"""Numbers of the scalable-training questions, computed from their stems."""

import math
from fractions import Fraction
from itertools import count


def _checkpoint_interval_minutes() -> float:
    job_mtbf_minutes = 4000 * 60 / 64
    return math.sqrt(2 * 2 * job_mtbf_minutes)


def _micro_batches() -> int:
    return next(m for m in count(1) if Fraction(4 - 1, m + 4 - 1) <= Fraction(10, 100))


def _smallest_loss_scale() -> int:
    powers: list[int] = [2**exponent for exponent in range(40)]
    return next(p for p in powers if 3e-9 * p >= 6.10e-5 and 0.9 * p <= 65504)


def _loader_workers() -> int:
    return math.ceil(256 * 0.012 / 0.35)


COMPUTED = {
    "scalable-training-checkpoint-interval": _checkpoint_interval_minutes,
    "scalable-training-pipeline-bubble": _micro_batches,
    "scalable-training-smallest-loss-scale": _smallest_loss_scale,
    "scalable-training-workers-for-one-gpu": _loader_workers,
}
