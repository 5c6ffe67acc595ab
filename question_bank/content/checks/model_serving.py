"""Numbers of the model-serving questions, computed from their stems."""

import math


def replicas():
    per_replica = 0.70 * 120
    remaining = math.ceil(900 / per_replica)
    return remaining + 1


def batch_throughput():
    time_ms = {1: 6, 4: 9, 8: 14, 16: 24, 32: 46}
    within = {size: t for size, t in time_ms.items() if 2 * t <= 50}
    return max(size / (t / 1000) for size, t in within.items())


def kv_sequences():
    layers, kv_heads, head_dim, width = 32, 8, 128, 2
    per_token = 2 * layers * kv_heads * head_dim * width
    return 20 * 2**30 // (per_token * 4096)


COMPUTED = {
    "model-serving-replicas-headroom": replicas,
    "model-serving-batch-size-slo": batch_throughput,
    "model-serving-kv-cache-sequences": kv_sequences,
}
