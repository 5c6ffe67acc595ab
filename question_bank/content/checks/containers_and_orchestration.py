"""Numbers of the containers-and-orchestration questions, computed from their stems."""

import math
from fractions import Fraction


def _desired_replicas() -> int:
    utilisation = Fraction(340, 400)
    target = Fraction(60, 100)
    return math.ceil(6 * utilisation / target)


def _shared_layers_mb() -> int:
    images = [
        [("base", 130), ("packages", 2100), ("model A", 400)],
        [("base", 130), ("packages", 2100), ("model B", 600)],
        [("base", 130), ("model C", 500), ("packages", 2100)],
    ]
    stored = {}
    for image in images:
        for height in range(1, len(image) + 1):
            stored[tuple(image[:height])] = image[height - 1][1]
    return sum(stored.values())


def _placed_replicas() -> int:
    cpu = max(1500 + 200, 2000)
    memory = max(5 * 1024 + 256, 6 * 1024)
    per_node = min((7600 - 400) // cpu, (28 - 1) * 1024 // memory)
    return 4 * per_node


def _cpus_per_gpu_pod() -> int:
    return math.floor((96 - 2 - 2.5) / 8)


COMPUTED = {
    "containers-and-orchestration-hpa-replicas": _desired_replicas,
    "containers-and-orchestration-shared-layers": _shared_layers_mb,
    "containers-and-orchestration-init-and-sidecar": _placed_replicas,
    "containers-and-orchestration-stranded-gpus": _cpus_per_gpu_pod,
}
