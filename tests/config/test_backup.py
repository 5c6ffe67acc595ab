"""The backup of docs/deploy.md, really taken and really restored: every table has the same rows again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from accounts.models import Organisation
from assessments.models import Assessment, Response
from assessments.services.save_answer import save_answer
from assessments.services.score import score_attempt
from assessments.services.submit import submit_attempt
from config.servers import POSTGRES_VERSION, _postgres_binaries
from tests.factories import make_assessment, make_attempt, make_bank, make_organisation, right_answer

COPY = f"plumbline_restored_{os.getpid()}"


@pytest.fixture
def original(transactional_db: None) -> Iterator[str]:
    """The address of this test's database; an empty one for the copy stands beside it."""
    connection.ensure_connection()
    given = connection.connection.info
    address = psycopg.conninfo.make_conninfo(
        host=given.host, port=given.port, user=given.user, password=given.password or None, dbname=given.dbname
    )
    with psycopg.connect(address, autocommit=True) as control:
        control.execute(f"CREATE DATABASE {COPY} TEMPLATE template0")
        yield address
        control.execute(f"DROP DATABASE {COPY} WITH (FORCE)")


def ask(address: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(address) as reading:
        return reading.execute(query).fetchall()  # type: ignore[arg-type]


def count_all(address: str) -> dict[str, int]:
    """Every table with its number of rows."""
    names = [name for (name,) in ask(address, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    return {name: ask(address, f'SELECT count(*) FROM "{name}"')[0][0] for name in names}


def test_a_restored_backup_has_the_same_rows_answers_and_receipts(original: str, tmp_path: Path) -> None:
    make_bank()
    organisation: Organisation = make_organisation("Team")
    assessment: Assessment = make_assessment(organisation)
    for _ in range(3):
        attempt = make_attempt(organisation, assessment)
        for item in attempt.items.select_related("question_version"):
            save_answer(
                attempt=attempt.public_id, position=item.position, answer=right_answer(item), revision=0, seconds=None
            )
        score_attempt(submit_attempt(attempt=attempt).pk)

    tools = _postgres_binaries(POSTGRES_VERSION)
    copy = psycopg.conninfo.make_conninfo(original, dbname=COPY)
    dump = tmp_path / "plumbline.dump"
    subprocess.run([tools / "pg_dump", "--format=custom", f"--file={dump}", original], check=True)
    restore = [tools / "pg_restore", "--clean", "--if-exists", "--exit-on-error", f"--dbname={copy}", dump]
    subprocess.run(restore, check=True)
    subprocess.run(restore, check=True)  # as in the guide: over a database that holds something already

    counts = count_all(original)
    assert count_all(copy) == counts
    assert counts["assessments_response"] == Response.objects.count() == 18
    assert counts["assessments_score"] == 3
    for query in (
        "SELECT item_id, revision, answer, saved_at FROM assessments_response ORDER BY 1, 2",
        "SELECT public_id, state, receipt, submitted_at FROM assessments_attempt ORDER BY 1",
        "SELECT score_id, item_id, response_id, mark FROM assessments_itemmark ORDER BY 1, 2",
    ):
        assert ask(copy, query) == ask(original, query)
