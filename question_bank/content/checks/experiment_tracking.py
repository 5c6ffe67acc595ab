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


def _uneven_workers() -> float:
    rows, loss = np.array([400, 400, 400, 50]), np.array([0.30, 0.32, 0.28, 0.70])
    return float(np.average(loss, weights=rows))


def _checkpoint_volume() -> float:
    runs, coinciding, gb = 50, 10, 1.2
    return ((runs - coinciding) * 2 + coinciding) * gb


def _recomputed_macro() -> float:
    matrix = np.array([[90, 10, 0], [20, 20, 0], [0, 5, 5]])
    f1 = 2 * matrix.diagonal() / (matrix.sum(axis=0) + matrix.sum(axis=1))
    return float(f1.mean())


def _trials_in_study() -> float:
    workers, per_call, before_kill = 4, 50, 20
    return (workers - 1) * per_call + before_kill + per_call


def _smoothed_curve(w: float = 0.8) -> float:
    """The default is the number of the first draw."""
    logged = [0.80, 0.40, 0.60]
    smoothed = logged[0]
    for value in logged[1:]:
        smoothed = w * smoothed + (1 - w) * value
    return smoothed


COMPUTED = {
    "experiment-tracking-log-interval": _log_interval,
    "experiment-tracking-dedup-storage": _dedup_storage,
    "experiment-tracking-paired-seeds": _paired_seeds,
    "experiment-tracking-uneven-workers": _uneven_workers,
    "experiment-tracking-checkpoint-volume": _checkpoint_volume,
    "experiment-tracking-recomputed-macro": _recomputed_macro,
    "experiment-tracking-trials-in-study": _trials_in_study,
    "experiment-tracking-smoothed-curve": _smoothed_curve,
}
