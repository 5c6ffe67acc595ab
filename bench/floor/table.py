"""The floor's own table."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.db import connection


def make_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS bench_floor"
            " (key bigint PRIMARY KEY, value jsonb NOT NULL, saved_at timestamptz)"
        )


def put_rows(keys: Iterable[int]) -> None:
    """Rows that no task has touched."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bench_floor (key, value) SELECT unnest(%s::bigint[]), '{}'"
            " ON CONFLICT (key) DO UPDATE SET saved_at = NULL",
            [list(keys)],
        )


def touched(keys: Iterable[int]) -> list[datetime.datetime]:
    """When each of the rows that are done was touched."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT saved_at FROM bench_floor WHERE key = ANY(%s) AND saved_at IS NOT NULL ORDER BY saved_at",
            [list(keys)],
        )
        return [row[0] for row in cursor.fetchall()]
