"""`make run`: everything on one machine, with nothing installed beforehand and nothing left behind.

Starts PostgreSQL and Redis unless DATABASE_URL and REDIS_URL name others, prepares the data, then keeps
the web, worker and beat processes running until Ctrl-C.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import http.client
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import TextIO

import dj_database_url
import psycopg
import redis

from config.children import CannotStart, Child, die_with_parent, last_line, spawn, stop, stop_all
from config.servers import Server, run_postgres, run_redis

BASE_DIR = Path(__file__).resolve().parent.parent
ROOMS = ("config", "accounts", "question_bank", "assessments", "reports", "psychometrics")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
OLDEST_POSTGRES = 140_000
WEB_PATIENCE = 60.0


# --- the program -----------------------------------------------------------------------------
def main(arguments: Sequence[str] | None = None) -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        chosen = _parse(arguments)
        if chosen.with_parent:
            die_with_parent()
        with contextlib.ExitStack() as at_the_end:
            try:
                _run(chosen.host, chosen.port, Path(chosen.data).expanduser().absolute(), at_the_end)
            finally:
                _ignore_signals()  # nothing may cut the tidying short
    except KeyboardInterrupt:
        print("Stopped.", flush=True)
    except CannotStart as problem:
        print(f"plumbline: {problem}", file=sys.stderr, flush=True)
        return 1
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m config.embedded", description=__doc__)
    parser.add_argument("--port", type=_port, default=8000, help="port of the web pages (8000)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1: this machine only)")
    parser.add_argument("--data", default="var", help="folder for the database, queue and logs (var)")
    parser.add_argument("--with-parent", action="store_true", help="stop when the process that started this ends")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CannotStart(f"PORT must be a number from 1 to 65535, not {text}.")
    return int(text)


def _interrupt(number: int, frame: FrameType | None) -> None:
    _ignore_signals()  # one is enough
    raise KeyboardInterrupt


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _run(host: str, port: int, data: Path, at_the_end: contextlib.ExitStack) -> None:
    started = time.monotonic()
    _make_folders(data)
    at_the_end.enter_context(_only_one(data))
    door = at_the_end.enter_context(_open_door(host, port))
    servers, env = _start_servers(data, at_the_end)
    env |= _environment(host, port, data)
    logins = _prepare(data, env)
    web, *others = children = _children(door, data, env)
    at_the_end.callback(stop_all, children)
    watched = [*(server.child for server in servers), web]
    _wait_for_web(web, host, port, watched)
    watched += others  # started by the first look after them: the pages come first
    _say_hello(env["SITE_URL"], host, logins, data, time.monotonic() - started)
    while True:
        _tend(watched)
        time.sleep(0.2)


def _tend(children: Sequence[Child]) -> None:
    for child in children:
        if line := child.tend():
            print(f"  {time.strftime('%H:%M:%S')} {line}", flush=True)


# --- the folder and the port -----------------------------------------------------------------
def _make_folders(data: Path) -> None:
    try:
        data.mkdir(parents=True, exist_ok=True)
        logs = data / "log"
        logs.mkdir(mode=0o700, exist_ok=True)
        (logs / "setup.log").write_bytes(b"")
    except OSError as problem:
        raise CannotStart(
            f"Cannot write to {data} ({problem.strerror}). Choose another: make run DATA=FOLDER"
        ) from None


@contextlib.contextmanager
def _only_one(data: Path) -> Iterator[TextIO]:
    """Hold the folder's lock. The kernel lets go of it when this process ends, however that ends."""
    with (data / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            message = f"Plumbline is already running on {data}. Choose another folder: make run PORT=8001 DATA=FOLDER"
            raise CannotStart(message) from None
        yield lock


@contextlib.contextmanager
def _open_door(host: str, port: int) -> Iterator[socket.socket]:
    """Take the port at once and keep it: callers wait in the queue while the web process (re)starts."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind(address)
            door.listen(256)
            yield door
    except OSError as problem:
        raise CannotStart(
            f"Cannot listen on {host}:{port} ({problem.strerror}). Choose another: make run PORT=8001"
        ) from None


# --- database and queue ----------------------------------------------------------------------
def _start_servers(data: Path, at_the_end: contextlib.ExitStack) -> tuple[list[Server], dict[str, str]]:
    servers: list[Server] = []
    urls = {name: os.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL")}
    if urls["DATABASE_URL"]:
        _check_database(urls["DATABASE_URL"])
    if urls["REDIS_URL"]:
        _check_redis(urls["REDIS_URL"])
    for name, run, folder in (("DATABASE_URL", run_postgres, "postgres"), ("REDIS_URL", run_redis, "redis")):
        if not urls[name]:
            with _step("PostgreSQL" if folder == "postgres" else "Redis"):
                server = run(data / folder, data / "log" / f"{folder}.log")
            at_the_end.callback(server.stop)
            servers.append(server)
            urls[name] = server.url
    return servers, {**os.environ, **urls}


def _check_database(url: str) -> None:
    if not url.startswith(("postgres://", "postgresql://")):
        raise CannotStart("DATABASE_URL must be of the form postgres://USER:PASSWORD@HOST:PORT/NAME.")
    try:
        version = _version_of(url)
    except (psycopg.Error, ValueError) as problem:
        reason = " ".join(str(problem).split())[:200]
        raise CannotStart(f"The database of DATABASE_URL does not answer: {reason}") from None
    if version < OLDEST_POSTGRES:
        raise CannotStart(f"The database is PostgreSQL {version // 10_000}; Plumbline needs 14 or newer.")


def _version_of(url: str) -> int:
    parts = dj_database_url.parse(url)
    with psycopg.connect(
        host=parts.get("HOST") or None,
        port=parts.get("PORT") or None,
        dbname=parts.get("NAME"),
        user=parts.get("USER") or None,
        password=parts.get("PASSWORD") or None,
        connect_timeout=5,
        **parts.get("OPTIONS", {}),
    ) as connection:
        return connection.info.server_version


def _check_redis(url: str) -> None:
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as client:
            client.ping()
    except (redis.RedisError, ValueError) as problem:
        raise CannotStart(f"The Redis of REDIS_URL does not answer: {' '.join(str(problem).split())[:200]}") from None


# --- what the processes are told -------------------------------------------------------------
def _environment(host: str, port: int, data: Path) -> dict[str, str]:
    """Settings of the embedded mode. What the person has set in the environment wins."""
    given = {
        "SECRET_KEY": _kept_secret(data / "secret_key", 60),
        "DEMO": "1",
        "DEMO_PASSWORD": _kept_secret(data / "demo_password", 9),
        "SITE_URL": f"http://localhost:{port}",
        "ALLOWED_HOSTS": ",".join(_own_names(host)),
        "PLAIN_STATIC": "1",
        # Several threads for small matrices cost more than they bring where every core has work.
        "OPENBLAS_NUM_THREADS": "1",
        "CELERY_BEAT_SCHEDULE_FILENAME": str(data / "celerybeat-schedule"),
    }
    fixed = {"DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(BASE_DIR), "PYTHONUNBUFFERED": "1"}
    return {name: os.environ.get(name) or value for name, value in given.items()} | fixed


def _own_names(host: str) -> list[str]:
    """What a browser may call this machine: never anything, because links in mails are made from it."""
    names = ["localhost", "127.0.0.1", "[::1]"]
    if host in LOOPBACK:
        return names
    names += [host, socket.gethostname(), f"{socket.gethostname()}.local"]
    with contextlib.suppress(OSError):
        names += [str(found[4][0]) for found in socket.getaddrinfo(socket.gethostname(), None)]
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing: asks which of its addresses this machine would use
        names.append(probe.getsockname()[0])
    return list(dict.fromkeys(name for name in names if name not in ("0.0.0.0", "::")))  # noqa: S104


def _kept_secret(path: Path, length: int) -> str:
    """A random text that is made once and kept where only its owner can read it."""
    if path.exists() and (kept := path.read_text().strip()):
        return kept
    path.touch(mode=0o600)
    path.write_text(secrets.token_urlsafe(length))
    return path.read_text()


# --- preparing the data ----------------------------------------------------------------------
def _prepare(data: Path, env: dict[str, str]) -> list[str]:
    """Bring the database up to this code and content, once for each state of them. Returns the demo logins."""
    stamp, logins = data / "prepared", data / "logins.txt"
    state = _state_of_code() + _state_of_database(data)
    if logins.exists() and stamp.exists() and stamp.read_text() == state:
        return logins.read_text().splitlines()
    stamp.unlink(missing_ok=True)
    for label, command in (
        ("Database tables", ("migrate", "--no-input")),
        ("Question bank", ("bank", "load")),
        ("Ready-made assessments", ("library",)),
        ("Demo organisation", ("demo",)),
    ):
        with _step(label):
            _manage(command, data, env)
    logins.touch(mode=0o600)
    logins.write_text(_logins(data, env))
    stamp.write_text(state)
    return logins.read_text().splitlines()


def _state_of_code() -> str:
    """A hash of everything that decides what preparing does."""
    digest = hashlib.sha256()
    for room in ROOMS:
        for path in sorted((BASE_DIR / room).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(str(path.relative_to(BASE_DIR)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _manage(command: Sequence[str], data: Path, env: dict[str, str], log: Path | None = None) -> None:
    log = log or data / "log" / "setup.log"
    process = spawn([sys.executable, BASE_DIR / "manage.py", *command], log=log, env=env)
    try:
        status = process.wait()
    except BaseException:
        process.terminate()
        stop(process, 5)
        raise
    if status:
        raise CannotStart(f"manage.py {' '.join(command)} failed: {last_line(log)} (log: {log})")


def _logins(data: Path, env: dict[str, str]) -> str:
    out = data / "log" / "logins.log"
    out.unlink(missing_ok=True)
    _manage(("demo", "--logins"), data, env, log=out)
    return out.read_text()


def _state_of_database(data: Path) -> str:
    """Changes when the data folder's database is made anew; a database elsewhere is prepared at every start."""
    if os.environ.get("DATABASE_URL"):
        return secrets.token_hex()
    made = (data / "postgres" / "PG_VERSION").stat()
    return f" {made.st_ino} {made.st_mtime_ns}"


@contextlib.contextmanager
def _step(label: str) -> Iterator[None]:
    """One line of progress: what is being done, and how long it took."""
    started = time.monotonic()
    print(f"  {label:.<34} ", end="", flush=True)
    try:
        yield
    except BaseException:
        print("stopped", flush=True)
        raise
    print(f"{time.monotonic() - started:5.1f} s", flush=True)


# --- the processes ---------------------------------------------------------------------------
def _children(door: socket.socket, data: Path, env: dict[str, str]) -> list[Child]:
    python, log = sys.executable, data / "log"
    celery = [python, "-m", "celery", "--app", "config"]
    number = door.fileno()
    web = [python, "-m", "gunicorn", "config.wsgi", "--config", "python:config.gunicorn"]
    web += ["--bind", f"fd://{number}", "--graceful-timeout", "5"]
    worker = [*celery, "worker", "--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    beat = [*celery, "beat", "--pidfile", "", "--loglevel", "INFO"]
    return [
        Child("web", web, log / "web.log", env | {"DATABASE_POOL": "1"}, pass_fds=(number,)),
        Child("worker", worker, log / "worker.log", env),
        Child("beat", beat, log / "beat.log", env),
    ]


def _wait_for_web(web: Child, host: str, port: int, watched: Sequence[Child]) -> None:
    with _step("Web pages"):
        end = time.monotonic() + WEB_PATIENCE
        while True:
            _tend(watched)
            if web.process is not None and _answers(host, port):
                return
            if web.failures > 1 or time.monotonic() > end:
                raise CannotStart(f"The web process does not answer: {last_line(web.log)} (log: {web.log})")
            time.sleep(0.1)


def _answers(host: str, port: int) -> bool:
    address = "127.0.0.1" if host in ("0.0.0.0", "localhost") else host  # noqa: S104
    connection = http.client.HTTPConnection(address, port, timeout=1)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost", "X-Forwarded-Proto": "https"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _say_hello(address: str, host: str, logins: Sequence[str], data: Path, seconds: float) -> None:
    print(f"\nPlumbline is ready after {seconds:.1f} s:  {address}\n")
    for line in logins:
        print(f"  {line}")
    if host not in LOOPBACK:
        print("\nOthers on the network can reach this trial installation: use a network that you trust.")
    print(f"\nData and logs: {data} (log/*.log). Ctrl-C stops everything.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
