"""Numbers of the cloud-platforms questions, computed from their stems."""


def _break_even_million_requests() -> float:
    dedicated_per_month = 730 * 0.90
    serverless_per_request = 0.25 * 0.0004
    return dedicated_per_month / serverless_per_request / 1e6


def _cold_class_total() -> float:
    charged_days = max(12, 30)
    storage = 2000 * 0.010 * charged_days / 30
    retrieval = 3 * 2000 * 0.010
    return storage + retrieval


def _own_servers_from() -> int:
    def managed(n: int) -> int:
        return n * 125 * 730

    def own(n: int) -> int:
        return n * 80 * 730 + 45 * 70 * 100

    return next(n for n in range(1, 1000) if own(n) < managed(n))


def _best_commitment() -> float:
    profile = [(6, 2), (10, 6), (8, 10)]

    def cost(committed: int) -> float:
        on_demand = sum(hours * max(0, need - committed) for hours, need in profile)
        return committed * 24 * 0.60 + on_demand * 1.00

    return min(cost(committed) for committed in range(11))


COMPUTED = {
    "cloud-platforms-serverless-break-even": _break_even_million_requests,
    "cloud-platforms-cold-class-total": _cold_class_total,
    "cloud-platforms-own-servers-from": _own_servers_from,
    "cloud-platforms-best-commitment": _best_commitment,
}
