"""Loaded by pytest before the settings are read: a PostgreSQL and a Redis of the tests' own.

DATABASE_URL and REDIS_URL name others. With xdist only the first process starts servers; each worker has its
own test database (pytest-django) and its own number of Redis database.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from config.servers import Server, run_postgres, run_redis

_running: list[Server] = []
_folder: Path | None = None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(args: list[str]) -> Generator[None, object, object]:
    os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "".join(map(str, range(30))))
    os.environ.setdefault("PLAIN_STATIC", "1")  # no collectstatic before the tests
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        number = int(re.sub(r"\D", "", worker)) + 1
        os.environ["REDIS_URL"] = re.sub(r"/\d*$", f"/{number % 16}", os.environ["REDIS_URL"])
    elif not {"-h", "--help", "--version", "--markers", "--fixtures"} & set(args):
        atexit.register(_stop)  # not a hook of pytest: those are left out when a conftest does not load
        _start_what_is_missing()
    return (yield)


def _start_what_is_missing() -> None:
    global _folder
    for name, run in (("DATABASE_URL", run_postgres), ("REDIS_URL", run_redis)):
        if not os.environ.get(name):
            _folder = _folder or Path(tempfile.mkdtemp(prefix="plumbline-tests-"))
            server = run(_folder / name.lower(), _folder / "servers.log", durable=False)
            _running.append(server)
            os.environ[name] = server.url


def _stop() -> None:
    while _running:
        _running.pop().stop()
    if _folder is not None:
        shutil.rmtree(_folder, ignore_errors=True)
