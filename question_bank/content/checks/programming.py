"""Numbers of the programming questions, computed from their stems."""

import numpy as np


def broadcast_loss():
    y = np.array([1.0, 2.0, 3.0, 4.0])
    pred = np.array([[1.0], [2.0], [3.0], [4.0]])
    return np.mean((pred - y) ** 2)


def third_line_seconds():
    workers, ends = [0.0, 0.0], []
    for seconds in [5, 1, 2, 1, 4, 2]:
        free = workers.index(min(workers))
        workers[free] += seconds
        ends.append(workers[free])
    return max(ends[:3])  # results are handed out in the order of the inputs


def sum_over_repeated_rows():
    grid = [[0] * 3] * 4
    grid[0][0] = 5
    grid[1][2] = 1
    return sum(sum(row) for row in grid)


COMPUTED = {
    "programming-broadcast-loss": broadcast_loss,
    "programming-map-order": third_line_seconds,
    "programming-repeated-rows": sum_over_repeated_rows,
}
