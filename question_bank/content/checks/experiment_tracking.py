"""Numbers of the experiment-tracking questions, computed from their stems."""

import math

import numpy as np


def _log_interval() -> float:
    jobs, steps_per_second, metrics, limit = 200, 25, 12, 1500
    return math.ceil(jobs * steps_per_second * metrics / limit)


def _dedup_storage() -> float:
    files, total_gb, replaced_share, versions = 10_000, 40.0, 0.03, 5
    stored_files = files + (versions - 1) * replaced_share * files
    return stored_files * total_gb / files


def _paired_seeds() -> float:
    a = np.array([0.840, 0.856, 0.831, 0.862, 0.847])
    b = np.array([0.846, 0.858, 0.840, 0.861, 0.851])
    difference = (b - a) * 1000
    return float(2.776 * difference.std(ddof=1) / math.sqrt(len(difference)))


COMPUTED = {
    "experiment-tracking-log-interval": _log_interval,
    "experiment-tracking-dedup-storage": _dedup_storage,
    "experiment-tracking-paired-seeds": _paired_seeds,
}
