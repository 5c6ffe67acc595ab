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


def nightly_workers():
    scoring_seconds = 2 * 3600 - 15 * 60
    return math.ceil(18_000_000 / (230 * scoring_seconds))


def padded_reduction():
    lengths = [20, 256, 30, 200, 24, 180, 32, 240]

    def processed(order):
        return 4 * max(order[:4]) + 4 * max(order[4:])

    before, after = processed(lengths), processed(sorted(lengths))
    return 100 * (before - after) / before


def worker_threads():
    busy = 300 * 0.080
    return math.ceil(round(busy / 0.75, 9))


def four_bit_memory():
    bits = 4 + 16 / 64
    return 13e9 * bits / 8 / 1e9


def decode_rate():
    weights, cache, bandwidth, sequences = 14, 0.5, 900, 8
    step = (weights + sequences * cache) / bandwidth
    return sequences / step


def cold_cache_replicas(rate=1700, hits=80):
    """Replicas; the defaults are the numbers of the first draw."""

    def needed(load):
        return next(n for n in range(1, 1000) if 45 * n >= load)

    return needed(rate) - needed(rate - rate * hits / 100)


COMPUTED = {
    "model-serving-replicas-headroom": replicas,
    "model-serving-batch-size-slo": batch_throughput,
    "model-serving-kv-cache-sequences": kv_sequences,
    "model-serving-nightly-workers": nightly_workers,
    "model-serving-padded-tokens": padded_reduction,
    "model-serving-workers-by-little": worker_threads,
    "model-serving-four-bit-groups": four_bit_memory,
    "model-serving-decode-bandwidth": decode_rate,
    "model-serving-cold-cache-replicas": cold_cache_replicas,
}
