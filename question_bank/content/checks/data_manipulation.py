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


COMPUTED = {
    "data-manipulation-join-fan-out": joined_revenue,
}
