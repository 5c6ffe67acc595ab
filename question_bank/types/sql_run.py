"""Runs queries of candidates in a process of their own and tells their failures from ours.

What a query does wrong (syntax, steps, memory, a crash of its process) is a result of the query. What goes wrong around
it (no process, no time on a busy machine) raises `CannotRun`, and whoever asked tries again later: it must never
become a mark.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHILD = Path(__file__).with_name("sql_child.py")
PATIENCE_SECONDS = 120.0
_ITS_OWN_FAULT = {signal.SIGXCPU, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE}

Row = Sequence[Any]


class CannotRun(RuntimeError):
    """The machinery failed, not the query."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a query returned, or ``error``: why it returned nothing, in words for whoever wrote it."""

    columns: Sequence[str] = ()
    rows: Sequence[Row] = ()
    error: str = ""


def run_queries(
    tables: Sequence[Mapping[str, Any]],
    sets: Sequence[Mapping[str, Sequence[Row]]],
    queries: Sequence[str],
    *,
    patience: float | None = None,
) -> list[list[Result]]:
    """Each query against each data set, in the order given: one list per query. The last query is the hostile one.

    patience: seconds of waiting, far more than the processor time that a query gets, for machines are busy.

    Raises:
        CannotRun: try again later. Also where a query before the last one ends the process.
    """
    work = json.dumps({"tables": tables, "sets": sets, "queries": queries})
    lines, ended_by = _in_a_process(work, PATIENCE_SECONDS if patience is None else patience)
    wanted = len(sets) * len(queries)
    try:
        results = [Result(**json.loads(line)) for line in lines[:wanted]]
    except (ValueError, TypeError) as error:
        raise CannotRun("the process wrote what nobody can read") from error
    if len(results) < wanted:
        if ended_by not in _ITS_OWN_FAULT or len(results) < len(sets) * (len(queries) - 1):
            raise CannotRun(f"the process ended early ({ended_by}, {len(results)} of {wanted} results)")
        results += [Result(error="it needs too much time or memory")] * (wanted - len(results))
    return [results[start : start + len(sets)] for start in range(0, wanted, len(sets))]


def _in_a_process(work: str, patience: float) -> tuple[list[str], int]:
    """The lines that the process wrote, and the signal that ended it (0 for none)."""
    environment = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    try:
        with subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", str(CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env=environment,
            cwd="/",
            start_new_session=True,
        ) as process:
            try:
                written, _ = process.communicate(work, timeout=patience)
            except BaseException:
                process.kill()
                raise
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise CannotRun(f"no answer from the process: {error}") from error
    complete = written[: written.rfind("\n") + 1]
    return complete.splitlines(), max(0, -process.returncode)
