"""A file of questions whose worker is killed: nothing is half in, nothing is in twice, and it says how it went."""

from __future__ import annotations

import datetime
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Organisation, User
from accounts.queue import send
from question_bank.formats.base import Defaults
from question_bank.models import Question, QuestionEvent, QuestionImport, QuestionVersion
from question_bank.services import imports
from question_bank.tasks import import_sweep, work_on_import
from tests.factories import make_skill
from tests.queue.test_worker import _waits_for, empty_queue, wait_for, worker

__all__ = ["empty_queue"]  # a fixture

pytestmark = [pytest.mark.queue, pytest.mark.django_db(transaction=True)]
MANY = 1500


@pytest.fixture
def handed_in(organisation: Organisation, author: User) -> QuestionImport:
    make_skill("model-serving")
    lines = [f"q-{n},model-serving,numeric,How many in case {n}?,{n},0" for n in range(MANY)]
    data = "\n".join(["id,skill,type,stem,answer,tolerance", *lines]).encode()
    defaults = Defaults(author="Somebody")
    return imports.start_import(
        organisation=organisation, by=author, name="many.csv", data=data, format="", defaults=defaults
    )


@contextmanager
def killed_at(table: str, mode: str, process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Hold a table; the worker gets as far as it, in the middle of its transaction, and is killed there."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN {mode} MODE")
        yield
        wait_for(lambda: _waits_for(table), f"a worker that waits for {table}")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    # The server ends the dead worker's transaction as soon as it notices, which the next lock would wait for.
    wait_for(lambda: not _waits_for(table), "the end of the killed worker's transaction")


def refreshed(row: QuestionImport) -> QuestionImport:
    row.refresh_from_db()
    return row


def wake_by_sweep(row: QuestionImport) -> None:
    """What the sweep does once nobody has touched the file for a while."""
    QuestionImport.objects.filter(pk=row.pk).update(updated_at=timezone.now() - datetime.timedelta(minutes=2))
    import_sweep.apply_async()


def test_a_worker_killed_in_the_middle_of_loading_leaves_whole_steps_and_the_next_one_goes_on(
    handed_in: QuestionImport, tmp_path: Path
) -> None:
    imports.plan_import(handed_in.pk)
    imports.confirm_import(row=refreshed(handed_in))
    with worker(tmp_path / "first") as first:
        send(work_on_import, handed_in.pk)
        wait_for(lambda: refreshed(handed_in).done > 0, "the first questions")
        with killed_at("question_bank_questionversion", "EXCLUSIVE", first):
            pass
    done = refreshed(handed_in).done
    assert 0 < done < MANY
    assert handed_in.state == QuestionImport.RUNNING
    assert Question.objects.count() == QuestionVersion.objects.count() == done
    with worker(tmp_path / "second"):
        wake_by_sweep(handed_in)
        for _ in range(3):  # the message of the dead worker comes again, too
            send(work_on_import, handed_in.pk)
        wait_for(lambda: refreshed(handed_in).state != QuestionImport.RUNNING, "the end of the file")
    assert (handed_in.state, handed_in.done, bytes(handed_in.data)) == (QuestionImport.DONE, MANY, b"")
    assert Question.objects.count() == QuestionVersion.objects.count() == MANY
    assert set(Question.objects.values_list("external_id", flat=True)) == {f"q-{n}" for n in range(MANY)}
    assert QuestionEvent.objects.filter(kind="loaded").count() == MANY


def test_a_worker_killed_while_it_reads_leaves_the_file_to_the_next_one(
    handed_in: QuestionImport, tmp_path: Path
) -> None:
    with worker(tmp_path / "first") as first, killed_at("question_bank_question", "ACCESS EXCLUSIVE", first):
        send(work_on_import, handed_in.pk)
    assert (refreshed(handed_in).state, handed_in.plan) == (QuestionImport.WAITING, {})
    with worker(tmp_path / "second"):
        wake_by_sweep(handed_in)
        wait_for(lambda: refreshed(handed_in).state != QuestionImport.WAITING, "the plan")
    assert (handed_in.state, handed_in.total) == (QuestionImport.PLANNED, MANY)
    assert Question.objects.count() == 0


def test_a_file_whose_workers_all_die_says_how_far_it_got(handed_in: QuestionImport, tmp_path: Path) -> None:
    imports.plan_import(handed_in.pk)
    imports.confirm_import(row=refreshed(handed_in))
    for number in range(imports.MAX_TRIES):
        with worker(tmp_path / f"{number}") as process:
            with killed_at("question_bank_questionversion", "EXCLUSIVE", process):
                send(work_on_import, handed_in.pk)
            assert refreshed(handed_in).state == QuestionImport.RUNNING
    with worker(tmp_path / "last"):
        wake_by_sweep(handed_in)
        wait_for(lambda: refreshed(handed_in).state == QuestionImport.FAILED, "words about it")
    assert f"after 0 of {MANY} questions" in handed_in.error
    assert Question.objects.count() == 0
