"""Numbers of the ml-governance questions, computed from their stems."""

from itertools import combinations


def _pricing_charge() -> float:
    cost = 12_000
    reserved = {"search": 800, "pricing": 900, "research": 300}
    used = {"search": 600, "pricing": 300, "research": 100}
    by_reservation = cost / 2 * reserved["pricing"] / sum(reserved.values())
    by_use = cost / 2 * used["pricing"] / sum(used.values())
    return by_reservation + by_use


def _largest_net_saving() -> float:
    items = [(30, 6), (50, 8), (40, 7), (20, 1.5), (35, 5)]
    return max(
        sum(12 * saving - effort for effort, saving in chosen)
        for size in range(len(items) + 1)
        for chosen in combinations(items, size)
        if sum(effort for effort, _ in chosen) <= 80
    )


def _residual_loss() -> float:
    lists_that_go_live = 6 * (1 - 0.70)
    loss_per_list = 40_000 * 0.5
    return lists_that_go_live * loss_per_list


def _net_present_value_in_thousands() -> float:
    additional_orders = 40_000 * (0.11 - 0.08)
    per_year = additional_orders * 150 - 50_000
    present = sum(per_year / 1.08**year for year in (1, 2, 3))
    return (present - 250_000) / 1000


COMPUTED = {
    "ml-governance-cluster-bill": _pricing_charge,
    "ml-governance-eighty-hours": _largest_net_saving,
    "ml-governance-residual-loss": _residual_loss,
    "ml-governance-discounted-campaign": _net_present_value_in_thousands,
}
