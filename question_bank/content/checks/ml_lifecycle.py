"""Numbers of the ml-lifecycle questions, computed from their stems."""

from itertools import pairwise
from math import ceil
from statistics import mean

from scipy.optimize import minimize_scalar


def monthly_value():
    frauds = 50_000 * 0.004
    caught = frauds * 0.70
    alerts = caught / 0.25
    return caught * 120 * 0.90 - alerts * 5 - 6_000


def kappa():
    table = [[20, 10], [5, 65]]
    n = sum(map(sum, table))
    observed = (table[0][0] + table[1][1]) / n
    rows = [sum(row) / n for row in table]
    columns = [sum(column) / n for column in zip(*table, strict=True)]
    chance = sum(r * c for r, c in zip(rows, columns, strict=True))
    return (observed - chance) / (1 - chance)


def retraining_interval():
    return minimize_scalar(lambda days: 2_000 / days + 20 * days, bounds=(0.1, 400), method="bounded").x


def rows_to_label():
    usable, test_share, rare = 0.90, 0.20, 0.016
    return ceil(200 / (usable * test_share * rare))


def skill_over_naive():
    actual = [20, 24, 22, 28, 26]
    model = [22, 25, 24, 27]
    model_error = mean(abs(a - m) for a, m in zip(actual[1:], model, strict=True))
    naive_error = mean(abs(a - b) for a, b in pairwise(actual))
    return 100 * (1 - model_error / naive_error)


def label_audit():
    strata = [(18_000, 300, 27), (6_000, 200, 4)]
    wrong = sum(size * errors / checked for size, checked, errors in strata)
    return 100 * wrong / sum(size for size, _, _ in strata)


def release_gap():
    weeks_until_limit = (0.874 - 0.850) / 0.004
    age_at_release = 3 + 1
    return weeks_until_limit - age_at_release


def break_even_precision(cost=150, works=60, saved=1200):
    """For the first draw of the numbers: in steps of a hundredth of a percent, until the gain covers the cost."""
    hundredths = 0
    while hundredths / 10_000 * works / 100 * saved < cost:
        hundredths += 1
    return hundredths / 100


COMPUTED = {
    "ml-lifecycle-monthly-value": monthly_value,
    "ml-lifecycle-kappa": kappa,
    "ml-lifecycle-retraining-interval": retraining_interval,
    "ml-lifecycle-rows-to-label": rows_to_label,
    "ml-lifecycle-skill-over-naive": skill_over_naive,
    "ml-lifecycle-label-audit": label_audit,
    "ml-lifecycle-release-gap": release_gap,
    "ml-lifecycle-break-even-precision": break_even_precision,
}
