"""Numbers of the data-manipulation questions, computed from their stems."""

import sqlite3

ORDERS = [(1, 120), (2, 80), (3, 50), (4, 200)]
PAYMENTS = [(1, "card"), (1, "voucher"), (2, "card"), (4, "card"), (4, "card"), (4, "voucher")]
QUERY = """
    SELECT SUM(o.amount) AS revenue
    FROM orders AS o
    LEFT JOIN payments AS p ON p.order_id = o.order_id
"""


def joined_revenue():
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE orders (order_id INTEGER, amount INTEGER)")
    database.execute("CREATE TABLE payments (order_id INTEGER, method TEXT)")
    database.executemany("INSERT INTO orders VALUES (?, ?)", ORDERS)
    database.executemany("INSERT INTO payments VALUES (?, ?)", PAYMENTS)
    (revenue,) = database.execute(QUERY).fetchone()
    database.close()
    return revenue


def running_total_of_second():
    payments = [
        (1, "A", "2026-11-01", 40),
        (2, "A", "2026-11-02", 25),
        (3, "A", "2026-11-02", 60),
        (4, "B", "2026-11-01", 70),
        (5, "B", "2026-11-02", 10),
        (6, "A", "2026-11-03", 35),
    ]
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE payments (id INTEGER, account TEXT, day TEXT, amount INTEGER)")
    database.executemany("INSERT INTO payments VALUES (?, ?, ?, ?)", payments)
    rows = database.execute("SELECT id, SUM(amount) OVER (PARTITION BY account ORDER BY day) AS running FROM payments")
    running = dict(rows.fetchall())
    database.close()
    return running[2]


def values_beyond_fences():
    first, third = 18, 30
    reach = 1.5 * (third - first)
    values = [-1, 0, 3, 47, 48, 49, 50, 61]
    return sum(value < first - reach or value > third + reach for value in values)


def aligned_sum():
    web = {"mon": 1, "tue": 2, "wed": 3}
    app = {"tue": 10, "wed": 20, "thu": 30}
    return sum(web[day] + app[day] for day in web.keys() & app.keys())


COMPUTED = {
    "data-manipulation-join-fan-out": joined_revenue,
    "data-manipulation-running-total-ties": running_total_of_second,
    "data-manipulation-box-plot-fences": values_beyond_fences,
    "data-manipulation-index-alignment": aligned_sum,
}
