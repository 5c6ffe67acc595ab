"""Numbers of the mathematics-and-probability questions, computed from their stems."""


def wrong_among_flagged_percent():
    share_wrong, flagged_if_wrong, flagged_if_right = 0.08, 0.75, 0.05
    hits = share_wrong * flagged_if_wrong
    false_flags = (1 - share_wrong) * flagged_if_right
    return 100 * hits / (hits + false_flags)


COMPUTED = {
    "mathematics-and-probability-label-detector": wrong_among_flagged_percent,
}
