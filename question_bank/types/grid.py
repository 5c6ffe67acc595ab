"""Grid: statements that are judged one by one, by true and false or by more columns. Guessing is taken out."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import Any, Self

from pydantic import model_validator

from question_bank.types.base import Answer, Presentation, Sample
from question_bank.types.rows import RowsPayload, RowsType, given_of, right_rows

MAX_COLUMNS = 5


class GridPayload(RowsPayload):
    """Rows are statements; ``options`` are the two to five columns, which keep their order."""

    @model_validator(mode="after")
    def _columns_fit_a_phone(self) -> Self:
        if len(self.options) > MAX_COLUMNS:
            raise ValueError(f"a grid has at most {MAX_COLUMNS} columns, found {len(self.options)}: use matching")
        return self


class Grid(RowsType[GridPayload]):
    slug = "grid"
    label = "True/false grid"
    payload_model = GridPayload
    options_in_order = True

    def present(self, payload: GridPayload, seed: int, *, shuffle: bool = True) -> Presentation:
        cost = "half a row" if len(payload.options) == 3 else "a row"
        if len(payload.options) > 3:
            cost = f"1/{len(payload.options) - 1} of a row"
        return Presentation(
            fields=self.fields(payload, seed, shuffle=shuffle),
            hint=f"Judge each row. A wrong one costs what {cost} is worth; one without an answer costs nothing.",
        )

    def mark(self, payload: GridPayload, answer: Answer | None) -> float:
        """Right rows minus wrong rows / (columns - 1), divided by all rows, at least 0.

        Judging at random cancels out on average, but for the floor at 0 (correction for guessing, "formula scoring").
        """
        right = right_rows(payload, answer)
        wrong = len(given_of(answer)) - right
        return max(0.0, right - wrong / (len(payload.options) - 1)) / len(payload.rows)

    def chance(self, payload: GridPayload) -> float:
        """Mean mark over all ways to fill in every row."""
        rows, columns = len(payload.rows), len(payload.options)
        total = sum(
            comb(rows, right) * (columns - 1) ** (rows - right) * max(0.0, right - (rows - right) / (columns - 1))
            for right in range(rows + 1)
        )
        return float(total / columns**rows / rows)

    def samples(self) -> Sequence[Sample]:
        columns: list[dict[str, Any]] = [{"id": "true", "text": "True"}, {"id": "false", "text": "False"}]
        rows: list[dict[str, Any]] = [
            {
                "id": "cache",
                "text": "A layer is built again when an earlier layer changed.",
                "answer": "true",
                "rationale": "Each layer rests on the one before.",
            },
            {
                "id": "latest",
                "text": "The tag `latest` always points to the newest image.",
                "answer": "false",
                "rationale": "It is a name like any other.",
            },
            {
                "id": "digest",
                "text": "A digest names the same bytes for ever.",
                "answer": "true",
                "rationale": "It is computed from them.",
            },
            {
                "id": "root",
                "text": "Without `USER`, the process runs as nobody.",
                "answer": "false",
                "rationale": "It runs as root.",
            },
        ]
        key = {"cache": "true", "latest": "false", "digest": "true", "root": "false"}
        three = [*columns, {"id": "depends", "text": "It depends"}]
        return [
            Sample(
                payload={"rows": rows, "options": columns},
                marks=[
                    ({"rows": key}, 1.0),
                    ({"rows": key | {"root": "true"}}, 0.5),
                    ({"rows": {"cache": "true", "digest": "true"}}, 0.5),
                    ({"rows": dict.fromkeys(key, "true")}, 0.0),
                    ({"rows": {"cache": "false"}}, 0.0),
                    (None, 0.0),
                ],
                bad_payloads=[
                    {"rows": rows, "options": columns[:1]},
                    {"rows": rows, "options": [{"id": f"c{n}", "text": f"Column {n}"} for n in range(6)]},
                    {"rows": [rows[0] | {"answer": "maybe"}, rows[1]], "options": columns},
                ],
                twins=[{"rows": [row | {"answer": "false"} for row in rows], "options": columns}],
                raws=[
                    (
                        {
                            "answer-{token:cache}": ["{token:option/true}"],
                            "answer-{token:root}": ["{token:option/false}"],
                        },
                        {"rows": {"cache": "true", "root": "false"}},
                    ),
                    ({"answer": ["{token:digest}:{token:option/true}"]}, {"rows": {"digest": "true"}}),
                    ({}, None),
                ],
                bad_raw=[{"answer-{token:cache}": ["true"]}, {"answer": ["{token:option/true}"]}],
            ),
            Sample(
                payload={"rows": rows[:2], "options": three, "shuffle": False},
                marks=[
                    ({"rows": {"cache": "true", "latest": "false"}}, 1.0),
                    ({"rows": {"cache": "true", "latest": "depends"}}, 0.25),
                    (None, 0.0),
                ],
                twins=[{"rows": [row | {"answer": "depends"} for row in rows[:2]], "options": three, "shuffle": False}],
            ),
        ]
