"""Figures of the worker: attempts scored, reports built, and how long a candidate waits for the report."""

from __future__ import annotations

import datetime
import itertools
import time
from collections.abc import Callable, Sequence

from django.conf import settings
from django.db import connection

from assessments import tasks
from assessments.models import Attempt, Invitation, Score
from bench.cast import Candidate, answered
from bench.figures import Figure, figure, paired_ratio, quantile
from bench.floor.table import put_rows, touched
from bench.floor.tasks import touch
from bench.loader import drive
from config.celery import app
from reports.models import SkillReport

PATIENCE = 90.0
POLL = 0.002
_keys = itertools.count(1_000_000_000)


def until(done: Callable[[], bool], what: str, poll: float = 0.05, patience: float = PATIENCE) -> None:
    end = time.monotonic() + patience
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {patience:.0f} s for {what}")
        time.sleep(poll)


def settle() -> None:
    """Wait until the worker is up and has nothing left to do: what other figures left behind warms it up."""
    until(lambda: bool(_tell("ping")), "the worker")
    until(lambda: not Attempt.objects.filter(state="submitted").exists(), "scores")
    until(lambda: not Score.objects.filter(report=None).exists(), "reports")


# --- how many --------------------------------------------------------------------------------


def throughput(invitations: Sequence[Invitation], *, rounds: int, conditions: str) -> list[Figure]:
    """Rounds of bare tasks and of scorings in turn. Each round is queued whole before the worker may begin."""
    each = len(invitations) // rounds
    bare, scored, built = [], [], []
    for number in range(rounds):
        keys = list(itertools.islice(_keys, each))
        put_rows(keys)
        bare.append(_rate_of(lambda keys=keys: _send_all(touch, keys), lambda keys=keys: touched(keys), each))  # type: ignore[misc]
        ids = [answered(i, submit=True).pk for i in invitations[number * each : (number + 1) * each]]
        send = lambda ids=ids: _send_all(tasks.score_attempt, ids)  # noqa: E731
        scored.append(_rate_of(send, lambda ids=ids: _scored_at(ids), each))  # type: ignore[misc]
        until(lambda ids=ids: len(_built_at(ids)) == each, "reports")  # type: ignore[misc]
        built.append(_rate(_built_at(ids)))
    said = f"{conditions}; {rounds} rounds of {each} attempts of {_questions(invitations)} questions"
    ratio, spread = paired_ratio(scored, bare)
    ratio_built, spread_built = paired_ratio(built, bare)
    middle = [sorted(rates)[rounds // 2] for rates in (scored, built, bare)]
    return [
        figure("attempts scored per worker", middle[0], "per second", middle[2], ratio, f"{said}; {spread}"),
        figure("reports built per worker", middle[1], "per second", middle[2], ratio_built, spread_built),
    ]


def _questions(invitations: Sequence[Invitation]) -> int:
    return Attempt.objects.get(invitation=invitations[0]).question_count


def _send_all(task: object, ids: Sequence[int]) -> None:
    for pk in ids:
        task.apply_async(args=[pk])  # type: ignore[attr-defined]


def _rate_of(send: Callable[[], None], done_at: Callable[[], list[datetime.datetime]], count: int) -> float:
    queue = settings.CELERY_TASK_DEFAULT_QUEUE
    _tell("cancel_consumer", queue=queue)
    send()
    _tell("add_consumer", queue=queue)
    until(lambda: len(done_at()) == count, "tasks")
    return _rate(done_at())


def _tell(command: str, **arguments: str) -> object:
    """Order something of the worker and take its first reply: there is no other to wait for."""
    return app.control.broadcast(command, arguments=arguments, reply=True, limit=1, timeout=1)


def _rate(times: Sequence[datetime.datetime]) -> float:
    """From the first to the last, by the rows' own time stamps, so that waiting for them costs nothing."""
    return (len(times) - 1) / (max(times) - min(times)).total_seconds()


def _scored_at(ids: Sequence[int]) -> list[datetime.datetime]:
    return list(Score.objects.filter(attempt_id__in=ids).values_list("created_at", flat=True))


def _built_at(ids: Sequence[int]) -> list[datetime.datetime]:
    return list(SkillReport.objects.filter(attempt_id__in=ids).values_list("created_at", flat=True))


# --- how long --------------------------------------------------------------------------------


def waits(candidates: Sequence[Candidate], *, conditions: str) -> list[Figure]:
    """One submission after the other to an idle worker, from sending the request to the report's row."""
    ours, bare = [], []
    for candidate, key in zip(candidates, _keys, strict=False):
        put_rows([key])
        started = time.perf_counter()
        touch.apply_async(args=(key,))
        until(lambda key=key: bool(touched([key])), "a bare task", POLL)  # type: ignore[misc]
        bare.append(time.perf_counter() - started)
        started = time.perf_counter()
        drive(candidate.address, [[candidate.submit()]]).expect(302)
        until(lambda pk=candidate.attempt.pk: _has_report(pk), "a report", POLL)  # type: ignore[misc]
        ours.append(time.perf_counter() - started)
    said = f"{conditions}; {len(ours)} submissions one after the other; floor: from sending a bare task to its row"
    figures = []
    for name, part in (("p50", 0.5), ("p95", 0.95)):
        wait, least = 1000 * quantile(ours, part), 1000 * quantile(bare, part)
        figures.append(figure(f"submission to report, {name}", wait, "ms", least, None, said))
    return figures


def _has_report(attempt_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM reports_skillreport WHERE attempt_id = %s", [attempt_id])
        return cursor.fetchone() is not None
