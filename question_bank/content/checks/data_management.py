"""Numbers of the data-management questions, computed from their stems."""

from statistics import median


def _robust_score() -> float:
    days = [102, 98, 101, 97, 140, 99, 103]
    centre = median(days)
    mad = median(abs(day - centre) for day in days)
    return abs(81 - centre) / (1.4826 * mad)


COMPUTED = {
    "data-management-robust-volume-alert": _robust_score,
}
