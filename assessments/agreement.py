"""When the marks of people for one answer become one mark. Plain data, no database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

AGREE_WITHIN = 0.1
"""Two marks that differ by no more than this share of the point agree; their mean counts."""


class Stage(StrEnum):
    OPEN = "open"
    SECOND = "second"
    DISAGREE = "disagree"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Given:
    """One mark that a person gave, 0..1; ``settles`` where it was given to end a disagreement."""

    marker: int | None
    mark: float
    settles: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """``mark``: None until settled. ``markers``: how many people marked. ``agreed``: None for fewer than two."""

    stage: Stage
    mark: float | None = None
    markers: int = 0
    agreed: bool | None = None


def outcome(given: Iterable[Given], needed: int) -> Outcome:
    """What the marks of one answer make, oldest first.

    needed: how many people have to mark, 1 or 2. Of each person the newest mark counts, and the first ``needed``
    people; whoever comes later is kept and changes nothing. The newest mark that settles ends a disagreement.
    """
    newest: dict[int | None, float] = {}
    settling: float | None = None
    for one in given:
        if one.settles:
            settling = one.mark
        else:
            newest[one.marker] = one.mark
    first = list(newest.values())[:needed]
    agreed = None if len(first) < 2 else max(first) - min(first) <= AGREE_WITHIN + 1e-9
    if len(first) < needed:
        return Outcome(Stage.SECOND if first else Stage.OPEN, None, len(first), agreed)
    if agreed is False and settling is None:
        return Outcome(Stage.DISAGREE, None, len(first), agreed)
    mark = settling if agreed is False and settling is not None else sum(first) / len(first)
    return Outcome(Stage.SETTLED, mark, len(first), agreed)
