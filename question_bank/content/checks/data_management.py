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


def _extra_addresses() -> int:
    signups = ["ann@example.org", "Ann@example.org ", "bob@example.org", "", "bob@example.org", "  "]
    signups += ["carl@example.org", "CARL@EXAMPLE.ORG", "dora@example.org", "dora@example.com"]
    result = [address for address in (raw.strip().lower() for raw in set(signups)) if address]
    return len(result) - len(set(result))


def _late_days_left() -> int:
    days, share_percent, deadline = 92, 95, "06:00"
    late = sum(time > deadline for time in ("06:20", "06:00", "09:15", "05:59", "06:01"))
    return days * (100 - share_percent) // 100 - late


COMPUTED = {
    "data-management-robust-volume-alert": _robust_score,
    "data-management-late-events": _emitted_count,
    "data-management-distinct-addresses": _extra_addresses,
    "data-management-late-deliveries-left": _late_days_left,
}
