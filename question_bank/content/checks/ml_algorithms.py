"""Numbers of the ml-algorithms questions, computed from their stems."""


def convolved(size, kernel, stride=1, padding=0):
    return (size + 2 * padding - kernel) // stride + 1


def cnn_linear_input():
    side = convolved(64, kernel=5, stride=2, padding=1)
    side = side // 2
    side = convolved(side, kernel=3, padding=1)
    side = side // 2
    return side * side * 32


def q_after_update():
    table = {"s1": {"left": 2.0, "right": 5.0}, "s2": {"left": 4.0, "right": 8.0}}
    learning_rate, discount, reward = 0.2, 0.9, 1.0
    old = table["s1"]["left"]
    target = reward + discount * max(table["s2"].values())
    return old + learning_rate * (target - old)


def parameters_of_quadratic() -> int:
    columns = 30
    return columns + columns + columns * (columns - 1) // 2 + 1


def spam_percent() -> float:
    spam = 0.40 * 0.30 * 0.10
    ham = 0.60 * 0.05 * 0.20
    return 100 * spam / (spam + ham)


COMPUTED = {
    "ml-algorithms-cnn-linear-input": cnn_linear_input,
    "ml-algorithms-q-update": q_after_update,
    "ml-algorithms-quadratic-columns": parameters_of_quadratic,
    "ml-algorithms-two-words": spam_percent,
}
