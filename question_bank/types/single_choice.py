"""Single choice: exactly one option is right."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Self

from pydantic import model_validator

from question_bank.types.base import Answer, Sample
from question_bank.types.choice import ChoicePayload, ChoiceType


class SingleChoicePayload(ChoicePayload):
    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if len(self.key) != 1:
            raise ValueError(f"single choice needs exactly one option with 'correct: true', found {len(self.key)}")
        return self


class SingleChoice(ChoiceType[SingleChoicePayload]):
    slug = "single_choice"
    label = "Single choice"
    payload_model = SingleChoicePayload
    several = False

    def mark(self, payload: SingleChoicePayload, answer: Answer | None) -> float:
        return float(bool(answer) and frozenset(answer["options"]) == payload.key)  # type: ignore[index]

    def chance(self, payload: SingleChoicePayload) -> float:
        return 1 / len(payload.options)

    def guess(self, payload: SingleChoicePayload, rng: random.Random) -> Answer:
        return {"options": [rng.choice(payload.options).id]}

    def samples(self) -> Sequence[Sample]:
        options: list[dict[str, Any]] = [
            {"id": "canary", "text": "Canary release", "correct": True, "rationale": "A small share goes first."},
            {"id": "shadow", "text": "Shadow deployment", "rationale": "Its answers reach nobody."},
            {"id": "rolling", "text": "Rolling update", "rationale": "It has no comparison group."},
        ]
        return [
            Sample(
                payload={"options": options},
                marks=[
                    ({"options": ["canary"]}, 1.0),
                    ({"options": ["shadow"]}, 0.0),
                    (None, 0.0),
                ],
                bad_payloads=[
                    {"options": [{**option, "correct": False} for option in options]},
                    {"options": [{**option, "correct": True} for option in options]},
                    {"options": options[:1]},
                    {"options": options, "surprise": 1},
                ],
                raws=[
                    ({"answer": ["{token:canary}"]}, {"options": ["canary"]}),
                    ({"answer": [""]}, None),
                    ({}, None),
                ],
                twins=[{"options": [option | {"correct": option["id"] == "rolling"} for option in options]}],
                bad_raw=[{"answer": ["nonsense"]}, {"answer": ["{token:canary}", "{token:shadow}"]}],
            )
        ]
