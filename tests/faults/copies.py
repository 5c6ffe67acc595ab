"""Many scored attempts out of a few real ones: every row that the services left is copied, inside the database."""

from __future__ import annotations

from typing import Any

from django.db import connection, models, transaction

from assessments.models import (
    Attempt,
    AttemptEvent,
    AttemptItem,
    Candidate,
    Invitation,
    ItemMark,
    Response,
    Score,
    SkillScore,
)
from reports.models import ReportFigure, SkillReport

COPIED: tuple[type[models.Model], ...] = (
    Candidate, Invitation, Attempt, AttemptItem, AttemptEvent, Response, Score, SkillScore, ItemMark,
    SkillReport, ReportFigure,
)  # fmt: skip
STRIDE = 1_000_000
"""Between the keys of a row and of its next copy: larger than any key of the originals."""


@transaction.atomic
def copy_attempts(times: int) -> None:
    """Let everything that exists of people and their attempts exist ``times`` times more."""
    with connection.cursor() as cursor:
        for model in COPIED:
            table = connection.ops.quote_name(model._meta.db_table)
            columns = [field for field in model._meta.concrete_fields if not field.generated]
            names = ", ".join(connection.ops.quote_name(field.column) for field in columns)
            values = ", ".join(_value_of(field) for field in columns)
            cursor.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM {table}, generate_series(1, {times}) k")
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{model._meta.db_table}', 'id'), (SELECT max(id) FROM {table}))"
            )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ANALYZE")


def _value_of(field: models.Field[Any, Any]) -> str:
    column = connection.ops.quote_name(field.column)
    if field.primary_key or field.related_model in COPIED:
        return f"{column} + k * {STRIDE}"
    if isinstance(field, models.UUIDField) and field.unique:
        return "gen_random_uuid()"
    if field.name == "email":
        return f"k || '.' || {column}"
    return f"md5(k || {column})" if field.unique else column
