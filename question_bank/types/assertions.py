"""What has to hold in a configuration: a JMESPath query and a test of its result, worth a share.

JMESPath (jmespath.org) only selects and compares; there is nothing in it that could run or loop for ever.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import Field, FiniteFloat, JsonValue, StringConstraints, field_validator, model_validator

from question_bank.types.base import Payload

MAX_MATCHED_CHARS = 1000

_SCALE = {"": 1.0, "m": 1e-3, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12,
          "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40}  # fmt: skip
_SECONDS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


class Assertion(Payload):
    """One thing that has to hold.

    ``test`` looks at the result of ``query``: *true* (not empty, null or false), *equals*, *one_of*, *matches* (a
    regular expression, found anywhere in the text or, for a list, in each of its texts), *at_least*, *at_most*.
    ``reads`` says how numbers are written: plain, as a Kubernetes quantity (``512Mi``), as a duration (``5m``).
    ``keep``: it holds in the file as it is handed out and must not be broken; breaking it costs its share.
    ``message`` says what holds, in words for whoever reads the key.
    """

    query: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    test: Literal["true", "equals", "one_of", "matches", "at_least", "at_most"] = "true"
    value: JsonValue = None
    reads: Literal["number", "quantity", "duration"] = "number"
    share: Annotated[FiniteFloat, Field(gt=0, le=100)] = 1.0
    keep: bool = False
    message: Annotated[str, StringConstraints(min_length=1, max_length=500)]

    @field_validator("query")
    @classmethod
    def _can_be_asked(cls, query: str) -> str:
        try:
            jmespath.compile(query)
        except (JMESPathError, ValueError, RecursionError) as error:
            first = str(error).splitlines()[0]
            raise ValueError(f"the query is not JMESPath: {first}") from error
        return query

    @model_validator(mode="after")
    def _can_be_tested(self) -> Self:
        if self.test == "one_of" and not (isinstance(self.value, list) and self.value):
            raise ValueError("one_of needs a list of values")
        if self.test == "matches":
            check_pattern(self.value)
        if self.test in ("at_least", "at_most") and number_of(self.value, self.reads) is None:
            raise ValueError(f"{self.test} needs a value that reads as a {self.reads}")
        return self

    def holds(self, data: Any) -> bool:
        """Whether it holds in the data; a query that does not fit the data (a null where text is needed) does not."""
        return self.look(data)[1]

    def look(self, data: Any) -> tuple[Any, bool]:
        """What the query finds in the data, and whether that passes the test."""
        try:
            found = jmespath.search(self.query, data)
        except (JMESPathError, TypeError, ValueError, KeyError, AttributeError, RecursionError):
            return None, False
        return found, _TESTS[self.test](self, found)


def check_pattern(pattern: Any) -> None:
    """Refuse a regular expression whose cost could explode on a hostile text.

    No repeated group, and at most two open repeats: on `MAX_MATCHED_CHARS` characters that stays cheap.

    Raises:
        ValueError: not a pattern, or not a cheap one.
    """
    if not isinstance(pattern, str) or not 0 < len(pattern) <= 300:
        raise ValueError("matches needs a regular expression of at most 300 characters")
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"the regular expression cannot be read: {error}") from error
    bare = re.sub(r"\\.", "x", pattern)
    bare = re.sub(r"\[\^?\]?[^\]]*\]", "x", bare)
    if re.search(r"\)[*+{]", bare):
        raise ValueError("the regular expression repeats a group; write it without, for it could take for ever")
    if len(re.findall(r"[*+]|\{\d*,\}|\{\d{3,}|\{\d*,\d{3,}", bare)) > 2 or re.search(r"\(\?P=|\\[1-9]", pattern):
        raise ValueError("the regular expression has more than two open repeats or refers back; make it simpler")


def number_of(value: Any, reads: str) -> float | None:
    """A number, a quantity (``500m``, ``2Gi``) or a duration in seconds (``1h30m``); None where it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < 1e300 else None
    if not isinstance(value, str) or len(value) > 60:
        return None
    if reads == "duration":
        parts = re.findall(r"(\d+(?:\.\d+)?)(ms|[smhdw])", value)
        whole = "".join(amount + unit for amount, unit in parts)
        return sum(float(amount) * _SECONDS[unit] for amount, unit in parts) if parts and whole == value else None
    parts = re.findall(r"^([+-]?\d+(?:\.\d+)?)([A-Za-z]{0,2})$", value)
    if not parts or (reads == "number" and parts[0][1]):
        return None
    amount, unit = parts[0]
    return float(amount) * _SCALE[unit] if unit in _SCALE else None


def _matches(assertion: Assertion, found: Any) -> bool:
    texts = found if isinstance(found, list) else [found]
    pattern = str(assertion.value)
    return bool(texts) and all(
        isinstance(text, str) and len(text) <= MAX_MATCHED_CHARS and re.search(pattern, text) is not None
        for text in texts
    )


def _bound(assertion: Assertion, found: Any, *, least: bool) -> bool:
    number, limit = number_of(found, assertion.reads), number_of(assertion.value, assertion.reads)
    return number is not None and limit is not None and (number >= limit if least else number <= limit)


def _same(left: Any, right: Any) -> bool:
    """Equality of data, in which true is not 1."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


_TESTS: dict[str, Callable[[Assertion, Any], bool]] = {
    "true": lambda _, found: found is not None and found is not False and found != "" and found not in ([], {}),
    "equals": lambda assertion, found: _same(found, assertion.value),
    "one_of": lambda assertion, found: any(_same(found, one) for one in assertion.value),  # type: ignore[union-attr]
    "matches": _matches,
    "at_least": lambda assertion, found: _bound(assertion, found, least=True),
    "at_most": lambda assertion, found: _bound(assertion, found, least=False),
}
