"""What a score says about the person: an estimate, which the room above makes and this room shows in its lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from assessments.models import Attempt, Score
from assessments.signals import results_wanted, verdicts_wanted


@dataclass(frozen=True, slots=True)
class Result:
    """The overall figure of a report. ``value``, ``low`` and ``high`` in [0, 1], None where nothing can be said.

    ``points`` of ``n`` counted questions; the interval at ``level``; percentiles 0 to 100 with their interval, or
    None with the reason in ``percentile_note``, which else names the group, its n and date.
    """

    value: float | None
    low: float | None
    high: float | None
    level: float
    points: float
    n: int
    provisional: bool
    method: str
    percentile: float | None
    percentile_low: float | None
    percentile_high: float | None
    percentile_note: str


def results_of(scores: Iterable[int | None]) -> dict[int, Result]:
    """The results of scores by their keys; a score whose report is not built yet has none. One query."""
    wanted = {score for score in scores if score}
    answers: Any = results_wanted.send(sender=Score, scores=wanted) if wanted else []
    return {score: result for _, found in answers for score, result in found.items()}


@dataclass(frozen=True, slots=True)
class MarkSheet:
    """What a score rests on, or would: question version, skill and mark of what counts, in the order of the form.

    ``attempt``: with its version, and its assessment's organisation. ``points``: by the assessment's rule. ``level``:
    of the intervals.
    """

    attempt: Attempt
    marks: tuple[tuple[int, str, float], ...]
    points: float
    level: float


def verdicts_of(sheets: Sequence[MarkSheet]) -> list[str]:
    """For each sheet what its report would say of the pass mark: ``pass``, ``borderline`` or ``below``.

    Empty where it would say nothing: without a mark, or while its figures rest on assumed difficulties.
    """
    answers: Any = verdicts_wanted.send(sender=Attempt, sheets=sheets) if sheets else []
    return next((found for _, found in answers), [""] * len(sheets))
