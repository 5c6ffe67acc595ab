"""A correction of thousands of scored attempts while its worker is killed at random.

Run by the tests over a few hundred attempts, and by `make bench ARGS=regrade` over ten thousand. A person orders the
dry run and carries it out through the pages; another watches the page; candidates hand in meanwhile. Afterwards the
database is asked whether everybody who should has exactly one new score and report.
"""

from __future__ import annotations

import http.client
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.faults.stack import ROOT, Stack, Visitor, wait_for

REASON = "No option was right"
PATIENCE = 1800.0
_READ = re.compile(r"(\d+) of (\d+) attempts read")
_MADE = re.compile(r"(\d+) of (\d+) new scores made")


@dataclass
class Outcome:
    """What a run found; a good one has `wrong` empty.

    ``read``, ``made``: what the page showed one after the other, as (so many, of so many). ``live``: for each candidate
    who handed in meanwhile, seconds until score and report were there, and how many reports of the correction were
    not there yet. Seconds of the phases include what was lost by kills.
    """

    changing: int
    total: int
    kills: int
    read: list[tuple[int, int]]
    made: list[tuple[int, int]]
    live: list[tuple[float, int]]
    seconds: dict[str, float]
    wrong: list[str]


@dataclass
class Watch:
    """Loads the correction's page again and again, as somebody who waits for it does."""

    visitor: Visitor
    path: str
    read: list[tuple[int, int]] = field(default_factory=list)
    made: list[tuple[int, int]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.over.wait(0.2):
            reply = self.visitor.request("GET", self.path)
            assert reply.status == 200, reply.body[:300]
            for pattern, seen in ((_READ, self.read), (_MADE, self.made)):
                if found := pattern.search(reply.body):
                    seen.append((int(found[1]), int(found[2])))


def run(people: int, *, kills: int, live: int, seed: int, say: Callable[[str], None] = lambda words: None) -> Outcome:
    """Correct a question that ``people`` answered wrongly and a tenth more rightly.

    ``kills``: in the dry run, and again while it is carried out. ``live``: candidates who hand in meanwhile.
    """
    folder = Path(tempfile.mkdtemp(prefix="pl-"))
    folder.chmod(0o755)
    stack = Stack(folder, durable=True)
    try:
        known = _begin(stack, people, live)
        say(f"{people} people with a wrong answer and {people // 10} with a right one, all parts up")
        return _run(stack, known, kills, random.Random(seed), say)
    finally:
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _begin(stack: Stack, people: int, live: int) -> dict[str, Any]:
    stack.start_postgres()
    stack.start_redis()
    stack.manage("migrate", "--verbosity=0")
    seeded = subprocess.run(
        [sys.executable, "-m", "tests.faults.regrade_seed", str(people), str(live)],
        cwd=ROOT, env=stack.env(), check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    known: dict[str, Any] = json.loads(seeded.stdout.splitlines()[-1])
    stack.start_web()
    stack.start_worker(sweeps=True)
    return known


def _run(stack: Stack, known: dict[str, Any], kills: int, rng: random.Random, say: Callable[[str], None]) -> Outcome:
    before = _marks(stack)
    visitor = _signed_in(stack, known)
    form = {"version": known["version"], "kind": "full", "reason": REASON}
    visitor.request("GET", known["address"])
    ordered = visitor.request("POST", known["address"], form)
    assert ordered.status == 302, ordered.body[:2000]
    page = ordered.headers["Location"]
    watch = Watch(_signed_in(stack, known), page)
    watcher = threading.Thread(target=watch.run, daemon=True)
    watcher.start()
    seconds = {"dry run": _through(stack, "planned", _read, kills, rng, say)}
    visitor.request("GET", page)
    visitor.request("POST", f"{page}decide/", {"do": "carry_out"})
    candidates = _Candidates(stack, known["links"])
    candidates.start()
    seconds["carrying out"] = _through(stack, "done", _made, kills, rng, say)
    watch.over.set()
    started = time.monotonic()
    wait_for(lambda: _without_report(stack) == 0, "the reports", patience=PATIENCE)
    candidates.join(PATIENCE)
    seconds["reports after it"] = time.monotonic() - started
    watcher.join(30)
    ((changing, total),) = stack.sql(
        "SELECT (SELECT count(*) FROM assessments_regradechange), total FROM assessments_regrade"
    )
    wrong = [*_wrong(stack, known), *_lost(before, _marks(stack)), *_backwards(watch), *candidates.problems]
    return Outcome(changing, total, 2 * kills, watch.read, watch.made, candidates.waits, seconds, wrong)


def _signed_in(stack: Stack, known: dict[str, Any]) -> Visitor:
    visitor = Visitor(stack)
    visitor.cookies["sessionid"] = known["session"]
    return visitor


# --- the worker dies -------------------------------------------------------------------------


def _through(
    stack: Stack,
    state: str,
    progress: Callable[[Stack], float],
    kills: int,
    rng: random.Random,
    say: Callable[[str], None],
) -> float:
    """Kill the worker at random points of a phase, then wait for its end; the seconds that it took."""
    started = time.monotonic()
    for point in sorted(rng.uniform(0, 0.95) for _ in range(kills)):
        wait_for(lambda point=point: progress(stack) > point, f"{point:.0%} of {state}", patience=PATIENCE)  # type: ignore[misc]
        stack.kill(stack.worker)
        say(f"worker killed at {progress(stack):.0%} on the way to {state}")
        time.sleep(rng.uniform(0, 1))
        stack.start_worker(sweeps=True)
    wait_for(lambda: stack.sql("SELECT state FROM assessments_regrade") == [(state,)], state, patience=PATIENCE)
    took = time.monotonic() - started
    say(f"{state} after {took:.1f} s")
    return took


def _read(stack: Stack) -> float:
    ((share,),) = stack.sql("SELECT read::float / total FROM assessments_regrade")
    return float(share)


def _made(stack: Stack) -> float:
    ((share,),) = stack.sql("SELECT count(score_id)::float / count(*) FROM assessments_regradechange")
    return float(share)


# --- candidates hand in meanwhile ------------------------------------------------------------


class _Candidates(threading.Thread):
    """One after the other takes a short sitting and waits for the report."""

    def __init__(self, stack: Stack, links: list[str]) -> None:
        super().__init__(daemon=True)
        self.stack, self.links = stack, links
        self.waits: list[tuple[float, int]] = []
        self.problems: list[str] = []

    def run(self) -> None:
        try:
            for link in self.links:
                self._hand_in(Visitor(self.stack).start(link))
        except (AssertionError, OSError, http.client.HTTPException) as problem:
            self.problems.append(f"a candidate: {problem}")

    def _hand_in(self, visitor: Visitor) -> None:
        assert visitor.question(1).status == 200
        assert visitor.submit().status == 302
        started = time.monotonic()
        report = (
            "SELECT count(*) FROM reports_skillreport r JOIN assessments_attempt a ON a.id = r.attempt_id "
            "WHERE a.public_id = %s"
        )
        wait_for(lambda: self.stack.sql(report, visitor.attempt) == [(1,)], "a candidate's report", patience=PATIENCE)
        self.waits.append((time.monotonic() - started, _without_report(self.stack)))


# --- the truth -------------------------------------------------------------------------------


def _without_report(stack: Stack) -> int:
    query = (
        "SELECT count(*) FROM assessments_attempt a WHERE a.score_id IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM reports_skillreport r WHERE r.score_id = a.score_id)"
    )
    return int(stack.sql(query)[0][0])


def _marks(stack: Stack) -> list[tuple[Any, ...]]:
    """Everything that the first scores of the people of the correction hold, as one digest for each."""
    return stack.sql(
        "SELECT s.id, md5(string_agg(m::text, ',' ORDER BY m.id)), md5(s::text), md5(r::text) FROM assessments_score s "
        "JOIN assessments_itemmark m ON m.score_id = s.id JOIN reports_skillreport r ON r.score_id = s.id "
        "WHERE s.number = 1 AND NOT EXISTS (SELECT 1 FROM assessments_attempt a WHERE a.id = s.attempt_id AND "
        "a.submitted_at > (SELECT coalesce(min(created_at), 'infinity') FROM assessments_regrade)) "
        "GROUP BY s.id, s::text, r::text ORDER BY s.id"
    )


def _lost(before: list[tuple[Any, ...]], after: list[tuple[Any, ...]]) -> list[str]:
    return [] if before == after else [f"{len(set(before) - set(after))} first scores or reports are not as they were"]


def _wrong(stack: Stack, known: dict[str, Any]) -> list[str]:
    """Attempts whose scores or reports are not what the correction makes of the first marks."""
    rows = stack.sql(
        """
        SELECT a.id, a.score_id = last.id, first.points, m.mark, last.points, last.reason, last.actor_id,
            (SELECT array_agg(s.number ORDER BY s.number) FROM assessments_score s WHERE s.attempt_id = a.id),
            (SELECT array_agg(r.number ORDER BY r.number) FROM reports_skillreport r WHERE r.attempt_id = a.id),
            (SELECT count(*) FROM assessments_regradechange c WHERE c.attempt_id = a.id AND c.score_id = last.id),
            (SELECT count(*) FROM assessments_itemmark x WHERE x.score_id = last.id) = a.question_count
        FROM assessments_attempt a
        JOIN assessments_score first ON first.attempt_id = a.id AND first.number = 1
        JOIN assessments_itemmark m ON m.score_id = first.id
        JOIN assessments_attemptitem i ON i.id = m.item_id AND i.question_version_id = %s
        JOIN LATERAL (
            SELECT * FROM assessments_score s WHERE s.attempt_id = a.id ORDER BY s.number DESC LIMIT 1
        ) last ON true
        WHERE a.submitted_at < (SELECT created_at FROM assessments_regrade)
        """,
        known["version"],
    )
    found = []
    for attempt, newest, points, mark, now, reason, actor, scores, reports, changes, whole in rows:
        changes_it = mark < 1
        numbers = [1, 2] if changes_it else [1]
        expected = (True, numbers, numbers, int(changes_it), True)
        if (newest, scores, reports, changes, whole) != expected:
            found.append(f"attempt {attempt}: scores {scores}, reports {reports}, changes {changes}, marks {whole}")
        if abs(now - (points + 1 - mark)) > 1e-9:
            found.append(f"attempt {attempt}: {now} points, not {points + 1 - mark}")
        if changes_it and (reason, actor) != (REASON, known["owner"]):
            found.append(f"attempt {attempt}: reason {reason!r} by {actor}")
    twice = stack.sql("SELECT attempt_id FROM assessments_score GROUP BY attempt_id, number HAVING count(*) > 1")
    return [*found, *(f"attempt {attempt}: a score twice" for (attempt,) in twice)]


def _backwards(watch: Watch) -> list[str]:
    """Steps of the page's progress that went back, or passed the end."""
    found = []
    for what, seen in (("read", watch.read), ("made", watch.made)):
        found += [f"{what}: {one} came before {two}" for one, two in pairwise(seen) if two < one]
        found += [f"{what}: {done} of {total}" for done, total in seen if done > total]
    return found
