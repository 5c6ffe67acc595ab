"""SQL: the candidate's query is run on data that it has not seen, and its results are compared."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import Field, FiniteFloat, StrictInt, StrictStr, StringConstraints, model_validator

from question_bank.types.base import (
    MAX_ANSWER_CHARS,
    Answer,
    DescribedLine,
    Flaw,
    Payload,
    Presentation,
    QuestionType,
    Raw,
    Sample,
    TriedOut,
)
from question_bank.types.code import CodePresentation, a_guess, as_file, clean_text
from question_bank.types.sql_compare import same_result
from question_bank.types.sql_run import CannotRun, Result, run_queries

Name = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]{0,39}$")]
Cell = (
    Annotated[StrictInt, Field(ge=-(2**63), lt=2**63)]
    | Annotated[float, Field(strict=True, allow_inf_nan=False)]
    | Annotated[StrictStr, StringConstraints(max_length=500, strip_whitespace=False)]
    | None
)
Rows = Annotated[tuple[tuple[Cell, ...], ...], Field(max_length=200)]
Query = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ANSWER_CHARS)]
TRY_SECONDS = 15.0
_FITS: dict[str, Any] = {"integer": int, "real": (int, float), "text": str}


class Column(Payload):
    name: Name
    type: Literal["integer", "real", "text"]


class Table(Payload):
    """``rows`` are a sample that candidates see; they carry no mark."""

    name: Name
    columns: tuple[Column, ...] = Field(min_length=1, max_length=12)
    rows: Rows = ()


class DataSet(Payload):
    """Data that candidates do not see, worth a share. ``message`` says what a query gets right that is right here.

    ``rows``: by the name of the table; a table that is not named is empty.
    """

    message: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    share: Annotated[FiniteFloat, Field(gt=0, le=100)] = 1.0
    rows: dict[str, Rows]


class SqlPayload(Payload):
    """``solution`` is run on the same data, so what is right is never written down by hand.

    result: the names of the columns that are asked for, in their order. ordered: the order of rows counts.
    column_names: the names count, too. tolerance: of numbers, absolute or relative.
    """

    tables: tuple[Table, ...] = Field(min_length=1, max_length=6)
    data_sets: tuple[DataSet, ...] = Field(min_length=1, max_length=8)
    result: tuple[Annotated[str, StringConstraints(min_length=1, max_length=60)], ...] = Field(
        min_length=1, max_length=12
    )
    solution: Query
    start: Annotated[str, StringConstraints(max_length=MAX_ANSWER_CHARS)] = ""
    ordered: bool = False
    column_names: bool = False
    tolerance: Annotated[FiniteFloat, Field(ge=0, le=1)] = 1e-6

    @model_validator(mode="after")
    def _rows_fit_their_tables(self) -> Self:
        tables = {table.name: table for table in self.tables}
        if len(tables) < len(self.tables):
            raise ValueError("two tables have the same name")
        for table in self.tables:
            _check_rows(table, table.rows, "the visible rows")
        for number, data in enumerate(self.data_sets, start=1):
            for name, rows in data.rows.items():
                if name not in tables:
                    raise ValueError(f"data set {number} has rows for {name!r}, which is no table")
                _check_rows(tables[name], rows, f"data set {number}")
        return self


def _check_rows(table: Table, rows: Sequence[Sequence[Any]], where: str) -> None:
    for number, row in enumerate(rows, start=1):
        if len(row) != len(table.columns):
            raise ValueError(f"{where}: row {number} of {table.name} has {len(row)} cells, not {len(table.columns)}")
        for cell, column in zip(row, table.columns, strict=True):
            if cell is not None and not isinstance(cell, _FITS[column.type]):
                raise ValueError(f"{where}: row {number} of {table.name}: {cell!r} is not {column.type}")


@dataclass(frozen=True, slots=True)
class SqlPresentation(CodePresentation):
    """The tables with their sample rows, and the names of the columns that are asked for."""

    tables: tuple[Table, ...] = ()
    result: tuple[str, ...] = ()


class Sql(QuestionType[SqlPayload]):
    slug = "sql"
    label = "SQL"
    payload_model = SqlPayload

    def present(self, payload: SqlPayload, seed: int, *, shuffle: bool = True) -> Presentation:
        names = "The names of the columns count." if payload.column_names else "What the columns are called is free."
        order = "The order of the rows counts." if payload.ordered else "The order of the rows is free."
        return SqlPresentation(
            hint=f"One SELECT in SQLite's SQL. It is run on other data than the rows shown. {order} {names}",
            language="sql",
            label="Your query",
            start=as_file(payload.start),
            tables=payload.tables,
            result=payload.result,
            typed=True,
        )

    def clean(self, payload: SqlPayload, raw: Raw, seed: int) -> Answer | None:
        return clean_text(raw, payload.start)

    def filled_in(self, payload: SqlPayload, answer: Answer | None, seed: int) -> Sequence[str]:
        return [answer["text"]] if answer else []

    def guess(self, payload: SqlPayload, rng: random.Random) -> Answer | None:
        return a_guess(rng)

    def solved(self, payload: SqlPayload) -> Answer | None:
        return {"text": as_file(payload.solution).strip()}

    def mark(self, payload: SqlPayload, answer: Answer | None) -> float:
        """The shares of the hidden data sets on which the query returns what the solution returns.

        Raises:
            CannotRun: the machinery failed; the mark has to be made later.
        """
        if not answer or not _is_query(answer["text"]):
            return 0.0
        return _points(payload, [held for held, _ in _judge(payload, answer["text"])])

    def describe(self, payload: SqlPayload, answer: Answer | None) -> Sequence[DescribedLine]:
        judged: list[tuple[bool, str]] = [(False, "")] * len(payload.data_sets)
        lines, problem = [], ""
        if answer:
            try:
                judged = _judge(payload, answer["text"]) if _is_query(answer["text"]) else judged
            except CannotRun:
                problem = "The query could not be run just now. Reload the page to see what it gets right."
            lines.append(DescribedLine("The query", True, all(held for held, _ in judged), problem, answer["text"]))
        whole = sum(data.share for data in payload.data_sets)
        for data, (held, why) in zip(payload.data_sets, judged, strict=True):
            worth = f"{100 * data.share / whole:.0f} % of the point."
            lines.append(DescribedLine(data.message, held, True, f"{worth} {why}".strip()))
        if not all(held for held, _ in judged):
            lines.append(DescribedLine("One query that does", False, True, code=as_file(payload.solution)))
        return lines

    def try_out(self, payload: SqlPayload, text: str) -> TriedOut:
        """Runs a text on the rows that candidates see."""
        if len(text) > MAX_ANSWER_CHARS or not _is_query(text):
            return TriedOut(problem="A query begins with SELECT or WITH.")
        try:
            result = run_queries(_schema(payload), [_sample_rows(payload)], [text], patience=TRY_SECONDS)[0][0]
        except CannotRun:
            return TriedOut(problem="The query could not be run just now. Your answer is not affected; try again.")
        if result.error:
            return TriedOut(problem=f"The query did not run: {result.error}.")
        return TriedOut(tuple(result.columns), tuple(map(tuple, result.rows[:50])), count=len(result.rows))

    def check(self, payload: SqlPayload) -> Sequence[Flaw]:
        try:
            seen, *hidden = _run(payload, [payload.solution], with_sample=True)[0]
            broken = next((one.error for one in (seen, *hidden) if one.error), "")
            if broken:
                return [Flaw(f"the solution does not run: {broken}", ("solution",))]
            problems = []
            if len(seen.columns) != len(payload.result):
                words = f"the solution returns {len(seen.columns)} columns, but result names {len(payload.result)}"
                problems.append(Flaw(words, ("result",)))
            elif payload.column_names and [*map(str.lower, seen.columns)] != [*map(str.lower, payload.result)]:
                words = f"the solution names its columns {', '.join(seen.columns)}, not as result does"
                problems.append(Flaw(words, ("solution",)))
            for place, result in enumerate(hidden):
                words = ""
                if not result.rows:
                    words = "the solution returns no rows, so many wrong queries would, too"
                elif _same(payload, result, seen):
                    words = "the result is that of the visible rows, so it could be copied"
                if words:
                    problems.append(Flaw(f"data set {place + 1}: {words}", ("data_sets", place)))
            if payload.start and self.mark(payload, {"text": as_file(payload.start)}) == 1:
                problems.append(Flaw("the query at the start earns the whole point already", ("start",)))
        except CannotRun as error:
            return [Flaw(f"the solution could not be run: {error}; try again", ("solution",))]
        return problems

    def samples(self) -> Sequence[Sample]:
        return [_BEST_RUNS, _LATEST]


def _is_query(text: str) -> bool:
    """Whether the first word, after comments, can begin a query: saves a process where it cannot."""
    rest = text.lstrip()
    while rest.startswith(("--", "/*")):
        end = "\n" if rest.startswith("--") else "*/"
        _, _, rest = rest.partition(end)
        rest = rest.lstrip()
    return rest[:6].lower() in ("select", "values") or rest[:4].lower() == "with"


def _schema(payload: SqlPayload) -> list[dict[str, Any]]:
    return [table.model_dump(include={"name", "columns"}) for table in payload.tables]


def _sample_rows(payload: SqlPayload) -> Mapping[str, Rows]:
    return {table.name: table.rows for table in payload.tables}


def _run(payload: SqlPayload, queries: Sequence[str], *, with_sample: bool = False) -> list[list[Result]]:
    sets = [data.rows for data in payload.data_sets]
    if with_sample:
        sets.insert(0, dict(_sample_rows(payload)))
    return run_queries(_schema(payload), sets, queries)


def _judge(payload: SqlPayload, text: str) -> list[tuple[bool, str]]:
    """For each hidden data set: whether the query is right there, and why not where it did not run."""
    wanted, given = _run(payload, [payload.solution, text])
    if broken := next((one.error for one in wanted if one.error), ""):
        raise CannotRun(f"the question's own solution does not run: {broken}")
    pairs = zip(given, wanted, strict=True)
    return [(_same(payload, one, other), f"It did not run: {one.error}." if one.error else "") for one, other in pairs]


def _same(payload: SqlPayload, given: Result, wanted: Result) -> bool:
    named = Result(payload.result, wanted.rows) if payload.column_names else wanted
    return same_result(given, named, ordered=payload.ordered, named=payload.column_names, tolerance=payload.tolerance)


def _points(payload: SqlPayload, held: Sequence[bool]) -> float:
    missed = sum(data.share for data, right in zip(payload.data_sets, held, strict=True) if not right)
    return max(0.0, 1.0 - missed / sum(data.share for data in payload.data_sets))


# --- samples ---------------------------------------------------------------------------------------

_RUNS = {
    "name": "runs",
    "columns": [
        {"name": "id", "type": "integer"},
        {"name": "model", "type": "text"},
        {"name": "status", "type": "text"},
        {"name": "auc", "type": "real"},
    ],
    "rows": [
        [1, "churn", "finished", 0.81],
        [2, "churn", "failed", None],
        [3, "churn", "finished", 0.84],
        [4, "fraud", "finished", 0.92],
    ],
}
_BEST_SOLUTION = "SELECT model, max(auc) FROM runs WHERE status = 'finished' GROUP BY model"
_BEST_PAYLOAD: dict[str, Any] = {
    "tables": [_RUNS],
    "data_sets": [
        {
            "message": "The best finished run of each model is found.",
            "rows": {"runs": [[1, "a", "finished", 0.5], [2, "a", "finished", 0.7], [3, "b", "finished", 0.6]]},
        },
        {
            "message": "A run that did not finish does not count, whatever was logged.",
            "share": 2,
            "rows": {"runs": [[1, "a", "failed", 0.99], [2, "a", "finished", 0.7], [3, "b", "running", 0.8]]},
        },
    ],
    "result": ["model", "best_auc"],
    "solution": _BEST_SOLUTION,
}
_BEST_RUNS = Sample(
    payload=_BEST_PAYLOAD,
    marks=[
        ({"text": _BEST_SOLUTION}, 1.0),
        (
            {"text": "with f as (select * from runs where status='finished') select model, max(auc) from f group by 1"},
            1,
        ),
        ({"text": "select model, max(auc) from runs group by model"}, 1 / 3),
        ({"text": "select 'churn', 0.84 union all select 'fraud', 0.92"}, 0.0),
        ({"text": "select max(auc), model from runs where status = 'finished' group by model"}, 0.0),
        ({"text": "drop table runs"}, 0.0),
        ({"text": "select model from"}, 0.0),
        (None, 0.0),
    ],
    twins=[{**_BEST_PAYLOAD, "solution": "SELECT model, min(auc) FROM runs GROUP BY model"}],
    bad_payloads=[
        {**_BEST_PAYLOAD, "tables": [_RUNS, _RUNS]},
        {**_BEST_PAYLOAD, "data_sets": []},
        {**_BEST_PAYLOAD, "data_sets": [{"message": "m", "rows": {"other": [[1]]}}]},
        {**_BEST_PAYLOAD, "data_sets": [{"message": "m", "rows": {"runs": [[1, "a"]]}}]},
        {**_BEST_PAYLOAD, "data_sets": [{"message": "m", "rows": {"runs": [["1", "a", "finished", 0.5]]}}]},
        {**_BEST_PAYLOAD, "data_sets": [{"message": "m", "rows": {"runs": [[True, "a", "finished", 0.5]]}}]},
        {**_BEST_PAYLOAD, "tables": [{**_RUNS, "name": "runs; drop"}]},
    ],
    raws=[({"answer": ["select 1\r\n"]}, {"text": "select 1\n"}), ({"answer": [" "]}, None), ({}, None)],
    bad_raw=[{"answer": ["a" * (MAX_ANSWER_CHARS + 1)]}],
)
_LATEST_SOLUTION = "SELECT model, version FROM deployments ORDER BY deployed_on DESC, model LIMIT 2"
_LATEST = Sample(
    payload={
        "tables": [
            {
                "name": "deployments",
                "columns": [
                    {"name": "model", "type": "text"},
                    {"name": "version", "type": "integer"},
                    {"name": "deployed_on", "type": "text"},
                ],
                "rows": [["churn", 3, "2026-03-01"], ["fraud", 7, "2026-04-11"]],
            }
        ],
        "data_sets": [
            {
                "message": "The newest deployments come first, those of one day by name.",
                "rows": {
                    "deployments": [["b", 1, "2026-02-01"], ["a", 2, "2026-02-01"], ["c", 9, "2025-12-31"]],
                },
            }
        ],
        "result": ["model", "version"],
        "solution": _LATEST_SOLUTION,
        "start": "SELECT model, version\nFROM deployments\nLIMIT 2",
        "ordered": True,
        "column_names": True,
    },
    marks=[
        ({"text": _LATEST_SOLUTION}, 1.0),
        ({"text": "select model as MODEL, version from deployments order by 3 desc"}, 0.0),
        ({"text": "select model, version from deployments order by deployed_on desc, model desc limit 2"}, 0.0),
        ({"text": "select model m, version from deployments order by deployed_on desc, model limit 2"}, 0.0),
        (None, 0.0),
    ],
)
