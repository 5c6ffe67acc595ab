"""Parts die, and nothing that was acknowledged is lost: real processes, really killed."""

from __future__ import annotations

import http.client
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from django.conf import settings

from tests.faults.stack import Reply, Stack, Visitor, wait_for

pytestmark = pytest.mark.queue
PEOPLE = 20
GRACE = settings.SAVE_GRACE_SECONDS


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


# --- races and ends, through the real server -------------------------------------------------


def at_once(count: int, work: Callable[[], Reply]) -> list[Reply]:
    """The replies to ``count`` requests that are made at the same time."""
    with ThreadPoolExecutor(count) as pool:
        return [future.result() for future in [pool.submit(work) for _ in range(count)]]


def count(stack: Stack, rows: str, visitor: Visitor) -> int:
    found = stack.sql(f"SELECT count(*) {rows} JOIN assessments_attempt a ON a.id = x.attempt_id "
                      "WHERE a.public_id = %s", visitor.attempt)  # fmt: skip
    return int(found[0][0])


def ends_in(stack: Stack, visitor: Visitor, seconds: float) -> None:
    stack.sql(
        "UPDATE assessments_attempt SET closes_at = clock_timestamp() + make_interval(secs => %s) "
        "WHERE public_id = %s RETURNING id",
        seconds,
        visitor.attempt,
    )


def test_fifty_submissions_at_once_are_one_submission_and_one_score(stack: Stack) -> None:
    visitor = begin(stack)
    visitor.save(visitor.numeric(), "7", 0)
    assert {reply.status for reply in at_once(50, visitor.submit)} == {302}
    assert count(stack, "FROM (SELECT * FROM assessments_attemptevent WHERE kind = 'moved') x", visitor) == 1
    stack.start_worker()
    wait_for(lambda: count(stack, "FROM assessments_score x", visitor) == 1, "the score")
    at_once(5, visitor.submit)
    time.sleep(1)
    stack.kill(stack.worker)
    assert count(stack, "FROM assessments_score x", visitor) == 1


def test_thirty_starts_at_once_are_one_attempt(stack: Stack) -> None:
    link = stack.links.pop()
    browsers = [Visitor(stack) for _ in range(30)]
    with ThreadPoolExecutor(30) as pool:
        attempts = {browser.attempt for browser in pool.map(lambda browser: browser.start(link), browsers)}
    assert len(attempts) == 1
    assert count(stack, "FROM assessments_attemptitem x", browsers[0]) == 6
    assert browsers[0].question(1).status == browsers[29].question(1).status == 200


def test_a_save_after_the_submission_is_refused_and_not_stored(stack: Stack) -> None:
    visitor = begin(stack)
    position = visitor.numeric()
    visitor.save(position, "1", 0)
    visitor.submit()
    late = visitor.save(position, "2", 1)
    assert (late.status, late.json()["outcome"]) == (409, "closed")
    assert stored(stack, visitor, position) == {1: "1"}


def test_saves_out_of_order_leave_the_newest_and_lose_none(stack: Stack) -> None:
    visitor = begin(stack)
    position = visitor.numeric()
    for revision, answer in enumerate(("1", "2")):
        assert visitor.save(position, answer, revision).status == 200
    for revision in (0, 1, 7):  # an older one that was under way for long, and one from nowhere
        late = visitor.save(position, "9", revision)
        assert (late.status, late.json()["outcome"], late.json()["revision"]) == (409, "stale", 2)
    answers = iter(range(10, 30))
    lock = threading.Lock()

    def race() -> Reply:
        with lock:
            answer = next(answers)
        reply = visitor.save(position, str(answer), 2)
        reply.headers["answer"] = str(answer)
        return reply

    replies = at_once(20, race)
    [won] = [reply for reply in replies if reply.status == 200]
    assert {reply.status for reply in replies} == {200, 409}
    assert stored(stack, visitor, position) == {1: "1", 2: "2", 3: won.headers["answer"]}


@pytest.mark.parametrize("off", [300, -300])
def test_a_server_whose_clock_is_five_minutes_off_holds_the_deadlines(stack: Stack, off: int) -> None:
    stack.kill(stack.web)
    stack.start_web(clock_off=off)
    try:
        visitor = begin(stack)
        position = visitor.numeric()
        first = visitor.save(position, "1", 0)
        told = parsedate_to_datetime(first.headers["Date"]).timestamp() - time.time()
        assert abs(told - off) < 60  # it really is off
        assert 29 * 60_000 < first.json()["remaining_ms"] <= 30 * 60_000
        ends_in(stack, visitor, 60)
        assert visitor.save(position, "2", 1).status == 200
        ends_in(stack, visitor, -60)
        assert visitor.save(position, "3", 2).json()["outcome"] == "closed"
        assert stored(stack, visitor, position) == {1: "1", 2: "2"}
    finally:
        stack.kill(stack.web)
        stack.start_web()


def test_the_grace_after_the_end_is_exact_and_the_sweep_ends_at_the_deadline(stack: Stack) -> None:
    visitor = begin(stack)
    position = visitor.numeric()
    ends_in(stack, visitor, 1 - GRACE)
    assert visitor.save(position, "1", 0).status == 200
    ends_in(stack, visitor, -GRACE)
    assert (visitor.save(position, "2", 1).status, stored(stack, visitor, position)) == (409, {1: "1"})
    stack.manage("shell", "--verbosity=0", "-c", "from assessments.services.submit import close_overdue as c; c()")
    ended = "SELECT state, submitted_at = closes_at FROM assessments_attempt WHERE public_id = %s"
    assert stack.sql(ended, visitor.attempt) == [("submitted", True)]
