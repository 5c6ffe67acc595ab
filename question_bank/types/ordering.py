"""Ordering: steps to be put into their order. Each pair in the right order counts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from math import comb, factorial
from typing import Any, Self

from pydantic import Field, model_validator

from question_bank.types.base import (
    Answer,
    AnswerError,
    DescribedLine,
    Payload,
    Presentation,
    PresentedField,
    PresentedOption,
    QuestionType,
    Raw,
    Sample,
    ids_differ,
    parts_of,
    shuffled,
    token_for,
)
from question_bank.types.choice import OptionId
from question_bank.types.parts import Label, Why, described


class Step(Payload):
    """One thing to be ordered; ``rationale`` says why it stands where it does."""

    id: OptionId
    text: Label
    rationale: Why = ""


class OrderingPayload(Payload):
    """Three to ten steps in the right order; candidates get them in an order of their own."""

    items: tuple[Step, ...] = Field(min_length=3, max_length=10)

    @model_validator(mode="after")
    def _steps_differ(self) -> Self:
        ids_differ([step.id for step in self.items], "items")
        texts = [step.text for step in self.items]
        if len(set(texts)) < len(texts):
            raise ValueError("two items have the same text, so nobody could tell which comes first")
        return self

    @property
    def key(self) -> dict[str, int]:
        """Step id to its place, counted from 1."""
        return {step.id: place for place, step in enumerate(self.items, start=1)}


class Ordering(QuestionType[OrderingPayload]):
    slug = "ordering"
    label = "Ordering"
    payload_model = OrderingPayload

    def present(self, payload: OrderingPayload, seed: int, *, shuffle: bool = True) -> Presentation:
        """Always in an order made from the seed: the order of the payload is the key."""
        by_id = {step.id: step for step in payload.items}
        places = tuple(PresentedOption(str(n), str(n)) for n in range(1, len(by_id) + 1))
        order = shuffled(list(by_id), seed)
        return Presentation(
            fields=tuple(PresentedField(token_for(i, seed), by_id[i].text, places) for i in order),
            hint="Give each step its place, 1 for the first. Each pair of steps counts: "
            "for you in the right order, against you in the wrong one.",
        )

    def clean(self, payload: OrderingPayload, raw: Raw, seed: int) -> Answer | None:
        by_token = {token_for(step.id, seed): step.id for step in payload.items}
        places = {}
        for token, typed in parts_of(raw, by_token, longest=2).items():
            if not (typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(payload.items)):
                raise AnswerError(f"Give each step a place from 1 to {len(payload.items)}.")
            places[by_token[token]] = int(typed)
        return {"places": places} if places else None

    def warning(self, payload: OrderingPayload, answer: Answer | None) -> str:
        if not answer:
            return ""
        places = sorted(answer["places"].values())
        if twice := sorted({place for place in places if places.count(place) > 1}):
            return f"Saved, but two steps have place {twice[0]}. Give each its own."
        missing = len(payload.items) - len(places)
        return f"Saved. {missing} {'step has' if missing == 1 else 'steps have'} no place yet." if missing else ""

    def filled_in(self, payload: OrderingPayload, answer: Answer | None, seed: int) -> Sequence[str]:
        return [f"{token_for(step, seed)}:{place}" for step, place in _places(answer).items()]

    def mark(self, payload: OrderingPayload, answer: Answer | None) -> float:
        """Kendall's rank correlation with the key, at least 0: pairs in the right order minus pairs in the wrong one,
        divided by all pairs. A pair with a step without place, or with both at one place, counts neither way.

        Chance is taken out by the subtraction: a random order has 0 on average, but for the floor at 0.

        Source: Kendall (1938), A New Measure of Rank Correlation, Biometrika 30, 81-93.
        """
        places = _places(answer)
        balance = 0
        for first, second in combinations((step.id for step in payload.items), 2):
            if first in places and second in places:
                balance += (places[first] < places[second]) - (places[first] > places[second])
        return max(0.0, balance / comb(len(payload.items), 2))

    def chance(self, payload: OrderingPayload) -> float:
        """Mean mark over all orders of the steps."""
        return _chance(len(payload.items))

    def guess(self, payload: OrderingPayload, rng: random.Random) -> Answer:
        places = list(range(1, len(payload.items) + 1))
        rng.shuffle(places)
        return {"places": dict(zip(payload.key, places, strict=True))}

    def solved(self, payload: OrderingPayload) -> Answer:
        return {"places": payload.key}

    def describe(self, payload: OrderingPayload, answer: Answer | None) -> Sequence[DescribedLine]:
        key, places = payload.key, _places(answer)
        return described(
            [(step.id, step.text) for step in payload.items],
            given={step: f"place {place}" for step, place in places.items()},
            key={step: f"place {place}" for step, place in key.items()},
            right={step: key[step] == place for step, place in places.items()},
            why={step.id: step.rationale for step in payload.items},
        )

    def samples(self) -> Sequence[Sample]:
        items: list[dict[str, Any]] = [
            {"id": "validate", "text": "Validate the new data", "rationale": "Bad rows would spoil all that follows."},
            {"id": "train", "text": "Train the candidate model", "rationale": "It needs checked data."},
            {"id": "compare", "text": "Compare it with the model in production", "rationale": "The gate."},
            {"id": "canary", "text": "Send 5 % of the traffic to it", "rationale": "Only what passed the gate."},
        ]
        reverse = {"validate": 4, "train": 3, "compare": 2, "canary": 1}
        return [
            Sample(
                payload={"items": items},
                marks=[
                    ({"places": {"validate": 1, "train": 2, "compare": 3, "canary": 4}}, 1.0),
                    ({"places": {"validate": 2, "train": 1, "compare": 3, "canary": 4}}, 4 / 6),
                    ({"places": {"validate": 4, "train": 1, "compare": 2, "canary": 3}}, 0.0),
                    ({"places": {"validate": 1, "train": 2}}, 1 / 6),
                    ({"places": {"validate": 1, "train": 1, "compare": 1, "canary": 4}}, 0.5),
                    ({"places": reverse}, 0.0),
                    (None, 0.0),
                ],
                bad_payloads=[
                    {"items": items[:2]},
                    {"items": [*items, items[0]]},
                    {"items": [*items, items[0] | {"id": "again"}]},
                ],
                twins=[{"items": items[::-1]}, {"items": [items[2], items[0], items[3], items[1]]}],
                raws=[
                    (
                        {
                            "answer-{token:validate}": ["1"],
                            "answer-{token:train}": ["2"],
                            "answer-{token:compare}": [""],
                        },
                        {"places": {"validate": 1, "train": 2}},
                    ),
                    ({"answer": ["{token:train}:2", "{token:canary}:2"]}, {"places": {"train": 2, "canary": 2}}),
                    ({"answer-{token:validate}": [""]}, None),
                    ({}, None),
                ],
                bad_raw=[
                    {"answer": ["train:1"]},
                    {"answer-{token:train}": ["5"]},
                    {"answer-{token:train}": ["0"]},
                    {"answer-{token:train}": ["one"]},
                    {"answer-{token:train}": ["1", "2"]},
                ],
            )
        ]


def _places(answer: Answer | None) -> dict[str, int]:
    return dict(answer["places"]) if answer else {}


@lru_cache(maxsize=16)
def _chance(n: int) -> float:
    """Mean of max(0, 1 - 2 i / pairs) where i, the number of inverted pairs, is Mahonian over all orders of n."""
    orders = [1]  # orders[i]: how many orders of the first steps have i inverted pairs
    for size in range(2, n + 1):
        longer = [0] * (len(orders) + size - 1)
        for inversions, count in enumerate(orders):
            for more in range(size):
                longer[inversions + more] += count
        orders = longer
    pairs = comb(n, 2)
    return sum(count * max(0.0, 1 - 2 * i / pairs) for i, count in enumerate(orders)) / factorial(n)
