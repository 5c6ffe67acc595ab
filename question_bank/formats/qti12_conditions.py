"""What the answer processing of a QTI 1.2 item asks for and gives; the names of its elements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from question_bank.formats import shapes

_LOWER, _UPPER = {"vargte", "vargt"}, {"varlte", "varlt"}
_WHOLE = 100.0
"""What stands for ``SCORE.max``, as Blackboard writes the whole of the points."""


def name_of(element: Any) -> str:
    return etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""


def below(element: Any, name: str) -> Iterator[Any]:
    """All elements of a name below another, in the order of the file."""
    return (one for one in element.iterdescendants() if name_of(one) == name)


def first(element: Any, name: str) -> Any | None:
    return next(below(element, name), None)


@dataclass(frozen=True, slots=True)
class Condition:
    """One ``respcondition``: which answers it asks for, which it forbids, what it earns and shows.

    ``inside``: answers that only have to hold this text somewhere.
    """

    equal: tuple[tuple[str, str], ...]
    unequal: tuple[tuple[str, str], ...]
    inside: tuple[tuple[str, str], ...]
    bounds: dict[str, float]
    points: float
    feedback: tuple[str, ...]


def condition_of(element: Any) -> Condition:
    equal: list[tuple[str, str]] = []
    unequal: list[tuple[str, str]] = []
    inside: list[tuple[str, str]] = []
    bounds: dict[str, float] = {}
    for one in element.iterdescendants():
        name, words = name_of(one), "".join(one.itertext()).strip()
        if name in {"varequal", "varsubstring"}:
            forbidden = any(name_of(above) == "not" for above in one.iterancestors())
            kept = inside if name == "varsubstring" else equal
            (unequal if forbidden else kept).append((one.get("respident") or "", words))
        elif name in _LOWER | _UPPER and (value := shapes.number_of(words)) is not None:
            bounds["low" if name in _LOWER else "high"] = value
    points = sum(map(_points, below(element, "setvar")))
    feedback = tuple(one.get("linkrefid") or "" for one in below(element, "displayfeedback"))
    return Condition(tuple(equal), tuple(unequal), tuple(inside), bounds, points, feedback)


def _points(setvar: Any) -> float:
    words = "".join(setvar.itertext()).strip()
    if (setvar.get("action") or "Set").lower() not in {"set", "add"}:
        return 0.0
    return _WHOLE if words.lower().endswith(".max") else shapes.number_of(words) or 0.0
