"""Numbers of the mathematics-and-probability questions, computed from their stems."""

from math import comb, exp


def wrong_among_flagged_percent():
    share_wrong, flagged_if_wrong, flagged_if_right = 0.08, 0.75, 0.05
    hits = share_wrong * flagged_if_wrong
    false_flags = (1 - share_wrong) * flagged_if_right
    return 100 * hits / (hits + false_flags)


def at_least_four_of_five_percent():
    annotators, needed, right = 5, 4, 0.9
    return 100 * sum(
        comb(annotators, k) * right**k * (1 - right) ** (annotators - k) for k in range(needed, annotators + 1)
    )


def multiplications_in_millions():
    rows, inner, columns = 1000, 500, 1000
    return (inner * columns + rows * inner) / 1e6


def one_neuron_gradient():
    x, y, w, b, h = 2.0, 1.0, 0.5, -1.0, 1e-6

    def loss(weight):
        return (1 / (1 + exp(-(weight * x + b))) - y) ** 2

    return (loss(w + h) - loss(w - h)) / (2 * h)


COMPUTED = {
    "mathematics-and-probability-label-detector": wrong_among_flagged_percent,
    "mathematics-and-probability-four-of-five": at_least_four_of_five_percent,
    "mathematics-and-probability-product-order": multiplications_in_millions,
    "mathematics-and-probability-one-neuron-gradient": one_neuron_gradient,
}
