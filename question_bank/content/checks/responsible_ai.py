"""Numbers of the responsible-ai questions, computed from their stems."""

import math


def _probability_from_shap() -> float:
    log_odds = -2.0 + 1.1 + 0.6 - 0.4 + 0.2
    return 1 / (1 + math.exp(-log_odds))


def _equal_opportunity_gap() -> float:
    group_1 = 180 / (180 + 45)
    group_2 = 84 / (84 + 56)
    return 100 * abs(group_1 - group_2)


def _weight_of_hired_in_group_2() -> float:
    rows = {(1, "hired"): 420, (1, "rejected"): 180, (2, "hired"): 130, (2, "rejected"): 270}
    total = sum(rows.values())
    share_of_group = (rows[2, "hired"] + rows[2, "rejected"]) / total
    share_of_label = (rows[1, "hired"] + rows[2, "hired"]) / total
    return share_of_group * share_of_label / (rows[2, "hired"] / total)


def _wrong_decisions_that_remain() -> float:
    bands = [(200, 0.42), (300, 0.28), (1500, 0.03)]
    capacity, reviewer_error = 480, 0.02
    wrong = 0.0
    for cases, model_error in bands:
        reviewed = min(cases, capacity)
        capacity -= reviewed
        wrong += reviewed * reviewer_error + (cases - reviewed) * model_error
    return wrong


COMPUTED = {
    "responsible-ai-shap-log-odds": _probability_from_shap,
    "responsible-ai-opportunity-gap": _equal_opportunity_gap,
    "responsible-ai-reweighing-weight": _weight_of_hired_in_group_2,
    "responsible-ai-remaining-errors": _wrong_decisions_that_remain,
}
