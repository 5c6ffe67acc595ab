"""Matching: each row is given the option that belongs to it. Each row counts the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from question_bank.types.base import Answer, Presentation, Sample
from question_bank.types.rows import RowsPayload, RowsType, right_rows


class MatchingPayload(RowsPayload):
    """Rows and options; more options than rows, or one for several rows, keep the last row from being given away."""


class Matching(RowsType[MatchingPayload]):
    slug = "matching"
    label = "Matching"
    payload_model = MatchingPayload
    options_in_order = False

    def present(self, payload: MatchingPayload, seed: int, *, shuffle: bool = True) -> Presentation:
        return Presentation(
            fields=self.fields(payload, seed, shuffle=shuffle),
            hint="Choose for each row what belongs to it; each counts the same. A choice may fit several rows or none.",
        )

    def mark(self, payload: MatchingPayload, answer: Answer | None) -> float:
        """Share of the rows that are right. Nothing is taken off for a wrong one."""
        return right_rows(payload, answer) / len(payload.rows)

    def chance(self, payload: MatchingPayload) -> float:
        return 1 / len(payload.options)

    def samples(self) -> Sequence[Sample]:
        options: list[dict[str, Any]] = [
            {"id": "drift", "text": "Data drift"},
            {"id": "concept", "text": "Concept drift"},
            {"id": "skew", "text": "Training-serving skew"},
            {"id": "leak", "text": "Label leakage"},
        ]
        rows: list[dict[str, Any]] = [
            {
                "id": "ages",
                "text": "Customers became younger; the error per age group is unchanged.",
                "answer": "drift",
                "rationale": "The inputs moved, the relation did not.",
            },
            {
                "id": "fraud",
                "text": "Fraudsters changed their way; the same inputs now mean something else.",
                "answer": "concept",
                "rationale": "The relation moved.",
            },
            {
                "id": "units",
                "text": "The service sends kilograms, the training table held grams.",
                "answer": "skew",
                "rationale": "Two code paths for one feature.",
            },
        ]
        key = {"ages": "drift", "fraud": "concept", "units": "skew"}
        return [
            Sample(
                payload={"rows": rows, "options": options},
                marks=[
                    ({"rows": key}, 1.0),
                    ({"rows": key | {"units": "leak"}}, 2 / 3),
                    ({"rows": {"ages": "drift"}}, 1 / 3),
                    ({"rows": dict.fromkeys(key, "leak")}, 0.0),
                    (None, 0.0),
                ],
                bad_payloads=[
                    {"rows": [rows[0], rows[1] | {"answer": "season"}], "options": options},
                    {"rows": [rows[0], rows[0]], "options": options},
                    {"rows": rows, "options": [*options, options[0] | {"id": "again"}]},
                    {"rows": rows[:1], "options": options},
                ],
                twins=[
                    {
                        "rows": [
                            row | {"answer": other} for row, other in zip(rows, ("leak", "drift", "drift"), strict=True)
                        ],
                        "options": options,
                    }
                ],
                raws=[
                    ({"answer-{token:ages}": ["{token:option/drift}"]}, {"rows": {"ages": "drift"}}),
                    ({"answer": ["{token:units}:{token:option/leak}"]}, {"rows": {"units": "leak"}}),
                    ({"answer-{token:ages}": [""]}, None),
                    ({}, None),
                ],
                bad_raw=[
                    {"answer-{token:ages}": ["drift"]},
                    {"answer-ages": ["{token:option/drift}"]},
                    {"answer-{token:ages}": ["{token:option/drift}", "{token:option/leak}"]},
                ],
            )
        ]
