"""Free text: an answer in the candidate's own words, marked by people with a rubric."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import Field, FiniteFloat, StringConstraints, model_validator

from question_bank.types.base import (
    MAX_ANSWER_CHARS,
    Answer,
    DescribedLine,
    Payload,
    Presentation,
    QuestionType,
    Raw,
    Sample,
)
from question_bank.types.code import a_guess, clean_text

CriterionId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


class Level(Payload):
    """What an answer that earns these points looks like."""

    points: Annotated[FiniteFloat, Field(ge=0, le=20)]
    text: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class Criterion(Payload):
    """One thing that markers look at, in levels from nothing (0 points) upwards."""

    id: CriterionId
    title: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    levels: tuple[Level, ...] = Field(min_length=2, max_length=6)

    @model_validator(mode="after")
    def _levels_rise_from_nothing(self) -> Self:
        points = [level.points for level in self.levels]
        if points[0] != 0 or points != sorted(set(points)):
            raise ValueError("the levels begin with 0 points and rise, each with points of its own")
        return self

    @property
    def most(self) -> float:
        return self.levels[-1].points


class FreeTextPayload(Payload):
    """``model_answer`` and ``guidance`` are Markdown, for markers only. Words are asked for, never enforced.

    show_criteria: candidates see the titles of the criteria, never the levels.
    """

    criteria: tuple[Criterion, ...] = Field(min_length=1, max_length=8)
    min_words: Annotated[int, Field(ge=0, le=1500)] = 0
    max_words: Annotated[int, Field(ge=5, le=1500)] = 200
    show_criteria: bool = True
    model_answer: Annotated[str, StringConstraints(max_length=10_000)] = ""
    guidance: Annotated[str, StringConstraints(max_length=5_000)] = ""

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        if len({criterion.id for criterion in self.criteria}) < len(self.criteria):
            raise ValueError("two criteria have the same id")
        if self.min_words > self.max_words:
            raise ValueError("more words are asked for than allowed")
        return self

    @property
    def most(self) -> float:
        """Points of the best answer."""
        return sum(criterion.most for criterion in self.criteria)

    def share_of(self, points: Mapping[str, float]) -> float:
        """The mark 0..1 that points per criterion make.

        Raises:
            ValueError: a criterion is missing or unknown, or has no such level.
        """
        if set(points) != {criterion.id for criterion in self.criteria}:
            raise ValueError("every criterion of the rubric needs its points, and no other")
        for criterion in self.criteria:
            if points[criterion.id] not in [level.points for level in criterion.levels]:
                raise ValueError(f"{criterion.title} has no level of {points[criterion.id]:g} points")
        return sum(points.values()) / self.most


@dataclass(frozen=True, slots=True)
class TextPresentation(Presentation):
    """Words that are asked for; what markers look at."""

    min_words: int = 0
    max_words: int = 0
    criteria: tuple[str, ...] = ()


class FreeText(QuestionType[FreeTextPayload]):
    slug = "free_text"
    label = "Free text"
    payload_model = FreeTextPayload
    marked_by_people = True
    erased = {"text": ""}

    def present(self, payload: FreeTextPayload, seed: int, *, shuffle: bool = True) -> Presentation:
        words = f"{payload.min_words} to {payload.max_words}" if payload.min_words else f"at most {payload.max_words}"
        return TextPresentation(
            hint=f"Write {words} words, in plain text. People mark it who do not know who wrote it.",
            min_words=payload.min_words,
            max_words=payload.max_words,
            criteria=tuple(criterion.title for criterion in payload.criteria) if payload.show_criteria else (),
            typed=True,
        )

    def clean(self, payload: FreeTextPayload, raw: Raw, seed: int) -> Answer | None:
        return clean_text(raw, "")

    def warning(self, payload: FreeTextPayload, answer: Answer | None) -> str:
        words = word_count(answer)
        if answer and words > payload.max_words:
            return f"Saved: {words} words, {words - payload.max_words} more than asked for."
        if answer and words < payload.min_words:
            return f"Saved: {words} words, {payload.min_words - words} fewer than asked for."
        return ""

    def filled_in(self, payload: FreeTextPayload, answer: Answer | None, seed: int) -> Sequence[str]:
        return [answer["text"]] if answer else []

    def guess(self, payload: FreeTextPayload, rng: random.Random) -> Answer | None:
        return a_guess(rng)

    def mark(self, payload: FreeTextPayload, answer: Answer | None) -> float | None:
        """Nothing where nothing was written; else people have to say."""
        return None if answer else 0.0

    def describe(self, payload: FreeTextPayload, answer: Answer | None) -> Sequence[DescribedLine]:
        lines = []
        if answer and not answer["text"]:
            lines.append(DescribedLine("The answer was erased with the name.", True, False, judged=False))
        elif answer:
            title = f"The answer, {word_count(answer)} words"
            lines.append(DescribedLine(title, True, False, code=answer["text"], judged=False))
        for criterion in payload.criteria:
            best = criterion.levels[-1]
            worth = f"{best.points:g} of {payload.most:g} points: {best.text}"
            lines.append(DescribedLine(criterion.title, False, True, worth))
        return lines

    def samples(self) -> Sequence[Sample]:
        return [_INCIDENT]


def word_count(answer: Answer | None) -> int:
    return len(answer["text"].split()) if answer else 0


_PAYLOAD: dict[str, Any] = {
    "criteria": [
        {
            "id": "cause",
            "title": "Cause",
            "levels": [
                {"points": 0, "text": "Names no cause, or the model itself."},
                {"points": 1, "text": "Names the data without saying what changed in it."},
                {"points": 2, "text": "Names the changed unit of the feature and how the log shows it."},
            ],
        },
        {
            "id": "next-step",
            "title": "Next step",
            "levels": [
                {"points": 0, "text": "Retrains, or does nothing."},
                {"points": 2, "text": "Rolls back or falls back first, then repairs the feature."},
            ],
        },
    ],
    "min_words": 3,
    "max_words": 120,
    "model_answer": "The feature arrives in metres instead of kilometres since the release on Monday.",
}
_INCIDENT = Sample(
    payload=_PAYLOAD,
    marks=[
        ({"text": "The distance is in metres since Monday; roll back the feature job."}, None),
        ({"text": "?"}, None),
        (None, 0.0),
    ],
    twins=[{**_PAYLOAD, "model_answer": "Another answer.", "guidance": "Be strict."}],
    bad_payloads=[
        {**_PAYLOAD, "criteria": []},
        {**_PAYLOAD, "criteria": [_PAYLOAD["criteria"][0], _PAYLOAD["criteria"][0]]},
        {**_PAYLOAD, "criteria": [{"id": "a", "title": "A", "levels": [{"points": 1, "text": "x"}] * 2}]},
        {**_PAYLOAD, "criteria": [{"id": "a", "title": "A", "levels": [{"points": 0, "text": "x"}]}]},
        {**_PAYLOAD, "min_words": 300},
    ],
    raws=[
        ({"answer": ["Two lines,\r\nno more."]}, {"text": "Two lines,\nno more."}),
        ({"answer": [" \n "]}, None),
        ({}, None),
    ],
    bad_raw=[{"answer": ["a" * (MAX_ANSWER_CHARS + 1)]}],
)
