"""A whole Plumbline of a test's own: PostgreSQL, Redis, web and worker as processes that can be killed."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
import redis

from config.servers import Server, run_postgres, run_redis

ROOT = Path(__file__).resolve().parents[2]
WRONG_CLOCK = Path(__file__).parent / "wrong_clock"
PATIENCE = 120.0


def wait_for(condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> None:
    """Poll until the condition holds; errors while polling count as "not yet"."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        with contextlib.suppress(OSError, http.client.HTTPException, psycopg.Error):
            if condition():
                return
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {patience:.0f} s")


@dataclass
class Stack:
    """Starts, kills and restarts the parts. ``folder`` must have a short path (sockets).

    ``durable``: PostgreSQL writes what it has committed before it says so, as in production.
    """

    folder: Path
    durable: bool = False
    postgres: Server | None = None
    redis: Server | None = None
    web: subprocess.Popen[bytes] | None = None
    worker: subprocess.Popen[bytes] | None = None
    listener: socket.socket | None = None
    port: int = 0
    links: list[str] = field(default_factory=list)

    def start(self, people: int, kind: str = "mixed") -> Stack:
        self.start_postgres()
        self.start_redis()
        self.manage("migrate", "--verbosity=0")
        seeded = subprocess.run(
            [sys.executable, "-m", "tests.faults.seed", str(people), kind],
            cwd=ROOT, env=self.env(), check=True, capture_output=True, text=True,
        )  # fmt: skip
        self.links = json.loads(seeded.stdout.splitlines()[-1])["links"]
        self.start_web()
        return self

    def env(self) -> dict[str, str]:
        assert self.postgres is not None
        assert self.redis is not None
        return (
            {"SECRET_KEY": "only-for-faults-0123456789-abcdefghijklmnopqrstuvwxyz"}
            | os.environ
            | {
                "DATABASE_URL": self.postgres.url,
                "REDIS_URL": self.redis.url,
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "PLAIN_STATIC": "1",
                "LOG_LEVEL": "WARNING",
                "SWEEP_SECONDS": "1",
                "INVITATIONS_PER_HOUR": "100000",
                "SITE_URL": "http://localhost",
            }
        )

    def manage(self, *command: str) -> None:
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=self.env(), check=True)

    # --- parts -------------------------------------------------------------------------------
    def start_postgres(self) -> None:
        self.postgres = run_postgres(self.folder / "pg", self.folder / "log", durable=self.durable)

    def start_redis(self) -> None:
        self.redis = run_redis(self.folder / "redis", self.folder / "log", durable=self.durable)

    def start_web(self, *, wait: bool = True, clock_off: int = 0) -> None:
        """``clock_off``: so many seconds its clock is wrong."""
        if self.listener is None:  # held here, so that nobody takes the port while the web process is down
            self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
            self.port = self.listener.getsockname()[1]
        command = [
            sys.executable, "-m", "gunicorn", "config.wsgi", "--config=python:config.gunicorn",
            f"--bind=fd://{self.listener.fileno()}", "--graceful-timeout=10",
        ]  # fmt: skip
        wrong = {"CLOCK_OFF": str(clock_off), "PYTHONPATH": str(WRONG_CLOCK)} if clock_off else {}
        self.web = self._spawn(command, [self.listener.fileno()], DATABASE_POOL="1", **wrong)
        if wait:
            wait_for(lambda: self.get("/healthz").status == 200, "the web process")

    def start_worker(self, *, sweeps: bool = False) -> None:
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency=1"]
        if sweeps:
            command += ["--beat", f"--schedule={self.folder / 'schedule'}"]
        self.worker = self._spawn(command)

    def crash(self, server: Server | None, pause: float, how: signal.Signals = signal.SIGKILL) -> None:
        """Kill a server (or stop it in another way), and start it again at the same address."""
        assert server is not None
        assert server.child.process is not None
        server.child.process.send_signal(how)
        server.child.process.wait(60)
        time.sleep(pause)
        answers = self._postgres_answers if server is self.postgres else self._redis_answers

        def up() -> bool:
            process = server.child.process
            if process is None or process.poll() is not None:  # what the dead one held may not be free at once
                server.child.start()
            return answers()

        wait_for(up, f"{server.child.name} after a crash")

    def _postgres_answers(self) -> bool:
        return self.sql("SELECT 1") == [(1,)]

    def _redis_answers(self) -> bool:
        assert self.redis is not None
        with contextlib.suppress(redis.RedisError), redis.Redis.from_url(self.redis.url, socket_timeout=2) as client:
            return bool(client.ping())
        return False

    def _spawn(self, command: list[str], fds: Sequence[int] = (), **env: str) -> subprocess.Popen[bytes]:
        with (self.folder / "processes.log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.env() | env,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=fds,
            )

    @staticmethod
    def kill(process: subprocess.Popen[bytes] | None) -> None:
        """kill -9 of a process and its children."""
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop(self) -> None:
        self.kill(self.web)
        self.kill(self.worker)
        if self.listener is not None:
            self.listener.close()
        for server in (self.redis, self.postgres):
            if server is not None:
                server.stop()

    # --- looking -----------------------------------------------------------------------------
    def sql(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        assert self.postgres is not None
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            return connection.execute(query, values).fetchall()

    def get(self, path: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", path)
            reply = connection.getresponse()
            reply.read()
        return reply


@dataclass
class Reply:
    status: int
    body: str
    headers: dict[str, str]

    def json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.body)
        return value


class Visitor:
    """A browser without script: cookies, and the token against cross-site posts."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.cookies: dict[str, str] = {}
        self.attempt = ""

    def request(self, method: str, path: str, form: dict[str, Any] | None = None, json_reply: bool = False) -> Reply:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if form is not None:
            token = self.cookies.get("csrftoken", "")
            body = urlencode({"csrfmiddlewaretoken": token, **form}, doseq=True)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if json_reply:
            headers["Accept"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.stack.port, timeout=15)
        try:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            text = reply.read().decode()
        finally:
            connection.close()
        for value in reply.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(value).items():
                self.cookies[name] = morsel.value if '"' not in morsel.coded_value else morsel.coded_value
        return Reply(reply.status, text, dict(reply.headers))

    def start(self, link: str) -> Visitor:
        path = re.sub(r"^https?://[^/]+", "", link)
        self.request("GET", path)
        reply = self.request("POST", path + "start/", {"consent": "on"})
        assert reply.status == 302, (reply.status, reply.body[:300])
        self.attempt = re.search(r"/attempt/([0-9a-f-]+)/", reply.headers["Location"]).group(1)  # type: ignore[union-attr]
        return self

    def question(self, position: int) -> Reply:
        return self.request("GET", f"/attempt/{self.attempt}/q/{position}/")

    def save(self, position: int, answer: str | list[str], revision: int) -> Reply:
        form = {"answer": answer, "revision": revision}
        return self.request("POST", f"/attempt/{self.attempt}/q/{position}/save/", form, json_reply=True)

    def submit(self) -> Reply:
        return self.request("POST", f"/attempt/{self.attempt}/submit/", {})

    def numeric(self) -> int:
        """A position with a box for a number: any text is an answer there."""
        for position in range(1, 7):
            if 'inputmode="decimal"' in self.question(position).body:
                return position
        raise AssertionError("no numeric question on the form")
