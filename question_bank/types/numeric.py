"""Numeric: a number within a tolerance, in a stated unit."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import Field, FiniteFloat, StringConstraints, model_validator

from question_bank.types.base import (
    Answer,
    AnswerError,
    DescribedLine,
    Payload,
    Presentation,
    QuestionType,
    Raw,
    Sample,
)
from question_bank.types.variants import Draw, VariantError, words_of

MAX_TYPED_CHARS = 40
_NUMBER = re.compile(r"^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?$")
_GROUPED = re.compile(r"^[+-]?[1-9]\d{0,2}([ ,'\u00a0\u202f]\d{3})+(\.\d+)?$")


class NearMiss(Payload):
    """A typical wrong result and the mistake behind it."""

    value: FiniteFloat
    rationale: Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class NumericPayload(Payload):
    """``tolerance`` is absolute, in the unit of ``answer``; both ends count as right."""

    answer: FiniteFloat
    tolerance: Annotated[FiniteFloat, Field(ge=0)]
    unit: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = None
    near_misses: tuple[NearMiss, ...] = ()
    working: str = ""

    @model_validator(mode="after")
    def _near_misses_miss(self) -> Self:
        for miss in self.near_misses:
            if within(miss.value, self.answer, self.tolerance):
                raise ValueError(f"near miss {miss.value} lies inside the tolerance and would count as right")
        return self


class Numeric(QuestionType[NumericPayload]):
    slug = "numeric"
    label = "Numeric"
    payload_model = NumericPayload

    def present(self, payload: NumericPayload, seed: int, *, shuffle: bool = True) -> Presentation:
        return Presentation(unit=payload.unit, hint="Type a number.", typed=True)

    def clean(self, payload: NumericPayload, raw: Raw, seed: int) -> Answer | None:
        typed = " ".join(raw.get("answer", [])).replace("\0", "").strip()  # PostgreSQL stores no NUL
        if not typed:
            return None
        if len(typed) > MAX_TYPED_CHARS:
            raise AnswerError(f"Type a number of at most {MAX_TYPED_CHARS} characters.")
        try:
            return {"value": parse_number(typed, payload.unit), "typed": typed}
        except ValueError:
            return {"value": None, "typed": typed}  # kept: what somebody typed is never thrown away

    def warning(self, payload: NumericPayload, answer: Answer | None) -> str:
        if answer and answer["value"] is None:
            try:
                parse_number(answer["typed"], payload.unit)
            except ValueError as problem:
                return f"Saved as typed, but it cannot be marked yet. {problem}"
        return ""

    def filled_in(self, payload: NumericPayload, answer: Answer | None, seed: int) -> Sequence[str]:
        return [answer["typed"]] if answer else []

    def mark(self, payload: NumericPayload, answer: Answer | None) -> float:
        return float(_right(payload, answer))

    def describe(self, payload: NumericPayload, answer: Answer | None) -> Sequence[DescribedLine]:
        unit = f" {payload.unit}" if payload.unit else ""
        lines = []
        if answer:
            right = _right(payload, answer)
            value = math.inf if answer["value"] is None else answer["value"]
            missed = next((m.rationale for m in payload.near_misses if math.isclose(m.value, value, rel_tol=0.01)), "")
            typed_unit = "" if payload.unit and answer["typed"].endswith(payload.unit) else unit
            lines.append(DescribedLine(f"{answer['typed']}{typed_unit}", True, right, "" if right else missed))
        if not lines or not lines[0].right:
            exact = f"{payload.answer:g}{unit} (accepted: ± {payload.tolerance:g})"
            lines.append(DescribedLine(exact, False, True, payload.working))
        return lines

    def check_draws(self, payloads: Sequence[NumericPayload]) -> None:
        check_answers([(payload.answer, payload.tolerance, payload.draw) for payload in payloads], ("answer",))

    def solved(self, payload: NumericPayload) -> Answer:
        return {"value": payload.answer, "typed": repr(payload.answer)}

    def guess(self, payload: NumericPayload, rng: random.Random) -> Answer:
        """A wrong result that people typically get, or one that is far off."""
        value = rng.choice(
            [miss.value for miss in payload.near_misses]
            or [payload.answer + abs(payload.answer) + 2 * payload.tolerance + 1]
        )
        return {"value": value, "typed": repr(value)}

    def samples(self) -> Sequence[Sample]:
        return [
            Sample(
                payload={
                    "answer": 43.2,
                    "tolerance": 0.1,
                    "unit": "minutes",
                    "near_misses": [{"value": 432, "rationale": "Used 1 % instead of 0.1 %."}],
                },
                marks=[
                    ({"value": 43.2, "typed": "43.2"}, 1.0),
                    ({"value": 43.3, "typed": "43.3"}, 1.0),
                    ({"value": 43.31, "typed": "43.31"}, 0.0),
                    ({"value": 432.0, "typed": "432"}, 0.0),
                    ({"value": None, "typed": "about forty"}, 0.0),
                    (None, 0.0),
                ],
                bad_payloads=[
                    {"answer": 1, "tolerance": -1},
                    {"answer": float("nan"), "tolerance": 1},
                    {"answer": 1, "tolerance": 1, "near_misses": [{"value": 1.5, "rationale": "inside"}]},
                ],
                raws=[
                    ({"answer": ["43.2"]}, {"value": 43.2, "typed": "43.2"}),
                    ({"answer": [" 43,2 minutes "]}, {"value": 43.2, "typed": "43,2 minutes"}),
                    ({"answer": ["about forty"]}, {"value": None, "typed": "about forty"}),
                    ({"answer": ["nan"]}, {"value": None, "typed": "nan"}),
                    ({"answer": ["1,234"]}, {"value": None, "typed": "1,234"}),
                    ({"answer": ["  "]}, None),
                ],
                twins=[{"answer": 7, "tolerance": 1, "unit": "minutes"}],
                bad_raw=[{"answer": ["1" * 50]}],
            ),
            Sample(
                payload={
                    "variables": {"gpus": {"low": 2, "high": 8, "step": 2}, "price": {"values": [2.5, 3.0, 4.5]}},
                    "answer": "= gpus * price * 24",
                    "tolerance": 0.01,
                    "unit": "USD",
                    "near_misses": [{"value": "= gpus * price", "rationale": "One hour of [[gpus]], not a day."}],
                },
                marks=[({"value": 0.0, "typed": "0"}, 0.0), (None, 0.0)],
                bad_payloads=[
                    {"variables": {"a": {"low": 0, "high": 2}}, "answer": "= 1 / a", "tolerance": 0},
                    {"variables": {"a": {"low": 1, "high": 2}}, "answer": "= a + b", "tolerance": 0},
                    {"variables": {"a": {"low": 1, "high": 2}}, "answer": "= a.real", "tolerance": 0},
                    {"variables": {"a": {"low": 1, "high": 2}}, "answer": 3, "tolerance": 0},
                    {"variables": {"a": {"low": 1, "high": 9}}, "answer": "= a", "tolerance": 1},
                    {"variables": {"a": {"low": 2, "high": 1}}, "answer": "= a", "tolerance": 0},
                    {"variables": {}, "answer": 3, "tolerance": 0},
                    {
                        "variables": {"a": {"low": 1, "high": 4}},
                        "answer": "= 3 * a",
                        "tolerance": 0.1,
                        "near_misses": [{"value": "= a + 2", "rationale": "Equal for a = 1."}],
                    },
                ],
            ),
        ]


def _right(payload: NumericPayload, answer: Answer | None) -> bool:
    if not answer or answer["value"] is None:
        return False
    return within(answer["value"], payload.answer, payload.tolerance)


def check_answers(draws: Sequence[tuple[float, float, Draw]], location: tuple[str | int, ...]) -> None:
    """Refuses drawn results by a VariantError that need no computing: all the same, or with 0 inside the tolerance."""
    answers = {answer for answer, _, _ in draws}
    if len(answers) == 1:
        raise VariantError(
            "the result is the same whatever is drawn: write a formula that uses the variables", location
        )
    for answer, tolerance, draw in draws:
        if answer and within(0, answer, tolerance):
            raise VariantError(f"the tolerance is as large as the result {answer:g} (with {words_of(draw)})", location)


def within(value: float, answer: float, tolerance: float) -> bool:
    """|value - answer| <= tolerance, forgiving the last bits of binary fractions (43.3 is 43.2 + 0.1)."""
    slack = 1e-9 * max(1.0, abs(answer), tolerance)
    return abs(value - answer) <= tolerance + slack


def parse_number(typed: str, unit: str | None) -> float:
    """Read a number as people type it: ``1,234.5``, ``0,25``, ``1e-3``, ``12 %``, with or without the unit.

    Raises:
        ValueError: not a finite number, or a lone comma that could mean thousands or decimals (``1,234``);
            the message is for the person who typed it.
    """
    text = typed.strip().replace("\u2212", "-")
    for suffix in filter(None, (unit, "%" if unit in {"percent", "%"} else None)):
        if text.lower().endswith(suffix.lower()):
            text = text[: -len(suffix)].strip()
    if re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", text):
        plain = text.replace(",", "")
        raise ValueError(f"Is {text} meant as {plain} or as {text.replace(',', '.')}? Type it without the comma.")
    if _GROUPED.match(text):
        text = re.sub(r"[ ,'\u00a0\u202f]", "", text)
    if not _NUMBER.match(text):
        raise ValueError("Type a number, for example 0.25 or 1200.")
    value = float(text.replace(",", "."))
    if not math.isfinite(value):
        raise ValueError("This number is too large.")
    return value
