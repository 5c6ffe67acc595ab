"""Numbers of the large-language-models questions, computed from their stems."""

from math import comb


def lora_parameters_in_millions():
    rank, layers = 16, 32
    projections = [(4096, 4096), (4096, 1024)]
    per_layer = sum(rank * width_in + width_out * rank for width_in, width_out in projections)
    return layers * per_layer / 1e6


def training_days():
    operations = 6 * 3e9 * 600e9
    per_second = 64 * 400e12 * 0.40
    return operations / per_second / 86_400


def pass_at_five():
    samples, drawn = 10, 5
    correct = [3, 0, 8, 1]
    return sum(1 - comb(samples - c, drawn) / comb(samples, drawn) for c in correct) / len(correct)


def speculative_gain():
    accepted = sum(0.7**length for length in range(1, 5))
    tokens_per_cycle = accepted + 1
    cycle_ms = 20 + 4 * 2
    return tokens_per_cycle * 20 / cycle_ms


COMPUTED = {
    "large-language-models-lora-parameters": lora_parameters_in_millions,
    "large-language-models-training-days": training_days,
    "large-language-models-pass-at-five": pass_at_five,
    "large-language-models-speculative-gain": speculative_gain,
}
