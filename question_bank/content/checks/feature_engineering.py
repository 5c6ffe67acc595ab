"""Numbers of the feature-engineering questions, computed from their stems."""

from datetime import datetime, timedelta

import numpy as np


def pca_components():
    eigenvalues = np.array([3.20, 1.90, 1.10, 0.80, 0.50, 0.30, 0.15, 0.05])
    share = np.cumsum(eigenvalues) / eigenvalues.sum()
    return int(np.argmax(share >= 0.90)) + 1


def target_encoding():
    rows, positives = {1: 12, 2: 8, 3: 10}, {1: 3, 2: 1, 3: 8}
    others = [fold for fold in rows if fold != 3]
    n = sum(rows[fold] for fold in others)
    k = sum(positives[fold] for fold in others)
    prior, weight = 0.10, 20
    return (k + weight * prior) / (n + weight)


def asof_nulls():
    def at(text):
        return datetime.strptime("2026-" + text, "%Y-%m-%d %H:%M")

    features = {
        "c1": [at("03-02 00:00"), at("03-08 00:00"), at("03-09 00:00")],
        "c2": [at("03-03 12:00")],
    }
    labels = [
        ("c1", at("03-01 18:00")),
        ("c1", at("03-04 12:00")),
        ("c1", at("03-06 09:00")),
        ("c1", at("03-08 00:00")),
        ("c1", at("03-11 20:00")),
        ("c2", at("03-03 11:00")),
        ("c2", at("03-05 12:00")),
        ("c2", at("03-06 20:00")),
    ]
    limit = timedelta(hours=72)
    return sum(not any(timedelta(0) <= when - f <= limit for f in features[card]) for card, when in labels)


def hash_collision():
    cities, columns = 2000, 4096
    return 100 * (1 - (1 - 1 / columns) ** (cities - 1))


def mean_fill():
    rows, empty, deviation = 10_000, 3_600, 50.0
    given = rows - empty
    return np.sqrt(given * deviation**2 / rows)


def label_gap():
    label_window, recording = 30, 5
    return label_window + recording


def store_size():
    record = 16 + 60 * 8 + 24
    return 20e6 * record * 3 / 1e9


def sum_as_known():
    def at(day, hour, minute=0):
        return datetime(2026, 5, day, hour, minute)

    rows = [
        (71, at(3, 11, 30), at(3, 11, 31), 40),
        (72, at(3, 18), at(5, 9), 25),
        (73, at(6, 10), at(6, 10, 1), 100),
        (73, at(6, 10), at(8, 8), 60),
        (74, at(8, 20), at(8, 20, 1), 30),
        (74, at(8, 20), at(11, 7), 0),
        (75, at(9, 23), at(10, 14), 80),
        (76, at(10, 9), at(10, 9, 1), 15),
    ]
    t = at(10, 12)
    known = {}
    for number, event, arrived, amount in sorted(rows, key=lambda row: row[2]):
        if arrived <= t and t - timedelta(days=7) < event <= t:
            known[number] = amount
    return sum(known.values())


def oldest_online_value(period=30, lag=15, run=18):
    """Minutes; the defaults are the numbers of the first draw."""
    start = 1000
    covered_until = start - lag
    next_visible = start + period + run
    return next_visible - covered_until


COMPUTED = {
    "feature-engineering-pca-components": pca_components,
    "feature-engineering-target-encoding-oof": target_encoding,
    "feature-engineering-asof-ttl": asof_nulls,
    "feature-engineering-hash-collision": hash_collision,
    "feature-engineering-mean-fill-spread": mean_fill,
    "feature-engineering-label-window-gap": label_gap,
    "feature-engineering-online-store-size": store_size,
    "feature-engineering-sum-as-known": sum_as_known,
    "feature-engineering-oldest-online-value": oldest_online_value,
}
