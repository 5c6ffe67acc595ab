"""Figures of the web process: starts, saves, and the CPU of whole attempts."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

from assessments.models import Attempt, Invitation
from bench.cast import Candidate, Fields, Pass, browse, landing_path, post, split, start_request
from bench.cpu import cpu_seconds
from bench.figures import Figure, figure, paired_ratio, quantile
from bench.loader import Round, drive
from bench.stage import Served

_keys = itertools.count(1)
_blocks = itertools.count(10**9, 1000)
_PASS = Pass("0" * 32, "0" * 64)


def floor_requests(floor: Served, count: int, keys: Iterator[int] = _keys) -> list[bytes]:
    """Upserts, each of a row that did not exist, as each save appends one."""
    return [_bare(floor, f"/save/{key}/") for key in itertools.islice(keys, count)]


def _bare(floor: Served, path: str) -> bytes:
    """With the headers and the fields of a save: reading them is the server's part, not the product's."""
    fields: Fields = {"answer": "0123456789ab", "revision": "12", "seconds": "12.5"}
    return post(floor.address, path, _PASS, fields, f"attempt-{'0' * 32}={'0' * 60}", "application/json")


def floor_attempts(floor: Served, count: int, questions: int) -> list[bytes]:
    """As many requests as whole attempts have, each with as many upserts as the product's writes rows.

    Landing page: the first visit. Start: the attempt, its questions and two events. Submission: state, event and
    receipt. The receipt's page writes nothing, but a floor without an upsert would be none.
    """
    rows = [1, questions + 3, *[1] * questions, 3, 1]
    return [_bare(floor, f"/save/{next(_blocks)}/{each}/") for _ in range(count) for each in rows]


# --- saves -----------------------------------------------------------------------------------


def saves(
    web: Served, floor: Served, candidates: Sequence[Candidate], *, rounds: int, each: int, conditions: str
) -> list[Figure]:
    """Rounds of the floor and of saves in turn, one connection for each candidate."""
    floors, ours = [], []
    for _ in range(rounds):
        floors.append(drive(floor.address, [floor_requests(floor, each) for _ in candidates]).expect(200))
        ours.append(drive(web.address, [candidate.saves(each) for candidate in candidates]).expect(200))
    ratio, spread = paired_ratio([r.per_second for r in ours], [r.per_second for r in floors])
    share = max(r.loader_share for r in (*floors, *ours))
    said = f"{conditions}; {len(candidates)} connections, {rounds} rounds of {each * len(candidates)}"
    said += f"; {spread}; the loader used at most {share:.0%} of a core"
    figures = [figure("answer saves", _overall(ours), "per second", _overall(floors), ratio, said)]
    for name, part in (("p50", 0.5), ("p95", 0.95)):
        values = [1000 * quantile(_latencies(rounds_), part) for rounds_ in (ours, floors)]
        figures.append(figure(f"answer save, {name}", values[0], "ms", values[1]))
    return figures


def _overall(rounds: Sequence[Round]) -> float:
    return sum(r.count for r in rounds) / sum(r.seconds for r in rounds)


def _latencies(rounds: Sequence[Round]) -> list[float]:
    return [seconds for r in rounds for seconds in r.latencies]


# --- whole attempts --------------------------------------------------------------------------


class Meter:
    """Adds up the CPU seconds of a web server and of the database while something runs."""

    def __init__(self, web: Served, database_pid: int | None) -> None:
        self._pids = {"web": web.pid} | ({"database": database_pid} if database_pid else {})
        self.spent = dict.fromkeys(self._pids, 0.0)

    @property
    def seconds(self) -> float:
        return sum(self.spent.values())

    def run(self, work: Callable[[], Round]) -> Round:
        before = {part: cpu_seconds(pid) for part, pid in self._pids.items()}
        result = work()
        for part, pid in self._pids.items():
            self.spent[part] += cpu_seconds(pid) - before[part]
        return result

    def words(self, count: int) -> str:
        return " + ".join(f"{part} {1000 * spent / count:.1f} ms" for part, spent in self.spent.items())


def whole_attempts(
    web: Served,
    floor: Served,
    invitations: Sequence[Invitation],
    known: Pass,
    *,
    connections: int,
    database_pid: int | None,
    conditions: str,
) -> list[Figure]:
    """Starts of all invitations at once; then everything else that their candidates do, with the CPU that it takes.

    The first third of the invitations is used up beforehand, so that both servers are measured warm: each connection
    of each process plans a statement for good when it has run it five times.
    """
    warm = len(invitations) // 3
    _walk(web, invitations[:warm], known, connections, Meter(web, database_pid), Meter(web, database_pid))
    invitations = invitations[warm:]
    actions, pages = Meter(web, database_pid), Meter(web, database_pid)
    count = len(invitations)
    questions, burst = _walk(web, invitations, known, connections, actions, pages)

    bare = Meter(floor, database_pid)
    drive(floor.address, split(floor_requests(floor, 8 * count), connections)).expect(200)
    requests = floor_attempts(floor, count, questions)
    bare.run(lambda: drive(floor.address, split(requests, connections)).expect(200))
    bare_pages = Meter(floor, database_pid)
    requests_of_pages = floor_requests(floor, count * (questions + 1))
    bare_pages.run(lambda: drive(floor.address, split(requests_of_pages, connections)).expect(200))
    bare_burst = drive(floor.address, [[each] for each in floor_requests(floor, count)])
    said = f"{conditions}; {count} attempts of {questions} questions"
    parts = "" if database_pid else "; web alone (the database is not this run's own)"
    at_once = f"{conditions}; {count} invitations at the same moment, one connection each"
    return [
        figure("attempts started", burst.per_second, "per second", bare_burst.expect(200).per_second, None, at_once),
        figure("start, p95", 1000 * quantile(burst.latencies, 0.95), "ms", 1000 * quantile(bare_burst.latencies, 0.95)),
        figure(
            "CPU of an attempt",
            actions.seconds / count,
            "s",
            bare.seconds / count,
            None,
            f"{said}; landing page, start, {questions} saves, submit, receipt: {actions.words(count)}; "
            f"beside {questions + 4} bare requests with {2 * questions + 8} upserts: {bare.words(count)}{parts}",
        ),
        figure(
            "CPU of an attempt with its pages",
            (actions.seconds + pages.seconds) / count,
            "s",
            (bare.seconds + bare_pages.seconds) / count,
            None,
            f"{said}; and {questions} question pages and the overview: {pages.words(count)}{parts}",
        ),
    ]


def _walk(
    web: Served, invitations: Sequence[Invitation], known: Pass, connections: int, actions: Meter, pages: Meter
) -> tuple[int, Round]:
    """Whole attempts of all invitations; the number of questions of each, and the round of their starts."""
    landings = [browse(web.address, landing_path(i), f"csrftoken={known.cookie}") for i in invitations]
    actions.run(lambda: drive(web.address, split(landings, connections)).expect(200))
    starts = [[start_request(web.address, known, invitation)] for invitation in invitations]
    burst = actions.run(lambda: drive(web.address, starts).expect(302))
    attempts = Attempt.objects.filter(invitation__in=invitations).select_related("candidate")
    candidates = [Candidate(web.address, attempt, known) for attempt in attempts]
    assert len(candidates) == len(invitations)
    questions = len(candidates[0].values)
    pages.run(lambda: _each(web, [c.pages() for c in candidates], connections).expect(200))
    actions.run(lambda: _each(web, [c.saves(questions) for c in candidates], connections).expect(200))
    actions.run(lambda: _each(web, [[c.submit()] for c in candidates], connections).expect(302))
    actions.run(lambda: _each(web, [[c.receipt()] for c in candidates], connections).expect(200))
    return questions, burst


def _each(web: Served, work: Sequence[Sequence[bytes]], connections: int) -> Round:
    """Every candidate's requests in their order, dealt out to a few connections."""
    queues: list[list[bytes]] = [[] for _ in range(min(connections, len(work)))]
    for number, requests in enumerate(work):
        queues[number % len(queues)].extend(requests)
    return drive(web.address, queues)


# --- two servers -----------------------------------------------------------------------------


def compared(
    sides: tuple[Sequence[Candidate], Sequence[Candidate]], *, rounds: int, each: int, conditions: str
) -> list[Figure]:
    """Saves on two servers in turn; the second one stands in the floor's column."""
    results: tuple[list[Round], list[Round]] = ([], [])
    for _ in range(rounds):
        for candidates, done in zip(sides, results, strict=True):
            done.append(drive(candidates[0].address, [c.saves(each) for c in candidates]).expect(200))
    ratio, spread = paired_ratio(*([r.per_second for r in done] for done in results))
    said = f"{conditions}; {rounds} rounds of {each * len(sides[0])}; {spread}; floor: gunicorn"
    p95 = [1000 * quantile(_latencies(done), 0.95) for done in results]
    return [
        figure("saves under granian", _overall(results[0]), "per second", _overall(results[1]), ratio, said),
        figure("save under granian, p95", p95[0], "ms", p95[1]),
    ]
