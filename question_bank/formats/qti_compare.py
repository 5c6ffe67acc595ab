"""What the response processing of a QTI item compares numbers with."""

from __future__ import annotations

from typing import Any

from question_bank.formats import shapes
from question_bank.formats.qti_names import attribute, below, first, name_of


def tolerance_of(root: Any, name: str, answer: float) -> float:
    """How far from the right number an answer may lie; 0 where the item compares exactly or not at all."""
    for equal in below(root, "equal"):
        variables = [attribute(one, "identifier") for one in equal if name_of(one) == "variable"]
        if name in variables and first(equal, "correct") is not None:
            parts = [shapes.number_of(part) for part in attribute(equal, "tolerance").split()]
            mode = attribute(equal, "tolerance-mode", "exact")
            if mode == "exact" or not parts or parts[0] is None:
                return 0.0
            return abs(parts[0]) if mode == "absolute" else abs(answer * parts[0] / 100)
    return _from_bounds(root, name, answer)


def _from_bounds(root: Any, name: str, answer: float) -> float:
    """The larger distance to the two bounds that an item compares with, where the answer lies between them."""
    bounds = []
    for kind in ("gte", "gt", "lte", "lt"):
        for one in below(root, kind):
            if any(name_of(part) == "variable" and attribute(part, "identifier") == name for part in one):
                bounds += [shapes.number_of(part.text or "") for part in one if name_of(part) == "base-value"]
    known = [bound for bound in bounds if bound is not None]
    if len(known) != 2 or not min(known) <= answer <= max(known):
        return 0.0
    return max(shapes.distance(bound, answer) for bound in known)


def wrong_numbers(root: Any) -> list[tuple[float, str]]:
    """Numbers with words of their own, and the identifier of these: branches that compare and then set feedback."""
    found = []
    for branch in [*below(root, "response-if"), *below(root, "response-else-if")]:
        equal, said = first(branch, "equal"), first(branch, "set-outcome-value")
        if equal is None or said is None:
            continue
        value = shapes.number_of("".join(one.text or "" for one in below(equal, "base-value")))
        names = ["".join(one.itertext()).strip() for one in below(said, "base-value")]
        if value is not None and names:
            found.append((value, names[0]))
    return found
