"""One run: what is measured, in which order and size. Needs Django to be set up."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.db import connection

from assessments.models import Assessment, Invitation
from bench import cast, crowd, queue_figures, web_figures
from bench.figures import Figure
from bench.floor.table import make_table
from bench.stage import SERVER, Served, Stage

Say = Callable[[str], None]
APPLICATION, FLOOR = "config.wsgi", "bench.floor.web"


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes. Every count is bounded; nothing runs until a time is over."""

    connections: int = 10
    save_rounds: int = 8
    saves_each: int = 100
    attempts: int = 150
    score_rounds: int = 3
    scored_each: int = 60
    waits: int = 40
    starters: int = 500
    starter_saves: int = 6
    starter_every: float = 10.0
    open: int = 2000
    open_every: float = 20.0


FULL = Plan()
QUICK = Plan(
    save_rounds=2, saves_each=20, attempts=10, score_rounds=1, scored_each=12, waits=5,
    starters=10, starter_saves=2, starter_every=1.0, open=10, open_every=1.0,
)  # fmt: skip


def machine() -> str:
    """What every figure rests on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('fsync')")
        version, fsync = cursor.fetchone()
    return f"{os.cpu_count()} cores for everything, PostgreSQL {version.split()[0]} with fsync {fsync}"


class Bench:
    """The servers of a run, and its sections. Each makes the people that it needs."""

    def __init__(self, stage: Stage, plan: Plan) -> None:
        make_table()
        self.stage, self.plan = stage, plan
        self.organisation = cast.make_organisation()
        self.assessment = Assessment.objects.get(organisation=None, slug=cast.ASSESSMENT)
        self.web = stage.gunicorn("web", APPLICATION, "/healthz")
        self.floor = stage.gunicorn("floor", FLOOR, "/save/0/", "bench.floor.gunicorn")
        self.known = cast.get_pass(self.web.address, self.people(1)[0])
        self.conditions = f"{machine()}, {SERVER}"

    def people(self, count: int) -> list[Invitation]:
        return cast.make_invitations(self.organisation, self.assessment, count)

    def attempts(self) -> Iterator[Figure]:
        yield from web_figures.whole_attempts(
            self.web,
            self.floor,
            self.people(self.plan.attempts),
            self.known,
            connections=self.plan.connections,
            database_pid=self.stage.database_pid,
            conditions=self.conditions,
        )

    def saves(self) -> Iterator[Figure]:
        takers = _takers(self.web, self.people(self.plan.connections), self.known)
        rounds, each = self.plan.save_rounds, self.plan.saves_each
        yield from web_figures.saves(self.web, self.floor, takers, rounds=rounds, each=each, conditions=self.conditions)

    def scores(self) -> Iterator[Figure]:
        plan = self.plan
        self.stage.worker()
        queue_figures.settle()
        conditions = f"{machine()}, Redis, one prefork worker process"
        scored = self.people(plan.score_rounds * plan.scored_each)
        yield from queue_figures.throughput(scored, rounds=plan.score_rounds, conditions=conditions)
        attempts = [cast.answered(invitation, submit=False) for invitation in self.people(plan.waits)]
        takers = [cast.Candidate(self.web.address, attempt, self.known) for attempt in attempts]
        yield from queue_figures.waits(takers, conditions=conditions)

    def starters(self) -> Iterator[Figure]:
        yield from crowd.starters(
            self.stage,
            self.web,
            self.floor,
            self.people(self.plan.starters + 1),
            self.known,
            saves=self.plan.starter_saves,
            every=self.plan.starter_every,
            conditions=self.conditions,
        )

    def open(self) -> Iterator[Figure]:
        yield from crowd.open_attempts(
            self.stage,
            self.web,
            self.people(self.plan.open + 1),
            self.known,
            every=self.plan.open_every,
            conditions=self.conditions,
        )


SECTIONS = ("attempts", "saves", "scores", "starters", "open")
"""In this order: those without a worker come first."""
USUAL = ("attempts", "saves", "scores")


def run(stage: Stage, plan: Plan, sections: Sequence[str], say: Say) -> Iterator[Figure]:
    """The chosen sections, one after the other."""
    bench = Bench(stage, plan)
    for section in SECTIONS:
        if section in sections:
            say(section.capitalize())
            yield from getattr(bench, section)()
            stage.stop_worker()


def compare(stage: Stage, plan: Plan, granian: str, say: Say) -> Iterator[Figure]:
    """Saves under gunicorn (as the floor) and under granian, in turn."""
    organisation = cast.make_organisation()
    assessment = Assessment.objects.get(organisation=None, slug=cast.ASSESSMENT)
    invitations = cast.make_invitations(organisation, assessment, 2 * plan.connections)
    ours = stage.gunicorn("web", APPLICATION, "/healthz")
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
