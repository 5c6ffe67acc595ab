"""The bare task: one SELECT and one UPDATE."""

from __future__ import annotations

from celery import shared_task
from django.db import connection


@shared_task(name="bench.touch")
def touch(key: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM bench_floor WHERE key = %s", [key])
        cursor.fetchone()
        cursor.execute("UPDATE bench_floor SET saved_at = clock_timestamp() WHERE key = %s", [key])
