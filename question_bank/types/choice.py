"""What single and multiple choice share: options with a key and a rationale each."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Annotated, ClassVar, Self, TypeVar

from pydantic import Field, StringConstraints, model_validator

from question_bank.types.base import (
    Answer,
    AnswerError,
    DescribedLine,
    Payload,
    Presentation,
    PresentedOption,
    QuestionType,
    Raw,
    shuffled,
    token_for,
)

OptionId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


class Option(Payload):
    """One option: ``text`` and ``rationale`` are Markdown."""

    id: OptionId
    text: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    correct: bool = False
    rationale: Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class ChoicePayload(Payload):
    """Two to ten options with different ids and different texts; ``shuffle`` may be switched off for scales."""

    options: tuple[Option, ...] = Field(min_length=2, max_length=10)
    shuffle: bool = True

    @model_validator(mode="after")
    def _options_differ(self) -> Self:
        for name in ("id", "text"):
            values = [getattr(option, name) for option in self.options]
            for value in values:
                if values.count(value) > 1:
                    raise ValueError(f"two options have the same {name}: {value!r}")
        return self

    @property
    def key(self) -> frozenset[str]:
        """Ids of the right options."""
        return frozenset(option.id for option in self.options if option.correct)


C = TypeVar("C", bound=ChoicePayload)


class ChoiceType(QuestionType[C]):
    """Presents, cleans and describes options; the two choice types differ in how many may be picked and in marking."""

    several: ClassVar[bool]

    def takes_several(self, payload: C) -> bool:
        """Whether more than one option may be picked."""
        return self.several

    def present(self, payload: C, seed: int, *, shuffle: bool = True) -> Presentation:
        by_id = {option.id: option for option in payload.options}
        order = shuffled(list(by_id), seed) if shuffle and payload.shuffle else list(by_id)
        return Presentation(
            options=tuple(PresentedOption(token_for(i, seed), by_id[i].text) for i in order),
            hint="Select all that apply." if self.takes_several(payload) else "Select one.",
        )

    def clean(self, payload: C, raw: Raw, seed: int) -> Answer | None:
        tokens = [value for value in raw.get("answer", []) if value]
        by_token = {token_for(option.id, seed): option.id for option in payload.options}
        if unknown := [token for token in tokens if token not in by_token]:
            raise AnswerError(f"This question has no option {unknown[0][:20]!r}. Reload the page and choose again.")
        chosen = sorted({by_token[token] for token in tokens})
        if not self.takes_several(payload) and len(chosen) > 1:
            raise AnswerError("This question takes one option. Choose one.")
        return {"options": chosen} if chosen else None

    def solved(self, payload: C) -> Answer | None:
        return {"options": sorted(payload.key)}

    def filled_in(self, payload: C, answer: Answer | None, seed: int) -> Sequence[str]:
        return [token_for(option_id, seed) for option_id in _chosen(answer)]

    def describe(self, payload: C, answer: Answer | None) -> Sequence[DescribedLine]:
        chosen = _chosen(answer)
        return [
            DescribedLine(option.text, option.id in chosen, option.correct, option.rationale)
            for option in payload.options
        ]


def share_of_set(payload: ChoicePayload, answer: Answer | None) -> float:
    """Share of the right options ticked minus share of the wrong options ticked, at least 0.

    Ticking everything earns 0. Ticking at random cancels out on average, but for the floor at 0.
    """
    ticked = _chosen(answer)
    wrong = frozenset(option.id for option in payload.options) - payload.key
    return max(0.0, len(ticked & payload.key) / len(payload.key) - len(ticked & wrong) / len(wrong))


def chance_of_set(payload: ChoicePayload) -> float:
    """Mean of `share_of_set` over all sets of ticks: hits and false alarms of a coin tossed for each option."""
    right, wrong = len(payload.key), len(payload.options) - len(payload.key)
    total = sum(
        math.comb(right, hits) * math.comb(wrong, alarms) * max(0.0, hits / right - alarms / wrong)
        for hits in range(right + 1)
        for alarms in range(wrong + 1)
    )
    return float(total / 2 ** (right + wrong))


def ticked_at_random(payload: ChoicePayload, rng: random.Random) -> Answer | None:
    ticked = sorted(option.id for option in payload.options if rng.random() < 0.5)
    return {"options": ticked} if ticked else None


def _chosen(answer: Answer | None) -> frozenset[str]:
    return frozenset(answer["options"]) if answer else frozenset()
