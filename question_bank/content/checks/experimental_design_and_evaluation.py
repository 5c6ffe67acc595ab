"""Numbers of the experimental-design-and-evaluation questions, computed from their stems."""


def f1_of_defects():
    true_positive, false_negative, false_positive = 60, 20, 40
    precision = true_positive / (true_positive + false_positive)
    recall = true_positive / (true_positive + false_negative)
    return 2 * precision * recall / (precision + recall)


COMPUTED = {
    "experimental-design-and-evaluation-f1": f1_of_defects,
}
