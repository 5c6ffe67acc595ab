"""One run: what is measured, in which order and size. Needs Django to be set up."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connection

from assessments.models import Assessment, Invitation
from bench import cast, queue_figures, web_figures
from bench.figures import Figure
from bench.floor.table import make_table
from bench.stage import GTHREAD, Served, Stage

Say = Callable[[str], None]
APPLICATION, FLOOR = "config.wsgi", "bench.floor.web"


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes. Every count is bounded; nothing runs until a time is over."""

    connections: int = 10
    save_rounds: int = 8
    saves_each: int = 100
    attempts: int = 40
    score_rounds: int = 3
    scored_each: int = 60
    waits: int = 40


FULL = Plan()
QUICK = Plan(save_rounds=2, saves_each=20, attempts=8, score_rounds=1, scored_each=12, waits=5)


def machine() -> str:
    """What every figure rests on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('fsync')")
        version, fsync = cursor.fetchone()
    return f"{os.cpu_count()} cores for everything, PostgreSQL {version.split()[0]} with fsync {fsync}"


def run(stage: Stage, plan: Plan, say: Say) -> Iterator[Figure]:
    """Prepare, then measure: web first, while no worker runs beside it."""
    people = _people(plan)
    web, floor = stage.gthread("web", APPLICATION, "/healthz"), stage.gthread("floor", FLOOR, "/save/0/")
    known = cast.get_pass(web.address, people["saves"][0])
    conditions = f"{machine()}, {GTHREAD}"
    say("Whole attempts")
    yield from web_figures.whole_attempts(
        web,
        floor,
        people["attempts"],
        known,
        connections=plan.connections,
        database_pid=stage.database_pid,
        conditions=conditions,
    )
    say("Saves")
    takers = _takers(web, people["saves"], known)
    yield from web_figures.saves(
        web, floor, takers, rounds=plan.save_rounds, each=plan.saves_each, conditions=conditions
    )
    say("Scores")
    yield from _queue(stage, plan, web, people, known)


def _queue(
    stage: Stage, plan: Plan, web: Served, people: dict[str, list[Invitation]], known: cast.Pass
) -> Iterator[Figure]:
    stage.worker()
    queue_figures.settle()
    conditions = f"{machine()}, Redis, one prefork worker process"
    yield from queue_figures.throughput(people["scores"], rounds=plan.score_rounds, conditions=conditions)
    attempts = [cast.answered(invitation, submit=False) for invitation in people["waits"]]
    takers = [cast.Candidate(web.address, attempt, known) for attempt in attempts]
    yield from queue_figures.waits(takers, conditions=conditions)


def compare(stage: Stage, plan: Plan, granian: str, say: Say) -> Iterator[Figure]:
    """Saves under gunicorn (as the floor) and under granian, in turn."""
    invitations = _people(plan)["saves"] + _people(plan)["saves"]
    ours = stage.gthread("web", APPLICATION, "/healthz")
    command = [granian, "--interface", "wsgi", "--host", "{host}", "--port", "{port}", "--workers", "2"]
    command += ["--blocking-threads", "4", "--no-ws", "--log-level", "warning", "config.wsgi:application"]
    other = stage.web("granian", command, "/healthz")
    known = cast.get_pass(ours.address, invitations[0])
    half = len(invitations) // 2
    sides = (_takers(other, invitations[:half], known), _takers(ours, invitations[half:], known))
    say("Saves under both servers")
    yield from web_figures.compared(sides, rounds=plan.save_rounds, each=plan.saves_each, conditions=machine())


def _takers(web: Served, invitations: list[Invitation], known: cast.Pass) -> list[cast.Candidate]:
    return [cast.Candidate(web.address, cast.started(invitation), known) for invitation in invitations]


def _people(plan: Plan) -> dict[str, list[Invitation]]:
    make_table()
    organisation = cast.make_organisation()
    assessment = Assessment.objects.get(organisation=None, slug=cast.ASSESSMENT)
    counts = {
        "attempts": plan.attempts,
        "saves": plan.connections,
        "scores": plan.score_rounds * plan.scored_each,
        "waits": plan.waits,
    }
    return {use: cast.make_invitations(organisation, assessment, count) for use, count in counts.items()}
