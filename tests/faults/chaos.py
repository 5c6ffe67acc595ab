"""Attempts from start to submission while the parts are killed and restarted at random.

Run by the tests over a few dozen attempts, and by `make bench ARGS=chaos` over a thousand. Candidates are
threads that retry whatever fails and remember each answer that was acknowledged; afterwards the database is
asked whether it holds all of them and one score for each attempt.
"""

from __future__ import annotations

import http.client
import random
import re
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue

from tests.faults.stack import Reply, Stack, Visitor, wait_for

QUESTIONS = 6
AWAY = (OSError, http.client.HTTPException)
GIVE_UP = 240.0  # seconds for one request, retries included


@dataclass
class Sitting:
    """What one candidate was told: ``acknowledged`` is (position, revision) to the answer."""

    attempt: str = ""
    acknowledged: dict[tuple[int, int], str] = field(default_factory=dict)
    final: dict[int, str] = field(default_factory=dict)
    problem: str = ""


@dataclass
class Outcome:
    """What a run found; a good one has `lost` and `double` empty."""

    sittings: list[Sitting]
    kills: Counter[str]
    replies: Counter[str]
    lost: list[str]
    double: list[str]

    @property
    def acknowledged(self) -> int:
        return sum(len(sitting.acknowledged) for sitting in self.sittings)


def run(
    people: int,
    *,
    at_once: int,
    seed: int,
    between: tuple[int, int] = (40, 120),
    say: Callable[[str], None] = lambda words: None,
) -> Outcome:
    """Let so many people take an attempt, ``at_once`` of them at a time, under random kills until the last is done.

    ``between``: so many replies, at least and at most, that are no failure lie between two kills.
    """
    folder = Path(tempfile.mkdtemp(prefix="pl-"))
    folder.chmod(0o755)
    stack = Stack(folder, durable=True)
    try:
        stack.start(people, "numeric")
        stack.start_worker(sweeps=True)
        say(f"{people} invitations, all parts up")
        return _run(stack, at_once, between, random.Random(seed), say)
    finally:
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _run(
    stack: Stack, at_once: int, between: tuple[int, int], rng: random.Random, say: Callable[[str], None]
) -> Outcome:
    links: Queue[str] = Queue()
    for link in stack.links:
        links.put(link)
    sittings: list[Sitting] = []
    replies: Counter[str] = Counter()
    takers = [threading.Thread(target=_take_all, args=(stack, links, sittings, replies), daemon=True)
              for _ in range(at_once)]  # fmt: skip
    for taker in takers:
        taker.start()
    kills: Counter[str] = Counter()
    while _work_goes_on(takers, replies, rng.randint(*between)):
        name = rng.choice(sorted(_KILLS))
        _KILLS[name](stack, rng)
        kills[name] += 1
        say(f"{len(sittings)} of {len(stack.links)} begun, {sum(kills.values())} kills, the last: {name}")
    problems = [sitting.problem for sitting in sittings if sitting.problem]
    assert not problems, problems  # an attempt that was given up is never scored
    _wait_for_scores(stack)
    return Outcome(sittings, kills, replies, _lost(stack, sittings), _double(stack, sittings))


def _work_goes_on(takers: list[threading.Thread], replies: Counter[str], more: int) -> bool:
    """Wait for so many further replies that are no failure; false once nobody is left who could get one.

    Counted in replies and not in seconds, so that a slow machine gets as far between two kills as a quick one.
    """
    aim = replies["200"] + replies["302"] + more
    while any(taker.is_alive() for taker in takers):
        if replies["200"] + replies["302"] >= aim:
            return True
        time.sleep(0.02)
    return False


# --- the parts -------------------------------------------------------------------------------


def _kill_web(stack: Stack, rng: random.Random) -> None:
    stack.kill(stack.web)
    time.sleep(rng.uniform(0, 1))
    stack.start_web(wait=False)


def _stop_web(stack: Stack, rng: random.Random) -> None:
    assert stack.web is not None
    stack.web.send_signal(signal.SIGTERM)
    stack.web.wait(60)
    stack.start_web(wait=False)


def _kill_worker(stack: Stack, rng: random.Random) -> None:
    stack.kill(stack.worker)
    time.sleep(rng.uniform(0, 1))
    stack.start_worker(sweeps=True)


def _kill_redis(stack: Stack, rng: random.Random) -> None:
    stack.crash(stack.redis, rng.uniform(0, 2))


def _kill_postgres(stack: Stack, rng: random.Random) -> None:
    stack.crash(stack.postgres, rng.uniform(0, 2))


def _restart_postgres(stack: Stack, rng: random.Random) -> None:
    stack.crash(stack.postgres, rng.uniform(0, 1), how=signal.SIGINT)


_KILLS: dict[str, Callable[[Stack, random.Random], None]] = {
    "web killed": _kill_web,
    "web asked to stop": _stop_web,
    "worker killed": _kill_worker,
    "Redis killed": _kill_redis,
    "PostgreSQL killed": _kill_postgres,
    "PostgreSQL restarted": _restart_postgres,
}


# --- the candidates --------------------------------------------------------------------------


def _take_all(stack: Stack, links: Queue[str], sittings: list[Sitting], replies: Counter[str]) -> None:
    while True:
        try:
            link = links.get_nowait()
        except Empty:
            return
        sitting = Sitting()
        sittings.append(sitting)
        try:
            _take(Visitor(stack), link, sitting, replies)
        except Exception as problem:
            sitting.problem = f"{type(problem).__name__}: {problem}"


def _take(visitor: Visitor, link: str, sitting: Sitting, replies: Counter[str]) -> None:
    path = re.sub(r"^https?://[^/]+", "", link)
    _until(lambda: visitor.request("GET", path), {200}, replies)
    begun = _until(lambda: visitor.request("POST", path + "start/", {"consent": "on"}), {302}, replies)
    found = re.search(r"/attempt/([0-9a-f-]+)/", begun.headers["Location"])
    assert found, begun.headers
    visitor.attempt = sitting.attempt = found[1]
    for position in range(1, QUESTIONS + 1):
        _until(lambda p=position: visitor.question(p), {200}, replies)  # type: ignore[misc]
        for revision in range(1 + position % 2):  # every other answer is changed once
            value = f"{position}{revision}"
            reply = _until(lambda p=position, v=value, r=revision: visitor.save(p, v, r), {200}, replies)  # type: ignore[misc]
            stored = reply.json()["revision"]
            sitting.acknowledged[position, stored] = value
            sitting.final[position] = value
    _until(visitor.submit, {302}, replies)


def _until(ask: Callable[[], Reply], wanted: set[int], replies: Counter[str]) -> Reply:
    """Repeat a request until a wanted status comes back; away and 503 are waited for, anything else is a finding."""
    end = time.monotonic() + GIVE_UP
    while time.monotonic() < end:
        try:
            reply = ask()
        except AWAY as error:
            replies[type(error).__name__] += 1
        else:
            replies[str(reply.status)] += 1
            if reply.status in wanted:
                return reply
            if reply.status != 503:
                raise AssertionError(f"status {reply.status}: {reply.body[:300]}")
        time.sleep(0.1)
    raise AssertionError(f"no reply with {wanted} in {GIVE_UP:.0f} s")


# --- the truth -------------------------------------------------------------------------------


def _wait_for_scores(stack: Stack) -> None:
    for what, query in (
        ("the scores", "SELECT count(*) FROM assessments_attempt WHERE state <> 'scored'"),
        (
            "the reports",
            "SELECT count(*) FROM assessments_score s WHERE NOT EXISTS "
            "(SELECT 1 FROM reports_skillreport r WHERE r.score_id = s.id)",
        ),
    ):
        wait_for(lambda query=query: stack.sql(query) == [(0,)], what, patience=180)  # type: ignore[misc]


def _lost(stack: Stack, sittings: list[Sitting]) -> list[str]:
    """Acknowledged answers that are not stored, or not what was scored; and people who could not finish."""
    rows = stack.sql(
        "SELECT a.public_id::text, i.position, r.revision, r.answer->>'typed', m.id IS NOT NULL "
        "FROM assessments_attempt a JOIN assessments_attemptitem i ON i.attempt_id = a.id "
        "JOIN assessments_response r ON r.item_id = i.id LEFT JOIN assessments_itemmark m ON m.response_id = r.id"
    )
    stored = {(attempt, position, revision): typed for attempt, position, revision, typed, _ in rows}
    scored = {(attempt, position): typed for attempt, position, _, typed, marked in rows if marked}
    found = [f"{s.attempt}: {s.problem}" for s in sittings if s.problem]
    for s in sittings:
        for (position, revision), value in s.acknowledged.items():
            if stored.get((s.attempt, position, revision)) != value:
                found.append(f"{s.attempt} question {position} revision {revision}: {value} is not stored")
        if not s.problem:
            found += [
                f"{s.attempt} question {position}: {value} is not what was scored"
                for position, value in s.final.items()
                if scored.get((s.attempt, position)) != value
            ]
    return found


def _double(stack: Stack, sittings: list[Sitting]) -> list[str]:
    """Attempts without exactly one score, one report, one submission; people with two attempts."""
    rows = stack.sql(
        "SELECT a.public_id::text, (SELECT count(*) FROM assessments_score s WHERE s.attempt_id = a.id), "
        "(SELECT count(*) FROM reports_skillreport p WHERE p.attempt_id = a.id), "
        "(SELECT count(*) FROM assessments_attemptevent e WHERE e.attempt_id = a.id AND e.kind = 'moved'), "
        "(SELECT count(*) FROM assessments_attempt b WHERE b.candidate_id = a.candidate_id) "
        "FROM assessments_attempt a"
    )
    found = [f"{name}: {counts}" for name, *counts in rows if counts != [1, 1, 2, 1]]
    missing = len({s.attempt for s in sittings if s.attempt}) - len(rows)
    return [*found, *([f"{missing} attempts are not there"] if missing else [])]
