"""The stage of a run: a database, a queue, web servers and a worker of its own; all of it ends with the run."""

from __future__ import annotations

import contextlib
import http.client
import os
import secrets
import signal
import socket
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from bench.loader import Address
from config import gunicorn as production
from config.children import CannotStart, Child, last_line, stop_all
from config.servers import run_postgres, run_redis

BASE_DIR = Path(__file__).resolve().parent.parent
LOOPBACK = "127.0.0.1"
QUICKLY = signal.SIGQUIT  # gunicorn would finish its idle connections first
SERVER = f"gunicorn {production.worker_class}, {production.workers} processes of {production.threads} threads, pool"


@dataclass
class Served:
    """A web server that answers."""

    address: Address
    pid: int


class Stage:
    """What runs, and the environment in which it does."""

    def __init__(self, folder: Path, env: dict[str, str], database_pid: int | None) -> None:
        self.folder = folder
        self.env = env
        self.database_pid = database_pid
        self.children: list[Child] = []

    def gunicorn(self, name: str, application: str, check: str = "/", config: str = "config.gunicorn") -> Served:
        """A web server with the configuration that `make run` and the container give it."""
        command = ["-m", "gunicorn", application, "--config", f"python:{config}", "--bind", "{address}"]
        return self.web(name, [sys.executable, *command, "--graceful-timeout", "5"], check)

    def web(self, name: str, command: Sequence[str], check: str = "/") -> Served:
        """Start a web server; ``{address}``, ``{host}`` and ``{port}`` in its command are replaced."""
        host, port = LOOPBACK, _free_port()
        places = {"address": f"{host}:{port}", "host": host, "port": str(port)}
        full = [part.format(**places) for part in command]
        child = Child(name, full, self.folder / f"{name}.log", self.env | {"DATABASE_POOL": "1"}, gently=QUICKLY)
        self._start(child)
        _wait_for(child, lambda: _answers((host, port), check))
        assert child.process is not None
        return Served((host, port), child.process.pid)

    def worker(self) -> int:
        """One Celery worker as `make run` starts it, with one process for its tasks; its process id."""
        command = [sys.executable, "-m", "celery", "--app", "config", "worker", "--concurrency", "1"]
        command += ["--without-gossip", "--without-mingle", "--include", "bench.floor.tasks", "--loglevel", "INFO"]
        child = Child("worker", command, self.folder / "worker.log", self.env)
        self._start(child)
        assert child.process is not None
        return child.process.pid

    def stop_worker(self) -> None:
        stop_all([child for child in self.children if child.name == "worker"])

    def _start(self, child: Child) -> None:
        self.children.append(child)
        child.start()


@contextlib.contextmanager
def set_up() -> Iterator[Stage]:
    """A folder, a database and a queue for one run, from wheels unless DATABASE_URL and REDIS_URL are given."""
    with contextlib.ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="plumbline-bench-")))
        folder.chmod(0o755)  # PostgreSQL does not run as root, and another user must reach its folder
        database_pid = None
        if given := os.environ.get("DATABASE_URL"):
            database = closing.enter_context(_own_database(given))
        else:
            server = run_postgres(folder / "postgres", folder / "postgres.log")
            closing.callback(server.stop)
            database = server.url
            database_pid = server.child.process.pid if server.child.process else None
        queue = os.environ.get("REDIS_URL")
        if not queue:
            redis = run_redis(folder / "redis", folder / "redis.log")
            closing.callback(redis.stop)
            queue = redis.url
        stage = Stage(folder, _environment(database, queue), database_pid)
        closing.callback(stop_all, stage.children)
        yield stage


@contextlib.contextmanager
def _own_database(url: str) -> Iterator[str]:
    """A database of this run's own on a given server, dropped afterwards."""
    name = f"plumbline_bench_{os.getpid()}"
    parts = urlsplit(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield parts._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _environment(database: str, queue: str) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database,
        "REDIS_URL": queue,
        "CELERY_QUEUE": f"bench-{os.getpid()}",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "DEBUG": "0",
        "DEMO": "0",
        "SITE_URL": "http://localhost:8000",
        "PLAIN_STATIC": "1",
        "INVITATIONS_PER_HOUR": "1000000",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        # The second is for a server that is installed in another environment.
        "PYTHONPATH": os.pathsep.join([str(BASE_DIR), sysconfig.get_path("purelib")]),
        "PYTHONUNBUFFERED": "1",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def _answers(address: Address, path: str) -> bool:
    connection = http.client.HTTPConnection(*address, timeout=5)
    try:
        connection.request("GET", path)
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _wait_for(child: Child, answers: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not answers():
        if child.process is None or child.process.poll() is not None or time.monotonic() > end:
            raise CannotStart(f"{child.name} does not answer: {last_line(child.log)}")
        time.sleep(0.05)
