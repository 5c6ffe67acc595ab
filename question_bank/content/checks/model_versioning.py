"""Numbers of the model-versioning questions, computed from their stems."""


def _rollback_exposure() -> float:
    pods, requests_per_second, per_wave, wave_seconds = 24, 600, 4, 90
    faulty: float = (4 + 3) * 60 * requests_per_second
    for restarted in range(0, pods, per_wave):
        faulty += wave_seconds * requests_per_second * (pods - restarted) / pods
    return faulty


def _retention_volume() -> float:
    gb, per_week, promoted_per_week = 1.5, 7, 1
    promoted = promoted_per_week * 104
    others = (per_week - promoted_per_week) * 8
    return (promoted + others) * gb


def _download_per_node() -> float:
    nodes, gb, gbit_per_second = 8, 3.2, 10
    return nodes * gb * 8 / gbit_per_second


def _polling_delay() -> float:
    interval, load, requests_per_second, pods = 60, 20, 300, 6000
    delays = [(i + 0.5) * interval / pods + load for i in range(pods)]
    return sum(delays) / pods * requests_per_second


def _three_in_a_row() -> float:
    rates = [1.1, 2.4, 2.6, 1.9, 2.2, 2.3, 2.8, 2.9]
    in_a_row = 0
    for window, rate in enumerate(rates, start=1):
        in_a_row = in_a_row + 1 if rate > 2 else 0
        if in_a_row == 3:
            return window * 5 + 2
    raise ValueError("not triggered")


def _card_other_mix() -> float:
    recall, shares = (0.90, 0.84, 0.66), (0.20, 0.30, 0.50)
    return 100 * sum(r * share for r, share in zip(recall, shares, strict=True))


def _depth_of_shelf() -> float:
    every, discovered = 6, 45
    faulty = len(range(0, discovered + 1, every))
    return faulty + 1


COMPUTED = {
    "model-versioning-rollback-exposure": _rollback_exposure,
    "model-versioning-retention-volume": _retention_volume,
    "model-versioning-download-per-node": _download_per_node,
    "model-versioning-polling-delay": _polling_delay,
    "model-versioning-three-in-a-row": _three_in_a_row,
    "model-versioning-card-other-mix": _card_other_mix,
    "model-versioning-depth-of-shelf": _depth_of_shelf,
}
