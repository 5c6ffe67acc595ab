"""Numbers of the responsible-ai questions, computed from their stems."""

import math


def _probability_from_shap() -> float:
    log_odds = -2.0 + 1.1 + 0.6 - 0.4 + 0.2
    return 1 / (1 + math.exp(-log_odds))


COMPUTED = {
    "responsible-ai-shap-log-odds": _probability_from_shap,
}
