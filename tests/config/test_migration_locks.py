"""Migrations must not lock the tables that grow with every answer for longer than a moment.

Looks at the SQL of every migration but the one that makes a table. On such a table a statement may change the
catalogue; it may not read or rewrite the rows while it holds a lock that saves wait for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

pytestmark = pytest.mark.django_db

GROWING = (
    "assessments_attempt", "assessments_attemptitem", "assessments_response", "assessments_attemptevent",
    "assessments_score", "assessments_skillscore", "assessments_itemmark",
)  # fmt: skip
APPS = ("accounts", "assessments", "question_bank", "reports")
TABLE = r'"?(?P<table>\w+)"?'
SLOW = {
    "an index that is built without CONCURRENTLY": rf"CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)\S+ ON {TABLE}",
    "a column whose type changes": rf"ALTER TABLE {TABLE} ALTER COLUMN \S+ TYPE",
    "a column that must not be null, all rows being looked at": rf"ALTER TABLE {TABLE} ALTER COLUMN \S+ SET NOT NULL",
    "a column with a default that is computed for each row": rf"ALTER TABLE {TABLE} ADD COLUMN .* DEFAULT .*\(",
    "a unique constraint, its index built under lock": rf"ALTER TABLE {TABLE} ADD CONSTRAINT \S+ (?:UNIQUE|PRIMARY)",
    "a check of all rows": rf"ALTER TABLE {TABLE} ADD CONSTRAINT \S+ (?:CHECK|FOREIGN KEY)(?!.*NOT VALID)",
    "rows that are changed in one statement": rf"UPDATE {TABLE} SET",
}


def slow_parts(sql: str) -> list[str]:
    """What in a statement would hold up saves, in words, with the table."""
    found = []
    for what, pattern in SLOW.items():
        match = re.search(pattern, sql, re.IGNORECASE | re.DOTALL)
        if match and match["table"] in GROWING:
            found.append(f"{match['table']}: {what}")
    return found


def later_migrations() -> Iterator[tuple[str, str]]:
    """Each migration after the first of its app, with its statements."""
    loader = MigrationLoader(connection, replace_migrations=False)
    for key in sorted(key for key in loader.graph.nodes if key[0] in APPS):
        migration = loader.disk_migrations[key]
        if not migration.initial:
            for statement in loader.collect_sql([(migration, False)]):
                if not statement.startswith("--"):
                    yield ".".join(key), statement


def test_no_migration_locks_a_growing_table_for_long() -> None:
    found = [f"{name}: {part}" for name, sql in later_migrations() for part in slow_parts(sql)]
    assert found == []


@pytest.mark.parametrize(
    "sql",
    [
        'CREATE INDEX "x" ON "assessments_response" ("saved_at");',
        'ALTER TABLE "assessments_response" ALTER COLUMN "revision" TYPE bigint USING "revision"::bigint;',
        'ALTER TABLE "assessments_attemptevent" ADD CONSTRAINT "c" CHECK (at > now());',
        'ALTER TABLE "assessments_response" ADD COLUMN "u" uuid DEFAULT gen_random_uuid() NOT NULL;',
        'UPDATE "assessments_response" SET "late" = false;',
    ],
)
def test_what_would_take_long_is_noticed(sql: str) -> None:
    assert slow_parts(sql)


@pytest.mark.parametrize(
    "sql",
    [
        'CREATE INDEX CONCURRENTLY "x" ON "assessments_response" ("saved_at");',
        'ALTER TABLE "assessments_response" ADD COLUMN "late" boolean DEFAULT false NOT NULL;',
        'ALTER TABLE "assessments_response" ADD COLUMN "note" text NULL;',
        'ALTER TABLE "assessments_response" ADD CONSTRAINT "c" CHECK (revision > 0) NOT VALID;',
        'CREATE INDEX "x" ON "accounts_user" ("email");',
    ],
)
def test_what_changes_the_catalogue_alone_passes(sql: str) -> None:
    assert slow_parts(sql) == []
