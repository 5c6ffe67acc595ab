"""Numbers of the ml-lifecycle questions, computed from their stems."""

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


COMPUTED = {
    "ml-lifecycle-monthly-value": monthly_value,
    "ml-lifecycle-kappa": kappa,
    "ml-lifecycle-retraining-interval": retraining_interval,
}
