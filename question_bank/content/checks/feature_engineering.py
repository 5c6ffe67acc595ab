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


COMPUTED = {
    "feature-engineering-pca-components": pca_components,
    "feature-engineering-target-encoding-oof": target_encoding,
    "feature-engineering-asof-ttl": asof_nulls,
}
