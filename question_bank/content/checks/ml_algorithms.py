"""Numbers of the ml-algorithms questions, computed from their stems."""


def convolved(size, kernel, stride=1, padding=0):
    return (size + 2 * padding - kernel) // stride + 1


def cnn_linear_input():
    side = convolved(64, kernel=5, stride=2, padding=1)
    side = side // 2
    side = convolved(side, kernel=3, padding=1)
    side = side // 2
    return side * side * 32


COMPUTED = {
    "ml-algorithms-cnn-linear-input": cnn_linear_input,
}
