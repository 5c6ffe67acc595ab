"""Variants: numbers that are drawn for each candidate, and results computed from them. No eval anywhere.

A payload of any type may have ``variables``. Then ``[[name]]`` in its texts, in the stem and in the explanation stands
for the drawn number, and a text that begins with ``=`` is a formula whose result takes its place::

    variables:
      gpus: {low: 2, high: 8, step: 2}
      price: {values: [2.5, 3, 4.5]}
    answer: "= gpus * price * 24"
    tolerance: 0.01

The draw follows from the seed alone, so page, mark, regrade and report of an attempt have the same numbers.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b
from itertools import islice, product
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter, model_validator

MAX_VALUES = 10_000
MAX_FORMULA_CHARS = 300
MAX_CHECKED = 300
"""Draws that are tried out before a question is accepted: all of them where there are no more."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_MARK = re.compile(r"\[\[([a-z][a-z0-9_]*)\]\]")
_TWO: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: math.pow,
}
_ONE: dict[type[ast.unaryop], Callable[[float], float]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
_FUNCTIONS: dict[str, Callable[..., float]] = {
    "abs": abs,
    "ceil": math.ceil,
    "exp": math.exp,
    "floor": math.floor,
    "log": math.log,
    "log10": math.log10,
    "log2": math.log2,
    "max": max,
    "min": min,
    "round": lambda value, places=0: round(value, max(-12, min(12, int(places)))),
    "sqrt": math.sqrt,
}


class VariantError(ValueError):
    """What is wrong with variables or a formula, and at which place of the payload."""

    def __init__(self, message: str, location: tuple[str | int, ...] = ()) -> None:
        self.location = location
        super().__init__(message)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Span(_Strict):
    """Every ``step`` from ``low`` to ``high``, both included."""

    low: FiniteFloat
    high: FiniteFloat
    step: FiniteFloat = Field(default=1, gt=0)

    @model_validator(mode="after")
    def _some_values(self) -> Span:
        if self.high <= self.low:
            raise ValueError("high has to be larger than low")
        if (self.high - self.low) / self.step >= MAX_VALUES:
            raise ValueError(f"more than {MAX_VALUES} values: choose a larger step")
        return self

    def numbers(self) -> list[Decimal]:
        low, high, step = (Decimal(repr(value)) for value in (self.low, self.high, self.step))
        return [low + step * index for index in range(int((high - low) / step) + 1)]


class Listed(_Strict):
    """One of these."""

    values: tuple[FiniteFloat, ...] = Field(min_length=2, max_length=100)

    def numbers(self) -> list[Decimal]:
        return [Decimal(repr(value)) for value in dict.fromkeys(self.values)]


Variables = TypeAdapter(dict[str, Span | Listed])
Draw = dict[str, Decimal]


@dataclass(frozen=True)
class Varied:
    """A payload with variables as it was written, and one draw of its numbers."""

    source: Mapping[str, Any]
    draw: Draw


def drawn(pools: Mapping[str, Span | Listed], seed: int) -> Draw:
    """One number for each variable. The same seed gives the same numbers, in every version of Python."""
    numbers = {}
    for name, pool in pools.items():
        values = pool.numbers()
        digest = blake2b(f"{seed}:variable:{name}".encode(), digest_size=8).digest()
        numbers[name] = values[int.from_bytes(digest, "big") % len(values)]
    return numbers


def draws_to_check(pools: Mapping[str, Span | Listed]) -> Iterator[Draw]:
    """All draws where they are few; otherwise all combinations of ends, and some draws."""
    values = {name: pool.numbers() for name, pool in pools.items()}
    if math.prod(map(len, values.values())) <= MAX_CHECKED:
        corners = product(*values.values())
    else:
        corners = product(*([min(some), max(some)] for some in values.values()))
    for combination in islice(corners, MAX_CHECKED):
        yield dict(zip(values, combination, strict=True))
    if math.prod(map(len, values.values())) > MAX_CHECKED:
        for seed in range(MAX_CHECKED // 3):
            yield drawn(pools, seed)


def filled(value: Any, draw: Draw, location: tuple[str | int, ...] = ()) -> Any:
    """The same value with numbers for names and results for formulas.

    Raises:
        VariantError: a formula that cannot be read, or has no finite result.
    """
    if isinstance(value, str):
        if value.startswith("="):
            return result(value[1:].strip(), draw, location)
        return worded(value, draw)
    if isinstance(value, Mapping):
        return {key: filled(part, draw, (*location, key)) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [filled(part, draw, (*location, index)) for index, part in enumerate(value)]
    return value


def worded(text: str, draw: Draw) -> str:
    """A text with the number for each ``[[name]]``; other marks stay."""
    return _MARK.sub(lambda found: in_digits(draw[found[1]]) if found[1] in draw else found[0], text)


def in_digits(number: Decimal) -> str:
    """A drawn number without exponent and without zeros at the end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def result(formula: str, draw: Draw, location: tuple[str | int, ...] = ()) -> float:
    """The result of a formula: + - * / // % ** over numbers, names of variables and a few functions.

    Raises:
        VariantError: anything else, or a result that is not a finite number.
    """
    if len(formula) > MAX_FORMULA_CHARS:
        raise VariantError(f"a formula has at most {MAX_FORMULA_CHARS} characters", location)
    try:
        value = _computed(ast.parse(formula, mode="eval").body, {name: float(one) for name, one in draw.items()})
    except VariantError as error:
        raise VariantError(str(error), location) from None
    except ZeroDivisionError:
        raise VariantError(f"division by zero{_with(draw)}", location) from None
    except (SyntaxError, RecursionError, MemoryError):
        raise VariantError(f"this formula cannot be read: {formula!r}", location) from None
    except (ValueError, OverflowError, TypeError) as error:
        raise VariantError(f"no result{_with(draw)}: {error}", location) from None
    if not math.isfinite(value):
        raise VariantError(f"the result is no finite number{_with(draw)}", location)
    return value


def _computed(node: ast.expr, numbers: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return float(value)
        case ast.Name(id=name):
            if name not in numbers:
                raise VariantError(f"{name!r} is none of the variables")
            return numbers[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _TWO:
            return _TWO[type(op)](_computed(left, numbers), _computed(right, numbers))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _ONE:
            return _ONE[type(op)](_computed(operand, numbers))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            return float(_FUNCTIONS[name](*(_computed(part, numbers) for part in args)))
    raise VariantError(f"a formula has numbers, variables, + - * / // % ** and {', '.join(_FUNCTIONS)}; nothing else")


def pools_of(payload: Mapping[str, Any]) -> dict[str, Span | Listed]:
    """The variables of a payload.

    Raises:
        pydantic.ValidationError: a range that is none.
        VariantError: a name that cannot be one, or too many of them.
    """
    pools = Variables.validate_python(payload["variables"])
    if not 1 <= len(pools) <= 10:
        raise VariantError("name one to ten variables", ("variables",))
    for name in pools:
        if not _NAME.fullmatch(name) or name in _FUNCTIONS:
            message = f"{name!r} cannot be a variable: small letters, digits and _, and no name of a function"
            raise VariantError(message, ("variables",))
    return pools


def _with(draw: Draw) -> str:
    return f" with {words_of(draw)}" if draw else ""


def words_of(draw: Draw) -> str:
    """``gpus = 4, price = 2.5``."""
    return ", ".join(f"{name} = {in_digits(number)}" for name, number in draw.items())
