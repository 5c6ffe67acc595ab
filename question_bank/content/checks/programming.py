"""Numbers of the programming questions, computed from their stems."""

import numpy as np


def broadcast_loss():
    y = np.array([1.0, 2.0, 3.0, 4.0])
    pred = np.array([[1.0], [2.0], [3.0], [4.0]])
    return np.mean((pred - y) ** 2)


COMPUTED = {
    "programming-broadcast-loss": broadcast_loss,
}
