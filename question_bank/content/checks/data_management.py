"""Numbers of the data-management questions, computed from their stems."""

from statistics import median


def _robust_score() -> float:
    days = [102, 98, 101, 97, 140, 99, 103]
    centre = median(days)
    mad = median(abs(day - centre) for day in days)
    return abs(81 - centre) / (1.4826 * mad)


def _emitted_count() -> int:
    minutes = [2, 7, 5, 12, 9, 10, 13, 3, 15, 8, 16, 9]  # after 10:00, in the order of arrival
    count, latest = 0, minutes[0]
    for minute in minutes:
        latest = max(latest, minute)
        if latest - 4 >= 10:
            break
        count += 0 <= minute < 10
    return count


COMPUTED = {
    "data-management-robust-volume-alert": _robust_score,
    "data-management-late-events": _emitted_count,
}
