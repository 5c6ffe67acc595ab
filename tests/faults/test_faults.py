"""Parts die, and nothing that was acknowledged is lost: real processes, really killed."""

from __future__ import annotations

import http.client
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.stack import Stack, Visitor, wait_for

pytestmark = pytest.mark.queue
PEOPLE = 12


@pytest.fixture(scope="module")
def running() -> Iterator[Stack]:
    folder = Path(tempfile.mkdtemp(prefix="pl-"))
    folder.chmod(0o755)
    stack = Stack(folder)
    try:
        yield stack.start(PEOPLE)
    finally:
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def stack(running: Stack) -> Stack:
    """The same processes for all tests; each takes an invitation of its own."""
    return running


def begin(stack: Stack) -> Visitor:
    return Visitor(stack).start(stack.links.pop())


class Saver(threading.Thread):
    """Saves one answer after the other, retries what failed, and remembers what was acknowledged."""

    def __init__(self, visitor: Visitor, position: int) -> None:
        super().__init__(daemon=True)
        self.visitor, self.position = visitor, position
        self.acknowledged: dict[int, str] = {}
        self.statuses: list[int] = []
        self.done = threading.Event()

    def run(self) -> None:
        value, revision = 0, 0
        while not self.done.is_set():
            value += 1
            while not self.done.is_set():
                try:
                    reply = self.visitor.save(self.position, str(value), revision)
                except (OSError, http.client.HTTPException):
                    time.sleep(0.05)
                    continue
                self.statuses.append(reply.status)
                if reply.status == 200:
                    revision = reply.json()["revision"]
                    self.acknowledged[revision] = str(value)
                    break
                time.sleep(0.05)


def stored(stack: Stack, visitor: Visitor, position: int) -> dict[int, str]:
    rows = stack.sql(
        "SELECT r.revision, r.answer->>'typed' FROM assessments_response r JOIN assessments_attemptitem i "
        "ON i.id = r.item_id JOIN assessments_attempt a ON a.id = i.attempt_id "
        "WHERE a.public_id = %s AND i.position = %s",
        visitor.attempt,
        position,
    )
    return dict(rows)


def test_a_web_process_killed_during_saves_loses_nothing_acknowledged(stack: Stack) -> None:
    visitors = [begin(stack) for _ in range(3)]
    savers = [Saver(visitor, visitor.numeric()) for visitor in visitors]
    for saver in savers:
        saver.start()
    for _ in range(2):
        time.sleep(0.7)
        stack.kill(stack.web)
        stack.start_web()
    time.sleep(0.7)
    for saver in savers:
        saver.done.set()
    for saver in savers:
        saver.join(30)
        assert saver.acknowledged
        kept = stored(stack, saver.visitor, saver.position)
        assert {revision: kept.get(revision) for revision in saver.acknowledged} == saver.acknowledged


def test_a_restarted_database_costs_a_503_with_retry_after_and_nothing_else(stack: Stack) -> None:
    visitor = begin(stack)
    position = visitor.numeric()
    assert visitor.save(position, "1", 0).status == 200
    assert stack.postgres is not None
    stack.postgres.stop()
    away = visitor.save(position, "2", 1)
    assert (away.status, away.headers["Retry-After"]) == (503, "2")
    page = visitor.question(position)
    assert page.status == 503
    assert "Back in a moment" in page.body
    stack.start_postgres()
    wait_for(lambda: visitor.save(position, "2", 1).status == 200, "a save after the database came back")
    assert stored(stack, visitor, position) == {1: "1", 2: "2"}


def test_without_redis_a_candidate_starts_answers_and_submits_and_the_score_comes_later(stack: Stack) -> None:
    assert stack.redis is not None
    stack.redis.stop()
    visitor = begin(stack)
    position = visitor.numeric()
    assert visitor.save(position, "5", 0).status == 200
    assert visitor.submit().status == 302
    assert visitor.request("GET", f"/attempt/{visitor.attempt}/receipt/").status == 200
    assert stack.sql("SELECT state FROM assessments_attempt WHERE public_id = %s", visitor.attempt) == [("submitted",)]
    old = stack.redis.url
    stack.start_redis()
    if stack.redis.url != old:  # another port or password: the web process is told by its environment
        stack.kill(stack.web)
        stack.start_web()
    stack.start_worker()
    stack.manage("shell", "--verbosity=0", "-c", "from assessments.tasks import sweep; sweep.delay()")
    wait_for(
        lambda: (
            stack.sql("SELECT state FROM assessments_attempt WHERE public_id = %s", visitor.attempt) == [("scored",)]
        ),
        "the score",
    )
    stack.kill(stack.worker)
    scores = "SELECT count(*) FROM assessments_score s JOIN assessments_attempt a ON a.id = s.attempt_id"
    assert stack.sql(f"{scores} WHERE a.public_id = %s", visitor.attempt) == [(1,)]


def test_a_web_process_that_is_asked_to_stop_finishes_what_it_has_begun(stack: Stack) -> None:
    visitor = begin(stack)
    saver = Saver(visitor, visitor.numeric())
    saver.start()
    wait_for(lambda: len(saver.acknowledged) > 3, "some saves")
    assert stack.web is not None
    stack.web.send_signal(signal.SIGTERM)
    stack.web.wait(30)
    stack.start_web()
    before = len(saver.acknowledged)
    wait_for(lambda: len(saver.acknowledged) > before + 2, "saves after the restart")
    saver.done.set()
    saver.join(30)
    assert not [status for status in saver.statuses if status >= 500]
    kept = stored(stack, visitor, saver.position)
    assert {revision: kept.get(revision) for revision in saver.acknowledged} == saver.acknowledged


def test_a_late_submission_and_parallel_submissions_over_http_give_one_receipt(stack: Stack) -> None:
    visitor = begin(stack)
    visitor.save(visitor.numeric(), "7", 0)
    threads = [threading.Thread(target=visitor.submit) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    moves = stack.sql(
        "SELECT count(*) FROM assessments_attemptevent e JOIN assessments_attempt a ON a.id = e.attempt_id "
        "WHERE a.public_id = %s AND e.kind = 'moved'",
        visitor.attempt,
    )
    assert moves == [(1,)]
