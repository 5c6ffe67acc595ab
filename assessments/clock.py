"""The database's clock."""

from __future__ import annotations

import datetime

from django.db import connection


def database_now() -> datetime.datetime:
    """The time by which all deadlines are judged. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime.datetime = cursor.fetchone()[0]
    return now
