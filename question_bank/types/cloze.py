"""Fill in: a text or a listing with gaps that are chosen from a list or typed. Each gap counts the same."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import Field, FiniteFloat, StringConstraints, model_validator

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
from question_bank.types.numeric import check_answers, parse_number, within
from question_bank.types.parts import Why, described
from question_bank.types.variants import VariantError

MAX_TYPED_CHARS = 200
Words = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TYPED_CHARS)]
GAP = re.compile(r"\[\[([a-z0-9]+(?:-[a-z0-9]+)*)\]\]")
"""How the text names a gap: ``[[its-id]]``."""
PLACE = "plumblinegap"


class _Gap(Payload):
    id: OptionId
    rationale: Why = ""


class ListGap(_Gap):
    """One of two to ten texts."""

    kind: Literal["list"]
    options: tuple[Words, ...] = Field(min_length=2, max_length=10)
    answer: Words

    @model_validator(mode="after")
    def _answer_is_an_option(self) -> Self:
        if len(set(self.options)) < len(self.options):
            raise ValueError("two options are the same")
        if self.answer not in self.options:
            raise ValueError(f"the answer {self.answer!r} is none of the options")
        return self


class TextGap(_Gap):
    """A word or a few. What was typed is right if it equals an accepted text after `normalised`."""

    kind: Literal["text"]
    accepted: tuple[Words, ...] = Field(min_length=1, max_length=20)
    case_sensitive: bool = False

    @model_validator(mode="after")
    def _accepted_differ(self) -> Self:
        forms = [normalised(text, case_sensitive=self.case_sensitive) for text in self.accepted]
        if "" in forms or len(set(forms)) < len(forms):
            raise ValueError("two accepted texts are the same after normalisation, or one is empty")
        return self


class NumberGap(_Gap):
    """A number within an absolute ``tolerance``; both ends count as right."""

    kind: Literal["number"]
    answer: FiniteFloat
    tolerance: Annotated[FiniteFloat, Field(ge=0)] = 0
    unit: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = None


Gap = Annotated[ListGap | TextGap | NumberGap, Field(discriminator="kind")]


class ClozePayload(Payload):
    """``text``: Markdown, listings and tables included, in which ``[[id]]`` marks each gap once."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
    gaps: tuple[Gap, ...] = Field(min_length=1, max_length=20)

    @model_validator(mode="after")
    def _each_gap_once(self) -> Self:
        ids = [gap.id for gap in self.gaps]
        ids_differ(ids, "gaps")
        marked = GAP.findall(self.text)
        for gap in ids:
            if marked.count(gap) != 1:
                raise ValueError(f"the text needs [[{gap}]] exactly once, found {marked.count(gap)} times")
        if unknown := next((name for name in marked if name not in ids), None):
            raise ValueError(f"the text has [[{unknown}]], which is none of the gaps")
        return self


@dataclass(frozen=True, slots=True)
class ClozePresentation(Presentation):
    """``text``: Markdown in which `place_of` stands for each field."""

    text: str = ""


class Cloze(QuestionType[ClozePayload]):
    slug = "cloze"
    label = "Fill in"
    payload_model = ClozePayload

    def present(self, payload: ClozePayload, seed: int, *, shuffle: bool = True) -> ClozePresentation:
        """Fields in the order of the text, in which `place_of` stands for each of them."""
        order = GAP.findall(payload.text)
        by_id = {gap.id: gap for gap in payload.gaps}
        fields = []
        for number, name in enumerate(order, start=1):
            gap = by_id[name]
            texts: Sequence[str] = getattr(gap, "options", ())
            texts = shuffled(texts, _seed_of(gap, seed)) if shuffle else sorted(texts)
            options = tuple(PresentedOption(_option_token(gap, text, seed), text) for text in texts)
            fields.append(PresentedField(token_for(name, seed), f"Gap {number}", options, getattr(gap, "unit", None)))
        return ClozePresentation(
            fields=tuple(fields),
            hint="Fill in each gap; each counts the same. Small and capital letters make no difference in words."
            if not any(getattr(gap, "case_sensitive", False) for gap in payload.gaps)
            else "Fill in each gap; each counts the same. Mind small and capital letters.",
            text=GAP.sub(lambda found: place_of(order.index(found[1])), payload.text),
        )

    def clean(self, payload: ClozePayload, raw: Raw, seed: int) -> Answer | None:
        by_token = {token_for(gap.id, seed): gap for gap in payload.gaps}
        given = {}
        for token, value in parts_of(raw, by_token, longest=MAX_TYPED_CHARS).items():
            gap = by_token[token]
            if isinstance(gap, ListGap):
                texts = {_option_token(gap, text, seed): text for text in gap.options}
                if value not in texts:
                    raise AnswerError("One gap has no such choice. Reload the page and choose again.")
                value = texts[value]
            given[gap.id] = value
        return {"gaps": given} if given else None

    def warning(self, payload: ClozePayload, answer: Answer | None) -> str:
        """Words about the first number that cannot be read."""
        given = _given(answer)
        for number, name in enumerate(GAP.findall(payload.text), start=1):
            gap = next(gap for gap in payload.gaps if gap.id == name)
            if isinstance(gap, NumberGap) and name in given:
                try:
                    parse_number(given[name], gap.unit)
                except ValueError as problem:
                    return f"Saved as typed, but gap {number} cannot be marked yet. {problem}"
        return ""

    def filled_in(self, payload: ClozePayload, answer: Answer | None, seed: int) -> Sequence[str]:
        by_id = {gap.id: gap for gap in payload.gaps}
        shown = []
        for name, value in _given(answer).items():
            gap = by_id[name]
            shown.append(
                f"{token_for(name, seed)}:{_option_token(gap, value, seed) if isinstance(gap, ListGap) else value}"
            )
        return shown

    def mark(self, payload: ClozePayload, answer: Answer | None) -> float:
        """Share of the gaps that are right. Nothing is taken off for a wrong one, so lists keep their chance level."""
        given = _given(answer)
        return sum(gap.id in given and is_right(gap, given[gap.id]) for gap in payload.gaps) / len(payload.gaps)

    def chance(self, payload: ClozePayload) -> float:
        """Lists are guessed by picking; what is typed is not guessed."""
        return sum(1 / len(gap.options) for gap in payload.gaps if isinstance(gap, ListGap)) / len(payload.gaps)

    def check_draws(self, payloads: Sequence[ClozePayload]) -> None:
        """Some gap has to depend on the numbers, and no tolerance may swallow its result."""
        last: VariantError | None = None
        for index, gap in enumerate(payloads[0].gaps):
            if isinstance(gap, NumberGap):
                draws = [(p.gaps[index].answer, p.gaps[index].tolerance, p.draw) for p in payloads]  # type: ignore[union-attr]
                try:
                    return check_answers(draws, ("gaps", index, "answer"))  # type: ignore[arg-type]
                except VariantError as error:
                    last = error
        raise last or VariantError("variables need a gap of the kind number whose answer is a formula", ("variables",))

    def guess(self, payload: ClozePayload, rng: random.Random) -> Answer:
        return {"gaps": {gap.id: rng.choice(gap.options) if isinstance(gap, ListGap) else "?" for gap in payload.gaps}}

    def solved(self, payload: ClozePayload) -> Answer:
        return {"gaps": {gap.id: _key(gap) for gap in payload.gaps}}

    def describe(self, payload: ClozePayload, answer: Answer | None) -> Sequence[DescribedLine]:
        given = _given(answer)
        by_id = {gap.id: gap for gap in payload.gaps}
        return described(
            [(name, f"Gap {number}") for number, name in enumerate(GAP.findall(payload.text), start=1)],
            given={name: as_code(value) for name, value in given.items()},
            key={gap.id: _key_in_words(gap) for gap in payload.gaps},
            right={name: is_right(by_id[name], value) for name, value in given.items()},
            why={gap.id: gap.rationale for gap in payload.gaps},
        )

    def samples(self) -> Sequence[Sample]:
        gaps: list[dict[str, Any]] = [
            {
                "id": "kind",
                "kind": "list",
                "options": ["rate", "delta", "sum"],
                "answer": "rate",
                "rationale": "Per second.",
            },
            {"id": "window", "kind": "number", "answer": 5, "tolerance": 0.001, "unit": "minutes"},
            {"id": "label", "kind": "text", "accepted": ["status code", "status_code"], "rationale": "By reply."},
        ]
        text = "The rule takes the [[kind]] over [[window]], split by\n\n```yaml\nby: [[label]]\n```"
        full = {"kind": "rate", "window": "5", "label": "Status  CODE"}
        return [
            Sample(
                payload={"text": text, "gaps": gaps},
                marks=[
                    ({"gaps": full}, 1.0),
                    ({"gaps": full | {"window": "5 minutes", "label": "status_code"}}, 1.0),
                    ({"gaps": full | {"window": "five"}}, 2 / 3),
                    ({"gaps": {"kind": "rate"}}, 1 / 3),
                    ({"gaps": {"kind": "sum", "window": "6", "label": "code"}}, 0.0),
                    (None, 0.0),
                ],
                bad_payloads=[
                    {"text": "No gap", "gaps": gaps[:1]},
                    {"text": "[[kind]] [[kind]]", "gaps": gaps[:1]},
                    {"text": "[[kind]] [[other]]", "gaps": gaps[:1]},
                    {"text": "[[kind]]", "gaps": [gaps[0] | {"answer": "mean"}]},
                    {"text": "[[kind]]", "gaps": [gaps[0] | {"options": ["rate", "rate"]}]},
                    {"text": "[[label]]", "gaps": [gaps[2] | {"accepted": ["a", "A "]}]},
                    {"text": "[[window]]", "gaps": [gaps[1] | {"tolerance": -1}]},
                    {"text": "[[window]]", "gaps": [gaps[1] | {"kind": "essay"}]},
                ],
                twins=[
                    {
                        "text": text,
                        "gaps": [
                            gaps[0] | {"answer": "sum", "options": ["sum", "rate", "delta"]},
                            gaps[1] | {"answer": 90, "tolerance": 2},
                            gaps[2] | {"accepted": ["pod"]},
                        ],
                    }
                ],
                raws=[
                    (
                        {"answer-{token:window}": [" 5 "], "answer-{token:label}": ["Status code"]},
                        {"gaps": {"window": "5", "label": "Status code"}},
                    ),
                    ({"answer-{token:kind}": ["{token:kind/rate}"]}, {"gaps": {"kind": "rate"}}),
                    ({"answer": ["{token:label}:a:b"]}, {"gaps": {"label": "a:b"}}),
                    ({"answer-{token:label}": [" "]}, None),
                    ({}, None),
                ],
                bad_raw=[
                    {"answer-{token:kind}": ["rate"]},
                    {"answer-{token:label}": ["x" * 201]},
                    {"answer-label": ["x"]},
                ],
            )
        ]


def place_of(index: int) -> str:
    """What stands in a presented text for a field: a word that highlighting and Markdown leave whole."""
    return f"{PLACE}{index}x"


def normalised(text: str, *, case_sensitive: bool = False) -> str:
    """Unicode form NFKC; white space dropped at the ends, elsewhere made one blank; case folded unless it matters."""
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    return text if case_sensitive else text.casefold()


def is_right(gap: ListGap | TextGap | NumberGap, given: str) -> bool:
    """Whether what was chosen or typed for a gap is its key."""
    if isinstance(gap, ListGap):
        return given == gap.answer
    if isinstance(gap, TextGap):
        form: Callable[[str], str] = lambda text: normalised(text, case_sensitive=gap.case_sensitive)  # noqa: E731
        return form(given) in {form(text) for text in gap.accepted}
    try:
        return within(parse_number(given, gap.unit), gap.answer, gap.tolerance)
    except ValueError:
        return False


def as_code(text: str) -> str:
    """A text as inline Markdown code, whatever it holds: what somebody typed is never read as Markdown."""
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    return f"{fence} {text} {fence}" if "`" in text else f"{fence}{text}{fence}"


def _given(answer: Answer | None) -> dict[str, str]:
    return dict(answer["gaps"]) if answer else {}


def _seed_of(gap: ListGap | TextGap | NumberGap, seed: int) -> int:
    return int(token_for(gap.id, seed), 16)


def _option_token(gap: ListGap | TextGap | NumberGap, text: str, seed: int) -> str:
    return token_for(f"{gap.id}/{text}", seed)


def _key(gap: ListGap | TextGap | NumberGap) -> str:
    if isinstance(gap, TextGap):
        return gap.accepted[0]
    return gap.answer if isinstance(gap, ListGap) else repr(gap.answer)


def _key_in_words(gap: ListGap | TextGap | NumberGap) -> str:
    if isinstance(gap, TextGap):
        return " or ".join(map(as_code, gap.accepted))
    if isinstance(gap, ListGap):
        return as_code(gap.answer)
    unit = f" {gap.unit}" if gap.unit else ""
    return f"{gap.answer:g}{unit} (accepted: ± {gap.tolerance:g})"
