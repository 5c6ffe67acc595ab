"""The queue for real: a Redis, a worker process, and what happens when one of them dies."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import pytest
import redis
from django.conf import settings
from django.db import connection, transaction

from accounts.models import Organisation
from accounts.queue import BACKGROUND
from accounts.roles import Role
from assessments import tasks
from assessments.models import Assessment, Attempt, Invitation, RegradeKind, Score
from assessments.services.regrade import carry_out, plan_regrade, work_on
from config.celery import app
from reports.models import SkillReport
from tests.factories import make_invitation, make_member
from tests.walkthrough import Walkthrough

pytestmark = [pytest.mark.queue, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0


def test_database_url() -> str:
    """The address of the database that pytest-django made, for other processes."""
    values = connection.settings_dict
    host = quote(values["HOST"] or "localhost", safe="")
    password = f":{quote(values['PASSWORD'])}" if values["PASSWORD"] else ""
    return f"postgres://{values['USER']}{password}@{host}:{values['PORT'] or 5432}/{values['NAME']}"


test_database_url.__test__ = False  # type: ignore[attr-defined]


def wait_for(condition: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if condition():
            return
        time.sleep(0.05)
    pytest.fail(f"{what} did not happen within {PATIENCE:.0f} s")


@pytest.fixture(autouse=True)
def empty_queue(db: None) -> None:
    """Other tests have sent tasks that nobody fetched."""
    redis.Redis.from_url(settings.REDIS_URL).flushdb()


@contextmanager
def worker(log: Path) -> Iterator[subprocess.Popen[bytes]]:
    env = os.environ | {"DATABASE_URL": test_database_url(), "LOG_LEVEL": "WARNING"}
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency=1"],
            cwd=ROOT,
            env=env,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wake_sweep() -> None:
    tasks.sweep.apply_async()


def test_a_submitted_attempt_is_scored_by_a_worker(invitation: Invitation, tmp_path: Path) -> None:
    sitting = Walkthrough(invitation).start().answer(1).submit()
    with worker(tmp_path / "log"):
        tasks.wake(tasks.score_attempt, sitting.attempt.pk)
        wait_for(lambda: Score.objects.exists(), "the score")
    sitting.attempt.refresh_from_db()
    assert (sitting.attempt.state, sitting.attempt.score.points) == ("scored", 1)  # type: ignore[union-attr]


def test_a_worker_killed_in_the_middle_of_scoring_leaves_exactly_one_score_afterwards(
    invitation: Invitation, tmp_path: Path
) -> None:
    sitting = Walkthrough(invitation).start().answer(1).submit()
    with worker(tmp_path / "first") as first:
        with transaction.atomic(), connection.cursor() as cursor:
            # The worker gets as far as its second table and waits there, in the middle of its transaction.
            cursor.execute("LOCK TABLE assessments_skillscore IN EXCLUSIVE MODE")
            tasks._send(tasks.score_attempt, sitting.attempt.pk)
            wait_for(lambda: _waits_for("assessments_skillscore"), "a worker in the middle of scoring")
            os.killpg(first.pid, signal.SIGKILL)
            first.wait()
        assert Score.objects.count() == 0
    with worker(tmp_path / "second"):
        wake_sweep()
        wait_for(lambda: Attempt.objects.get().state == "scored", "the score by the second worker")
        for _ in range(3):
            tasks.wake(tasks.score_attempt, sitting.attempt.pk)
        wake_sweep()
        time.sleep(1)
    assert Score.objects.count() == 1
    assert Attempt.objects.get().score == Score.objects.get()


def _backends() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return {pid for (pid,) in cursor.fetchall()}


def _waits_for(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
            "WHERE c.relname = %s AND NOT l.granted",
            [table],
        )
        return bool(cursor.fetchone()[0])


def test_a_worker_whose_database_connection_was_cut_goes_on_with_a_new_one(
    organisation: Organisation, assessment: Assessment, tmp_path: Path
) -> None:
    first, second = (
        Walkthrough(make_invitation(organisation, assessment)).start().answer(1).submit() for _ in range(2)
    )
    ours = _backends()  # those of fixtures among them
    with worker(tmp_path / "log"):
        tasks.wake(tasks.score_attempt, first.attempt.pk)
        wait_for(lambda: SkillReport.objects.count() == 1, "the first score and its report")
        with connection.cursor() as cursor:
            theirs = list(_backends() - ours)
            assert theirs, "the worker keeps its connection between tasks"
            cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", [theirs])
        tasks.wake(tasks.score_attempt, second.attempt.pk)
        wait_for(lambda: SkillReport.objects.count() == 2, "the second score and its report")


def test_with_the_queue_down_a_candidate_can_finish_and_the_score_comes_later(
    invitation: Invitation, tmp_path: Path
) -> None:
    from tests.assessments.test_taking_pages import begin, raw, url

    with _no_broker():
        client, attempt = begin(invitation)
        item = attempt.items.get(position=1)
        saved = client.post(
            url("attempt_save", attempt, 1), {"answer": raw(item, attempt), "revision": "0", "go": "next"}
        )
        assert saved.status_code == 302
        assert client.post(url("attempt_submit", attempt)).status_code == 302
        assert client.get(url("attempt_receipt", attempt)).status_code == 200
        assert not tasks.broker_answers()
    attempt.refresh_from_db()
    assert attempt.state == "submitted"
    with worker(tmp_path / "log"):
        wake_sweep()
        wait_for(lambda: Score.objects.exists(), "the score after the queue came back")
    assert Score.objects.get().points == 1


@contextmanager
def _no_broker() -> Iterator[None]:
    """Point the queue at a port where nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        before = app.conf.broker_url
        app.conf.broker_url = app.conf.broker_write_url = f"redis://127.0.0.1:{port}/0"
        _forget_connections()
        try:
            yield
        finally:
            app.conf.broker_url = app.conf.broker_write_url = before
            _forget_connections()


def _forget_connections() -> None:
    from kombu import pools

    pools.reset()
    app._pool = None
    app.amqp._producer_pool = None


def test_a_flushed_redis_loses_nothing(invitation: Invitation, tmp_path: Path) -> None:
    sitting = Walkthrough(invitation).start().answer(1).submit()
    tasks.wake(tasks.score_attempt, sitting.attempt.pk)
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    with worker(tmp_path / "log"):
        wake_sweep()
        wait_for(lambda: Score.objects.exists(), "the score by the sweep")


def test_who_hands_in_now_goes_before_a_correction_and_its_reports(invitation: Invitation, tmp_path: Path) -> None:
    corrected = Walkthrough(invitation).start().submit()
    corrected.score()
    item = corrected.item(1)
    regrade = plan_regrade(
        version=item.question_version,
        kind=RegradeKind.FULL,
        reason="No option was right",
        by=make_member(invitation.organisation, Role.OWNER),
        organisation=invitation.organisation,
    )
    work_on(regrade.pk)
    carry_out(regrade=regrade)
    sitting = Walkthrough(make_invitation(invitation.organisation, invitation.assessment)).start().submit()
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    for _ in range(3):
        tasks.wake(tasks.work_on_regrade, regrade.pk, priority=BACKGROUND)
    tasks.wake(tasks.score_attempt, sitting.attempt.pk)
    with worker(tmp_path / "log"):
        wait_for(lambda: SkillReport.objects.filter(score__number=2).exists(), "the report of the correction")
    first, second = Score.objects.filter(pk__gt=corrected.attempt.score_id).order_by("created_at")
    assert (first.attempt, second.attempt) == (sitting.attempt, corrected.attempt)
    reports = SkillReport.objects.filter(score__in=[first, second]).order_by("created_at")
    assert [report.score for report in reports] == [first, second]
