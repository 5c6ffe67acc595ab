"""What every question type offers. Pure Python: no Django, no database.

A type turns a stored payload into what a candidate sees, turns what the candidate's
form sends into an answer that can be stored, and marks that answer. It never sees the
attempt, the clock or the person.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from question_bank.types.variants import Draw, VariantError, Varied, drawn, draws_to_check, filled, pools_of, words_of

Raw = Mapping[str, Sequence[str]]
"""What a form posts: field name to the list of its values. Every field of an answer is named ``answer`` or, where a
question has several parts (rows, gaps), ``answer-PART``; see `values_of`."""

Answer = dict[str, Any]
"""What is stored: JSON, in the payload's own ids, so that it can be marked without the seed."""

MAX_ANSWER_CHARS = 10_000
PART_PREFIX = "answer-"


class AnswerError(ValueError):
    """The posted answer cannot be one: the message says what to change, in words for candidates."""


class Payload(BaseModel):
    """Base of all payloads: unknown keys are refused, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    _varied: Varied | None = PrivateAttr(default=None)

    @property
    def draw(self) -> Draw:
        """The drawn numbers of a payload with variables (see `types.variants`); empty for others."""
        return self._varied.draw if self._varied else {}

    @model_serializer(mode="wrap")
    def _as_written(self, handler: SerializerFunctionWrapHandler) -> Any:
        """A payload with variables is stored as it was written, not with the numbers of one draw."""
        return dict(self._varied.source) if self._varied else handler(self)


@dataclass(frozen=True, slots=True)
class PresentedOption:
    """One option as the candidate gets it. ``token`` is new for each attempt and tells nothing."""

    token: str
    text: str


@dataclass(frozen=True, slots=True)
class PresentedField:
    """A part that is answered by itself, a row or a gap: its form field is ``answer-TOKEN``.

    ``options``: what can be chosen here; empty where the part is typed.
    """

    token: str
    text: str = ""
    options: tuple[PresentedOption, ...] = ()
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Presentation:
    """Everything about a question that may leave the server during an attempt.

    A type that shows more derives its own from this, in its own file.
    """

    options: tuple[PresentedOption, ...] = ()
    fields: tuple[PresentedField, ...] = ()
    unit: str | None = None
    hint: str = ""
    typed: bool = False
    """The answer is typed, so its form values can be read by the person who sent them."""


@dataclass(frozen=True, slots=True)
class DescribedLine:
    """One line of an answer read back: an option or a value, whether it was given, whether it is right.

    ``code`` is shown below as it is, as a listing. ``judged``: False where ``right`` says nothing.
    """

    text: str
    given: bool
    right: bool
    rationale: str = ""
    code: str = ""
    judged: bool = True


@dataclass(frozen=True, slots=True)
class TriedOut:
    """What became of a text that a candidate tried: a table of the first rows of ``count``, or a problem in words."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    count: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a payload, in words for its author. ``location``: keys and indices down to the field."""

    message: str
    location: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """A payload with answers and the marks that they must get; the contract tests loop over these."""

    payload: dict[str, Any]
    marks: Sequence[tuple[Answer | None, float | None]]
    bad_payloads: Sequence[dict[str, Any]] = ()
    bad_raw: Sequence[Raw] = ()
    raws: Sequence[tuple[Raw, Answer | None]] = field(default_factory=tuple)
    """Raw forms for a *presented* payload; ``{token:<option id>}`` is replaced by the option's token."""
    twins: Sequence[dict[str, Any]] = ()
    """Payloads that differ in the key alone: no byte that candidates get may tell them from ``payload``."""


P = TypeVar("P", bound=Payload)


class QuestionType(ABC, Generic[P]):
    """One way of asking. A new one is one file here and one line in ``types/__init__.py``."""

    slug: ClassVar[str]
    label: ClassVar[str]
    payload_model: ClassVar[type[Payload]]
    marked_by_people: ClassVar[bool] = False
    """`mark` says None for every answer, and the payload has a rubric: see `question_bank.types.free_text`."""

    erased: ClassVar[Answer | None] = None
    """What stands for an answer in a person's own words once they are erased, so that its marks stay. None where
    answers are no such words: those stay without a name, and corrections mark them again."""

    def load(self, payload: Mapping[str, Any]) -> P:
        """Validate a stored or imported payload. One with variables is tried over many draws and has that of seed 0.

        Raises:
            pydantic.ValidationError: names each wrong field.
        """
        if "variables" not in payload:
            return self.payload_model.model_validate(payload)  # type: ignore[return-value]
        try:
            pools = pools_of(payload)
            checked = [self._filled(payload, draw) for draw in draws_to_check(pools)]
            self.check_draws(checked)
            return self._filled(payload, drawn(pools, 0))
        except VariantError as error:
            raise _refused(self.slug, str(error), error.location) from error

    def asked(self, payload: P, seed: int) -> P:
        """The payload as the attempt with this seed gets it; the same one where nothing is drawn."""
        if payload._varied is None:
            return payload
        source = payload._varied.source
        return self._filled(source, drawn(pools_of(source), seed))

    def check_draws(self, payloads: Sequence[P]) -> None:
        """Refuses variables that make no sense for this type, by a VariantError. ``payloads``: many draws."""

    def _filled(self, source: Mapping[str, Any], draw: Draw) -> P:
        concrete = filled({name: part for name, part in source.items() if name != "variables"}, draw)
        try:
            payload = self.payload_model.model_validate(concrete)
        except ValidationError as error:
            first = error.errors()[0]
            message = f"{first['msg'].removeprefix('Value error, ')} (with {words_of(draw)})"
            raise VariantError(message, first["loc"]) from error
        payload._varied = Varied(source, draw)
        return payload  # type: ignore[return-value]

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

    def chance(self, payload: P) -> float:
        """Mark in [0, 1] that somebody who does not read the question earns on average, by `guess`.

        The measurement takes it as the lower end of the question's curve.
        """
        return 0.0

    def guess(self, payload: P, rng: random.Random) -> Answer | None:
        """An answer as somebody gives it who does not read the question; None leaves it empty."""
        return None

    def solved(self, payload: P) -> Answer | None:
        """An answer that earns the whole point; None where only a person can say what does."""
        return None

    def try_out(self, payload: P, text: str) -> TriedOut | None:
        """What a text does with what candidates see anyway; None where there is nothing to try. Knows no key."""
        return None

    def check(self, payload: P) -> Sequence[Flaw]:
        """What is wrong with a payload that loads, in words for its author. Asked when it is written, not when it is
        used: it may take a second.
        """
        return ()

    @abstractmethod
    def samples(self) -> Sequence[Sample]:
        """Payloads with answers and expected marks."""


def _refused(slug: str, message: str, location: tuple[str | int, ...]) -> ValidationError:
    problem = InitErrorDetails(
        type=PydanticCustomError("variant", "{message}", {"message": message}), loc=location, input=None
    )
    return ValidationError.from_exception_data(slug, [problem])


def values_of(raw: Raw) -> list[str]:
    """What a form says, as values of the one field ``answer``: a field ``answer-X`` with V is the value ``X:V``.

    Pages keep and send answers again in this form; a form without JavaScript posts the fields themselves.
    """
    values = [value for value in raw.get("answer", []) if value]
    for name, given in raw.items():
        if name.startswith(PART_PREFIX):
            values += [f"{name.removeprefix(PART_PREFIX)}:{value}" for value in given if value]
    return values


def parts_of(raw: Raw, tokens: Collection[str], *, longest: int) -> dict[str, str]:
    """What was given for each part of a question: part token to its value, without empty parts.

    Args:
        tokens: the parts that the question has.
        longest: characters that a value may have.

    Raises:
        AnswerError: a part that the question has not, or one that is too long or given twice.
    """
    parts: dict[str, str] = {}
    for value in values_of(raw):
        token, _, given = value.partition(":")
        if token not in tokens:
            raise AnswerError("This answer belongs to another question. Reload the page and answer again.")
        given = given.replace("\0", "").strip()  # PostgreSQL stores no NUL
        if len(given) > longest:
            raise AnswerError(f"Type at most {longest} characters in one place.")
        if parts.get(token, given) != given:
            raise AnswerError("One part was answered twice. Reload the page and answer again.")
        if given:
            parts[token] = given
    return parts


def ids_differ(ids: Sequence[str], what: str) -> None:
    """Raises a ValueError that names the first id that is there twice."""
    if double := next((value for value in ids if ids.count(value) > 1), None):
        raise ValueError(f"two {what} have the same id: {double!r}")


def token_for(option_id: str, seed: int) -> str:
    """An option's id for one attempt: 12 hex digits that cannot be undone without the seed."""
    return blake2b(f"{seed}:{option_id}".encode(), digest_size=6).hexdigest()


def shuffled(ids: Sequence[str], seed: int) -> list[str]:
    """The ids in an order that depends on the seed alone."""
    order = sorted(ids)
    random.Random(seed).shuffle(order)  # noqa: S311 - an order of options, not a secret
    return order
