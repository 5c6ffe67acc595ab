"""The process that runs queries: started by `sql_run`, alone, with nothing but its standard streams.

It reads one JSON object (tables, data sets, queries) from standard input, gives up every right that it does not
need, and writes one JSON line per query and data set: ``{"columns": [...], "rows": [...]}`` or ``{"error": "..."}``.
A query may only SELECT from the tables, with the functions named here. Steps, memory, rows and bytes are counted by
SQLite, so that the same query ends in the same way on every machine; the limits of the process stand behind them.

Standard library only: it runs without site-packages.
"""

from __future__ import annotations

import json
import resource
import signal
import sqlite3
import sys
from typing import Any

MAX_STEPS = 5_000_000
STEPS_PER_CHECK = 1_000
MAX_HEAP_BYTES = 64 * 1024 * 1024
MAX_PROCESS_BYTES = 512 * 1024 * 1024
MAX_CPU_SECONDS = 10
MAX_WALL_SECONDS = 180
MAX_ROWS = 1_000
MAX_CELL_CHARS = 2_000
MAX_RESULT_CHARS = 200_000


def words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Without format and printf: one call of them can count to two thousand million, which no step limit sees.
FUNCTIONS = words_of(
    "abs avg ceil ceiling char coalesce concat concat_ws count cume_dist date datetime dense_rank exp "
    "first_value floor glob group_concat hex ifnull iif instr julianday lag last_value lead length like "
    "ln log log10 log2 lower ltrim max min mod nth_value ntile nullif percent_rank pow power rank "
    "replace round row_number rtrim sign sqrt strftime string_agg substr substring sum time total trim trunc "
    "typeof unicode unixepoch upper"
)
LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 20_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 50_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 100,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 100_000,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 30,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 100,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}


class TooMuch(Exception):
    """The result is larger than anybody asked for."""


def give_up_rights() -> None:
    """From here on: no new file, no written byte but the answer's, no process, bounded time and memory."""
    signal.alarm(MAX_WALL_SECONDS)  # nobody waits any more: never left behind, even if the parent dies
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_PROCESS_BYTES, MAX_PROCESS_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def database(tables: list[dict[str, Any]], rows: dict[str, list[list[Any]]]) -> sqlite3.Connection:
    """The tables in memory, filled, and closed to everything but reading them."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute(f"PRAGMA hard_heap_limit = {MAX_HEAP_BYTES}")
    for table in tables:
        columns = ", ".join(f"{quoted(column['name'])} {column['type']}" for column in table["columns"])
        connection.execute(f"CREATE TABLE {quoted(table['name'])} ({columns})")
        marks = ", ".join("?" for _ in table["columns"])
        connection.executemany(f"INSERT INTO {quoted(table['name'])} VALUES ({marks})", rows.get(table["name"], []))  # noqa: S608
    connection.execute("PRAGMA query_only = ON")
    for limit, value in LIMITS.items():
        connection.setlimit(limit, value)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    connection.set_authorizer(only_reading({table["name"].lower() for table in tables}))
    return connection


def only_reading(names: set[str]) -> Any:
    def decide(action: int, first: str | None, second: str | None, place: str | None, inside: str | None) -> int:
        if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ and (first or "").lower() in names:
            return sqlite3.SQLITE_OK
        # A common table expression that is counted and never read comes without a place: it is not a table.
        if (
            action == sqlite3.SQLITE_READ
            and place is None
            and not second
            and not (first or "").lower().startswith("sqlite_")
        ):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in FUNCTIONS:
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY

    return decide


def run(connection: sqlite3.Connection, query: str) -> dict[str, Any]:
    """One query: its result, or what went wrong in words for whoever wrote it."""
    steps = 0

    def count() -> bool:
        nonlocal steps
        steps += STEPS_PER_CHECK
        return steps > MAX_STEPS

    connection.set_progress_handler(count, STEPS_PER_CHECK)
    try:
        cursor = connection.execute(query)
        if cursor.description is None:
            return {"error": "this is not a query that returns rows"}
        return {"columns": [column[0] for column in cursor.description], "rows": collect(cursor)}
    except TooMuch as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": "it needs too much memory"}
    except sqlite3.Error as error:
        return {"error": in_words(str(error), steps)}
    except (ValueError, OverflowError, UnicodeError, sqlite3.Warning) as error:
        return {"error": str(error)[:200]}


def in_words(problem: str, steps: int) -> str:
    if problem == "interrupted":
        return f"it was stopped after {steps:,} steps: it takes too long"
    if "authorized" in problem or "prohibited" in problem:
        return f"only SELECT from the tables of this question is possible here ({problem})"
    return problem[:200]


def collect(cursor: sqlite3.Cursor) -> list[list[Any]]:
    rows: list[list[Any]] = []
    chars = 0
    for row in cursor:
        cells = [f"x'{cell.hex()}'" if isinstance(cell, bytes) else cell for cell in row]
        chars += sum(len(cell) if isinstance(cell, str) else 20 for cell in cells)
        if any(isinstance(cell, str) and len(cell) > MAX_CELL_CHARS for cell in cells) or chars > MAX_RESULT_CHARS:
            raise TooMuch("the result is too large")
        if len(rows) == MAX_ROWS:
            raise TooMuch(f"it returns more than {MAX_ROWS:,} rows")
        rows.append(cells)
    return rows


def main() -> None:
    work = json.load(sys.stdin)
    give_up_rights()
    connections = [database(work["tables"], rows) for rows in work["sets"]]
    for query in work["queries"]:
        for connection in connections:
            sys.stdout.write(json.dumps(run(connection, query)) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
