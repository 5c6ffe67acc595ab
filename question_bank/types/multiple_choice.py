"""Multiple choice: an exact set is right, and part of it earns part of the point."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Self

from pydantic import model_validator

from question_bank.types.base import Answer, Sample
from question_bank.types.choice import ChoicePayload, ChoiceType, chance_of_set, share_of_set, ticked_at_random


class MultipleChoicePayload(ChoicePayload):
    @model_validator(mode="after")
    def _some_right_some_wrong(self) -> Self:
        if not self.key or len(self.key) == len(self.options):
            raise ValueError("multiple choice needs at least one right and at least one wrong option")
        return self


class MultipleChoice(ChoiceType[MultipleChoicePayload]):
    slug = "multiple_choice"
    label = "Multiple choice"
    payload_model = MultipleChoicePayload
    several = True

    def mark(self, payload: MultipleChoicePayload, answer: Answer | None) -> float:
        """Right ticks minus wrong ticks, each as a share, at least 0 (`share_of_set`)."""
        return share_of_set(payload, answer)

    def chance(self, payload: MultipleChoicePayload) -> float:
        return chance_of_set(payload)

    def guess(self, payload: MultipleChoicePayload, rng: random.Random) -> Answer | None:
        return ticked_at_random(payload, rng)

    def samples(self) -> Sequence[Sample]:
        options: list[dict[str, Any]] = [
            {"id": "data-hash", "text": "Hash of the data", "correct": True, "rationale": "Pins the input."},
            {"id": "commit", "text": "Commit of the code", "correct": True, "rationale": "Pins the code."},
            {"id": "hostname", "text": "Name of the laptop", "rationale": "Changes nothing."},
            {"id": "lunch", "text": "Time of day", "rationale": "Changes nothing either."},
        ]
        everything = [option["id"] for option in options]
        return [
            Sample(
                payload={"options": options},
                marks=[
                    ({"options": ["commit", "data-hash"]}, 1.0),
                    ({"options": ["commit"]}, 0.5),
                    ({"options": ["commit", "data-hash", "hostname"]}, 0.5),
                    ({"options": ["commit", "hostname"]}, 0.0),
                    ({"options": ["hostname"]}, 0.0),
                    ({"options": everything}, 0.0),
                    (None, 0.0),
                ],
                bad_payloads=[
                    {"options": [{**option, "correct": True} for option in options]},
                    {"options": [{**option, "correct": False} for option in options]},
                    {"options": [options[0], options[0], options[2]]},
                ],
                raws=[
                    ({"answer": ["{token:data-hash}", "{token:commit}"]}, {"options": ["commit", "data-hash"]}),
                    ({}, None),
                ],
                twins=[{"options": [option | {"correct": option["id"] == "lunch"} for option in options]}],
                bad_raw=[{"answer": ["commit"]}],
            )
        ]
