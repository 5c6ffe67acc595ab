"""`make run`: what it does with folders, ports, databases and processes that are not as they should be."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
import redis

from config import children, embedded, servers
from config.children import CannotStart, Child

ENV = {"PATH": os.environ["PATH"]}
SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@contextlib.contextmanager
def running(server: servers.Server) -> Iterator[servers.Server]:
    try:
        yield server
    finally:
        server.stop()


def ask(server: servers.Server, query: LiteralString) -> object:
    with psycopg.connect(server.url) as connection:
        cursor = connection.execute(query)
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def main(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        status = embedded.main([str(argument) for argument in arguments])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return status, capsys.readouterr().err


def one_line(text: str) -> bool:
    return text.startswith("plumbline: ") and text.count("\n") == 1 and "Traceback" not in text


def test_postgres_keeps_its_data_over_a_stop(tmp_path: Path) -> None:
    with running(servers.run_postgres(tmp_path / "pg", tmp_path / "log", durable=False)) as server:
        ask(server, "SELECT 42 AS answer INTO kept")
    with running(servers.run_postgres(tmp_path / "pg", tmp_path / "log", durable=False)) as server:
        assert ask(server, "SELECT answer FROM kept") == 42


def test_postgres_starts_over_a_server_that_was_left_behind(tmp_path: Path) -> None:
    left = servers.run_postgres(tmp_path / "pg", tmp_path / "log")
    with running(servers.run_postgres(tmp_path / "pg", tmp_path / "log")) as server:
        assert left.child.process is not None
        assert left.child.process.wait(5) is not None
        assert ask(server, "SELECT 1") == 1


def test_postgres_ignores_a_pid_file_whose_number_belongs_to_something_else(tmp_path: Path) -> None:
    servers.run_postgres(tmp_path / "pg", tmp_path / "log", durable=False).stop()
    (tmp_path / "pg" / "postmaster.pid").write_text(f"{os.getpid()}\n{tmp_path / 'pg'}\n1\n5432\n\n\n\nready\n")
    with running(servers.run_postgres(tmp_path / "pg", tmp_path / "log", durable=False)) as server:
        assert ask(server, "SELECT 1") == 1


def test_a_long_path_gets_a_short_folder_for_its_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    with running(servers.run_postgres(deep, tmp_path / "log", durable=False)) as server:
        short = [Path(scratch.name) for scratch in server.scratch]
        assert ask(server, "SELECT 1") == 1
    assert short
    assert not any(path.exists() for path in short)


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg" / "photo.jpg").touch()
    with pytest.raises(CannotStart, match="not a database"):
        servers.run_postgres(tmp_path / "pg", tmp_path / "log")
    assert (tmp_path / "pg" / "photo.jpg").exists()


def test_redis_keeps_its_queue_over_a_stop_and_asks_for_its_password(tmp_path: Path) -> None:
    with running(servers.run_redis(tmp_path / "redis", tmp_path / "log")) as server:
        with redis.Redis.from_url(server.url) as client:
            client.set("kept", "yes")
        stranger = redis.Redis.from_url(f"redis://{server.url.split('@')[1]}")
        with stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
    assert (tmp_path / "redis" / "redis.conf").stat().st_mode & 0o077 == 0
    with running(servers.run_redis(tmp_path / "redis", tmp_path / "log")) as server:
        client = redis.Redis.from_url(server.url)
        assert client.get("kept") == b"yes"
        client.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux does this")
def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys, time; from config.children import spawn;"
        f"p = spawn({SLEEP!r}, log=pathlib.Path({str(tmp_path / 'log')!r}), env={ENV!r});"
        "print(p.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=embedded.BASE_DIR
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    end = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert not is_alive(pid)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_child_that_dies_is_started_again_after_a_growing_pause(tmp_path: Path) -> None:
    child = Child("worker", SLEEP, tmp_path / "log", ENV)
    child.start()
    pauses = []
    for _ in range(2):
        assert child.process is not None
        child.process.kill()
        child.process.wait()
        line = child.tend()
        assert line is not None
        assert "worker stopped (SIGKILL)" in line
        pauses.append(child._due - time.monotonic())
        child._due = 0
        child.tend()
    assert pauses[0] < pauses[1]
    children.stop_all([child])
    assert child.process is None


def test_a_child_that_will_not_end_is_ended_with_what_it_started(tmp_path: Path) -> None:
    stubborn = "import os, signal, time; signal.signal(15, signal.SIG_IGN); os.fork(); print('up', flush=True); "
    child = Child("web", [sys.executable, "-c", stubborn + "time.sleep(60)"], tmp_path / "log", ENV, patience=0.2)
    child.start()
    assert child.process is not None
    group = child.process.pid
    end = time.monotonic() + 5
    while (tmp_path / "log").read_text().count("up") < 2 and time.monotonic() < end:
        time.sleep(0.02)
    children.stop_all([child])
    with contextlib.suppress(ProcessLookupError):
        for _ in range(100):  # the orphan is gone as soon as init has collected it
            os.killpg(group, 0)
            time.sleep(0.05)
        pytest.fail("a process is left")


def test_a_taken_port_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        status, error = main(capsys, "--port", taken.getsockname()[1], "--data", tmp_path)
    assert status == 1
    assert one_line(error)
    assert "Address already in use" in error


@pytest.mark.parametrize("port", ["0", "99999", "http", "-1"])
def test_a_port_that_is_none_is_said_in_one_line(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, error = main(capsys, f"--port={port}")
    assert status == 1
    assert one_line(error)


def test_a_folder_that_cannot_be_written_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    status, error = main(capsys, "--data", tmp_path / "file" / "var")
    assert status == 1
    assert one_line(error)
    assert "Cannot write to" in error


def test_the_same_folder_twice_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with embedded._only_one(tmp_path):
        status, error = main(capsys, "--data", tmp_path)
    assert status == 1
    assert one_line(error)
    assert "already running" in error


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgres://someone:secret@127.0.0.1:1/none"),
        ("DATABASE_URL", "mysql://127.0.0.1/none"),
        ("REDIS_URL", "redis://:secret@127.0.0.1:1/0"),
        ("REDIS_URL", "nonsense"),
    ],
)
def test_a_dead_server_is_said_in_one_line_without_its_password(
    name: str, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv(name, value)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    status, error = main(capsys, "--port", port, "--data", tmp_path)
    assert status == 1
    assert one_line(error)
    assert name in error
    assert "secret" not in error


def test_a_secret_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    key = embedded._kept_secret(tmp_path / "secret_key", 60)
    assert len(key) >= 50
    assert embedded._kept_secret(tmp_path / "secret_key", 60) == key
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_only_this_machine_is_a_host_unless_asked_otherwise() -> None:
    assert embedded._own_names("127.0.0.1") == ["localhost", "127.0.0.1", "[::1]"]
    open_to_all = embedded._own_names("0.0.0.0")  # noqa: S104
    assert socket.gethostname() in open_to_all
    assert "*" not in open_to_all
