"""Numbers of the large-language-models questions, computed from their stems."""


def lora_parameters_in_millions():
    rank, layers = 16, 32
    projections = [(4096, 4096), (4096, 1024)]
    per_layer = sum(rank * width_in + width_out * rank for width_in, width_out in projections)
    return layers * per_layer / 1e6


COMPUTED = {
    "large-language-models-lora-parameters": lora_parameters_in_millions,
}
