"""What matching and the grid share: rows, each of which is given one of the same options."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Self, TypeVar

from pydantic import Field, model_validator

from question_bank.types.base import (
    Answer,
    AnswerError,
    DescribedLine,
    Payload,
    PresentedField,
    PresentedOption,
    QuestionType,
    Raw,
    ids_differ,
    parts_of,
    shuffled,
    token_for,
)
from question_bank.types.choice import OptionId
from question_bank.types.parts import Label, Why, described


class RowOption(Payload):
    """One thing that a row can be given."""

    id: OptionId
    text: Label


class Row(Payload):
    """One row; ``answer`` is the id of its right option, ``rationale`` says why."""

    id: OptionId
    text: Label
    answer: OptionId
    rationale: Why = ""


class RowsPayload(Payload):
    """Two to twelve rows and two to ten options; an option may be right for several rows or for none."""

    rows: tuple[Row, ...] = Field(min_length=2, max_length=12)
    options: tuple[RowOption, ...] = Field(min_length=2, max_length=10)
    shuffle: bool = True

    @model_validator(mode="after")
    def _rows_and_options_fit(self) -> Self:
        for what, parts in (("rows", self.rows), ("options", self.options)):
            ids_differ([part.id for part in parts], what)
            if len({part.text for part in parts}) < len(parts):
                raise ValueError(f"two {what} have the same text")
        known = {option.id for option in self.options}
        for row in self.rows:
            if row.answer not in known:
                raise ValueError(f"the row {row.id!r} has the answer {row.answer!r}, which is none of the options")
        return self


R = TypeVar("R", bound=RowsPayload)


class RowsType(QuestionType[R]):
    """Presents, cleans and describes rows; the types differ in their template and in marking."""

    options_in_order: bool
    """Whether the options keep the order of the payload (columns do)."""

    def fields(self, payload: R, seed: int, *, shuffle: bool) -> tuple[PresentedField, ...]:
        """The rows with their options. In no order does the place of an option tell which row it belongs to."""
        shuffle = shuffle and payload.shuffle
        rows = {row.id: row for row in payload.rows}
        options = {option.id: option for option in payload.options}
        order = list(options)
        if not self.options_in_order:
            order = shuffled(order, seed) if shuffle else sorted(order, key=lambda i: options[i].text.casefold())
        presented = tuple(PresentedOption(_option_token(i, seed), options[i].text) for i in order)
        return tuple(
            PresentedField(token_for(i, seed), rows[i].text, presented)
            for i in (shuffled(list(rows), seed) if shuffle else rows)
        )

    def clean(self, payload: R, raw: Raw, seed: int) -> Answer | None:
        rows = {token_for(row.id, seed): row.id for row in payload.rows}
        options = {_option_token(option.id, seed): option.id for option in payload.options}
        given = {}
        for token, value in parts_of(raw, rows, longest=20).items():
            if value not in options:
                raise AnswerError("One row has no such choice. Reload the page and choose again.")
            given[rows[token]] = options[value]
        return {"rows": given} if given else None

    def warning(self, payload: R, answer: Answer | None) -> str:
        missing = len(payload.rows) - len(given_of(answer))
        if not answer or not missing:
            return ""
        return f"Saved. {missing} {'row has' if missing == 1 else 'rows have'} no answer yet."

    def filled_in(self, payload: R, answer: Answer | None, seed: int) -> Sequence[str]:
        return [f"{token_for(row, seed)}:{_option_token(option, seed)}" for row, option in given_of(answer).items()]

    def guess(self, payload: R, rng: random.Random) -> Answer:
        return {"rows": {row.id: rng.choice(payload.options).id for row in payload.rows}}

    def solved(self, payload: R) -> Answer:
        return {"rows": {row.id: row.answer for row in payload.rows}}

    def describe(self, payload: R, answer: Answer | None) -> Sequence[DescribedLine]:
        words = {option.id: option.text for option in payload.options}
        given = given_of(answer)
        return described(
            [(row.id, row.text) for row in payload.rows],
            given={row: words[option] for row, option in given.items()},
            key={row.id: words[row.answer] for row in payload.rows},
            right={row.id: given.get(row.id) == row.answer for row in payload.rows},
            why={row.id: row.rationale for row in payload.rows},
        )


def given_of(answer: Answer | None) -> dict[str, str]:
    """Row id to option id."""
    return dict(answer["rows"]) if answer else {}


def right_rows(payload: RowsPayload, answer: Answer | None) -> int:
    """How many rows have their right option."""
    given = given_of(answer)
    return sum(given.get(row.id) == row.answer for row in payload.rows)


def _option_token(option: str, seed: int) -> str:
    """Never the token of a row: authors like to give a row and its option the same id."""
    return token_for(f"option/{option}", seed)
