"""What every question type offers. Pure Python: no Django, no database.

A type turns a stored payload into what a candidate sees, turns what the candidate's
form sends into an answer that can be stored, and marks that answer. It never sees the
attempt, the clock or the person.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

Raw = Mapping[str, Sequence[str]]
"""What a form posts: field name to the list of its values."""

Answer = dict[str, Any]
"""What is stored: JSON, in the payload's own ids, so that it can be marked without the seed."""

MAX_ANSWER_CHARS = 10_000


class AnswerError(ValueError):
    """The posted answer cannot be one: the message says what to change, in words for candidates."""


class Payload(BaseModel):
    """Base of all payloads: unknown keys are refused, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


@dataclass(frozen=True, slots=True)
class PresentedOption:
    """One option as the candidate gets it. ``token`` is new for each attempt and tells nothing."""

    token: str
    text: str


@dataclass(frozen=True, slots=True)
class Presentation:
    """Everything about a question that may leave the server during an attempt."""

    options: tuple[PresentedOption, ...] = ()
    unit: str | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class DescribedLine:
    """One line of an answer read back: an option or a value, whether it was given, whether it is right."""

    text: str
    given: bool
    right: bool
    rationale: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """A payload with answers and the marks that they must get; the contract tests loop over these."""

    payload: dict[str, Any]
    marks: Sequence[tuple[Answer | None, float]]
    bad_payloads: Sequence[dict[str, Any]] = ()
    bad_raw: Sequence[Raw] = ()
    raws: Sequence[tuple[Raw, Answer | None]] = field(default_factory=tuple)
    """Raw forms for a *presented* payload; ``{token:<option id>}`` is replaced by the option's token."""


P = TypeVar("P", bound=Payload)


class QuestionType(ABC, Generic[P]):
    """One way of asking. A new one is one file here and one line in ``types/__init__.py``."""

    slug: ClassVar[str]
    label: ClassVar[str]
    payload_model: ClassVar[type[Payload]]

    def load(self, payload: Mapping[str, Any]) -> P:
        """Validate a stored or imported payload.

        Raises:
            pydantic.ValidationError: names each wrong field.
        """
        return self.payload_model.model_validate(payload)  # type: ignore[return-value]

    @abstractmethod
    def present(self, payload: P, seed: int, *, shuffle: bool = True) -> Presentation:
        """What the candidate sees; the same for the same seed; without key, weights or rationale."""

    @abstractmethod
    def clean(self, payload: P, raw: Raw, seed: int) -> Answer | None:
        """The answer to store, or None where nothing was answered.

        Raises:
            AnswerError: the form holds something that cannot be an answer to this question.
        """

    def warning(self, payload: P, answer: Answer | None) -> str:
        """Words for the candidate about an answer that was stored but cannot be marked as it stands."""
        return ""

    @abstractmethod
    def filled_in(self, payload: P, answer: Answer | None, seed: int) -> Sequence[str]:
        """The form values (tokens or text) that show a stored answer again in the page."""

    @abstractmethod
    def mark(self, payload: P, answer: Answer | None) -> float | None:
        """Fraction 0..1 of the question's point; None means that a person has to mark it."""

    @abstractmethod
    def describe(self, payload: P, answer: Answer | None) -> Sequence[DescribedLine]:
        """The answer and the key in words. For people who may see keys only."""

    @abstractmethod
    def samples(self) -> Sequence[Sample]:
        """Payloads with answers and expected marks."""


def token_for(option_id: str, seed: int) -> str:
    """An option's id for one attempt: 12 hex digits that cannot be undone without the seed."""
    return blake2b(f"{seed}:{option_id}".encode(), digest_size=6).hexdigest()


def shuffled(ids: Sequence[str], seed: int) -> list[str]:
    """The ids in an order that depends on the seed alone."""
    order = sorted(ids)
    random.Random(seed).shuffle(order)  # noqa: S311 - an order of options, not a secret
    return order
