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


COMPUTED = {
    "model-versioning-rollback-exposure": _rollback_exposure,
    "model-versioning-retention-volume": _retention_volume,
}
