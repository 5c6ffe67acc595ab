"""Numbers of the experimental-design-and-evaluation questions, computed from their stems."""


def f1_of_defects():
    true_positive, false_negative, false_positive = 60, 20, 40
    precision = true_positive / (true_positive + false_positive)
    recall = true_positive / (true_positive + false_negative)
    return 2 * precision * recall / (precision + recall)


def silhouette_of_p():
    own, others = [2.0, 3.0, 4.0], [[3.9, 5.2, 7.4], [3.5, 10.0, 12.0]]
    a = sum(own) / len(own)
    b = min(sum(cluster) / len(cluster) for cluster in others)
    return (b - a) / max(a, b)


def grid_fits() -> int:
    values_of_c, values_of_gamma, folds = 5, 4, 5
    return values_of_c * values_of_gamma * folds + 1


def expected_calibration_error() -> float:
    bins = [(400, 0.10, 0.08), (300, 0.40, 0.50), (300, 0.80, 0.70)]
    return sum(n * abs(predicted - observed) for n, predicted, observed in bins) / sum(n for n, _, _ in bins)


COMPUTED = {
    "experimental-design-and-evaluation-f1": f1_of_defects,
    "experimental-design-and-evaluation-one-silhouette": silhouette_of_p,
    "experimental-design-and-evaluation-grid-fits": grid_fits,
    "experimental-design-and-evaluation-binned-calibration": expected_calibration_error,
}
