"""Numbers of the ml-governance questions, computed from their stems."""


def _pricing_charge() -> float:
    cost = 12_000
    reserved = {"search": 800, "pricing": 900, "research": 300}
    used = {"search": 600, "pricing": 300, "research": 100}
    by_reservation = cost / 2 * reserved["pricing"] / sum(reserved.values())
    by_use = cost / 2 * used["pricing"] / sum(used.values())
    return by_reservation + by_use


COMPUTED = {
    "ml-governance-cluster-bill": _pricing_charge,
}
