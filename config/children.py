"""Child processes that do not outlive their parent, and that are started again when they die."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LOG_KEPT = 5_000_000  # bytes; a longer log is moved aside when its process is started
STEADY_SECONDS = 60  # a child that ran for so long is not counted as failing when it stops
LONGEST_PAUSE = 30.0

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class CannotStart(Exception):
    """Something that the person at the terminal can change; the text is one line that says what."""


def die_with_parent(how: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel to signal this process when its parent ends, however that ends. Linux only."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(how))


def _tied_to(parent: int, how: signal.Signals) -> Callable[[], None]:
    def tie() -> None:
        die_with_parent(how)
        if os.getppid() != parent:  # it ended between the fork and the line above
            os._exit(1)

    return tie


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str],
    pass_fds: Sequence[int] = (),
    orphaned: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, so that Ctrl-C reaches the parent alone. Output goes to ``log``.

    To be called by the main thread: the process is ended when the thread that started it ends.
    """
    if log.exists() and log.stat().st_size > LOG_KEPT:
        log.replace(log.with_name(f"{log.name}.1"))
    with log.open("ab") as out:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=dict(env),
            pass_fds=pass_fds,
            start_new_session=True,
            preexec_fn=_tied_to(os.getpid(), orphaned),
        )


def stop(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait for a process that was asked to end, then end it and whatever it started."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def last_line(log: Path) -> str:
    """The last line of a log that says something, for a message to the terminal."""
    try:
        lines = log.read_bytes()[-4000:].decode(errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")


@dataclass
class Child:
    """A process that should be running."""

    name: str
    command: Sequence[str | Path]
    log: Path
    env: Mapping[str, str]
    pass_fds: Sequence[int] = ()
    gently: signal.Signals = signal.SIGTERM
    patience: float = 10.0
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    _started: float = field(default=0.0, repr=False)
    _due: float = field(default=0.0, repr=False)

    def start(self) -> None:
        self.process = spawn(self.command, log=self.log, env=self.env, pass_fds=self.pass_fds, orphaned=self.gently)
        self._started = time.monotonic()

    def tend(self) -> str | None:
        """Start it if it is due; if it has just ended, plan the next start and say so."""
        now = time.monotonic()
        if self.process is None:
            if now >= self._due:
                self.start()
            return None
        status = self.process.poll()
        if status is None:
            return None
        stop(self.process, 0)  # what it started must not live on beside its successor
        self.process = None
        self.failures = 1 if now - self._started > STEADY_SECONDS else self.failures + 1
        pause = min(LONGEST_PAUSE, 0.5 * 2**self.failures)
        self._due = now + pause
        return f"{self.name} stopped ({_how(status)}); starting it again in {pause:.0f} s. Its log: {self.log}"

    def ask_to_end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.gently)


def _how(status: int) -> str:
    return f"exit status {status}" if status >= 0 else signal.Signals(-status).name


def stop_all(children: Sequence[Child]) -> None:
    """Ask all at once, then wait for each: the slowest decides how long it takes, not their sum."""
    for child in children:
        child.ask_to_end()
    for child in children:
        if child.process is not None:
            stop(child.process, child.patience)
            child.process = None
