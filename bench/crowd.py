"""Many people at once: synchronised starters who answer at their own pace, and thousands of open attempts."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

from assessments.models import Attempt, Invitation, Score
from bench.cast import Candidate, Pass, start_request, started
from bench.cpu import cpu_seconds
from bench.figures import Figure, figure, quantile
from bench.loader import drive
from bench.pace import Paced, Script, pace
from bench.queue_figures import until
from bench.stage import Served, Stage
from bench.web_figures import floor_requests

IDLE_SAVES = 100
_rng = random.Random(1)


def starters(
    stage: Stage,
    web: Served,
    floor: Served,
    invitations: Sequence[Invitation],
    known: Pass,
    *,
    saves: int,
    every: float,
    conditions: str,
) -> list[Figure]:
    """All start at the same moment, each answers every so many seconds, all hand in; a worker scores meanwhile."""
    *crowd, single = invitations
    worker = stage.worker()
    idle = _idle_median(web, Candidate(web.address, started(single), known))
    bare = pace(floor.address, [[(0.0, each)] for each in floor_requests(floor, len(crowd))])
    burst = pace(web.address, [[(0.0, start_request(web.address, known, invitation))] for invitation in crowd])
    before = _spent(stage, web, worker)
    attempts = list(Attempt.objects.filter(invitation__in=crowd).select_related("candidate"))
    scripts = [_sitting(Candidate(web.address, attempt, known), saves, every) for attempt in attempts]
    paced = pace(web.address, scripts)
    ids = [attempt.pk for attempt in attempts]
    until(lambda: Score.objects.filter(attempt__in=ids).count() == len(ids), "scores", 1.0, 2.0 * len(ids) + 60)
    after = _spent(stage, web, worker)
    times = sorted(Score.objects.filter(attempt__in=ids).values_list("created_at", flat=True))
    answers = [one.seconds for one in paced.sent if one.step < saves]
    said = f"{conditions}; {len(crowd)} people, one connection for each request"
    name = f"{len(crowd)} starters"
    return [
        figure(f"{name}: starts", _rate(burst), "per second", _rate(bare), None, f"{said}, all due at the same moment"),
        _errors(f"{name}: start errors", burst, {302}),
        *_quantiles(f"{name}: start", [one.seconds for one in burst.sent], [one.seconds for one in bare.sent]),
        _errors(f"{name}: answering and handing in, errors", paced, {200, 302}),
        *_quantiles(f"{name}: save", answers, [idle]),
        figure(
            f"{name}: saves", len(answers) / paced.seconds, "per second", None, None, _pace_words(paced, saves, every)
        ),
        figure(f"{name}: scored", (len(times) - 1) / max(0.001, (times[-1] - times[0]).total_seconds()), "per second"),
        *(
            figure(f"{name}: CPU of {part}", (after[part] - before[part]) / len(crowd), "s per attempt")
            for part in after
        ),
    ]


def open_attempts(
    stage: Stage, web: Served, invitations: Sequence[Invitation], known: Pass, *, every: float, conditions: str
) -> list[Figure]:
    """Attempts that are all open, with one save each every so many seconds, three times over."""
    attempts = [started(invitation) for invitation in invitations]
    candidates = [Candidate(web.address, attempt, known) for attempt in attempts]
    idle = _idle_median(web, candidates.pop())
    drive(web.address, [candidate.saves(1) for candidate in candidates[:50]]).expect(200)
    before = _spent(stage, web)
    paced = pace(web.address, [_sitting(c, 3, every, submit=False) for c in candidates])
    after = _spent(stage, web)
    name = f"{len(candidates)} open attempts"
    said = f"{conditions}; {_pace_words(paced, 3, every)}"
    return [
        _errors(f"{name}: errors", paced, {200}),
        figure(f"{name}: saves", _rate(paced), "per second", None, None, said),
        *_quantiles(f"{name}: save", [one.seconds for one in paced.sent], [idle]),
        *(figure(f"{name}: {part}", (after[part] - before[part]) / paced.seconds, "cores") for part in after),
    ]


def _sitting(candidate: Candidate, saves: int, every: float, *, submit: bool = True) -> Script:
    """One answer every so many seconds on average, begun at a random moment; then the submission."""
    at = itertools.accumulate([_rng.uniform(0, every), *(_rng.uniform(0.5, 1.5) * every for _ in range(saves))])
    requests = [*candidate.saves(saves), *([candidate.submit()] if submit else [])]
    return list(zip(at, requests, strict=False))


def _idle_median(web: Served, candidate: Candidate) -> float:
    """Of saves one after the other, with nothing else going on."""
    requests = candidate.saves(IDLE_SAVES)
    return quantile([one.seconds for one in pace(web.address, [[(0.0, one) for one in requests]]).sent], 0.5)


def _spent(stage: Stage, web: Served, worker: int | None = None) -> dict[str, float]:
    pids = {"web": web.pid, "database": stage.database_pid, "worker": worker}
    return {part: cpu_seconds(pid) for part, pid in pids.items() if pid}


def _rate(paced: Paced) -> float:
    return len(paced.sent) / paced.seconds


def _errors(name: str, paced: Paced, fine: set[int]) -> Figure:
    bad = [one.status for one in paced.sent if one.status not in fine]
    return figure(name, len(bad), f"of {len(paced.sent)}", None, None, f"statuses {sorted(set(bad))}" if bad else "")


def _quantiles(name: str, seconds: Sequence[float], floors: Sequence[float]) -> list[Figure]:
    return [
        figure(f"{name}, {word}", 1000 * quantile(seconds, share), "ms", 1000 * quantile(floors, share))
        for word, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    ]


def _pace_words(paced: Paced, saves: int, every: float) -> str:
    words = f"{saves} saves each, one every {every:.0f} s; the floor of a save is the median of an idle server"
    return f"{words}; the loader used {paced.loader_share:.0%} of a core"
