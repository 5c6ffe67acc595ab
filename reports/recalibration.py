"""What a calibration moved, which questions drift, and by which parameters the delivered reports were made. Reads only.

A question is shown as what an average person (theta 0) would get of its point, since that is easier to read than
parameters; its range is that of its difficulty, with the slope as estimated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Count, F
from scipy.special import ndtri

from assessments.states import State
from psychometrics.items import Item, category_probabilities
from question_bank.models import QuestionVersion
from reports.models import Calibration, ItemParameters, ReportFigure
from reports.services.item_bank import item_of, prior_of

LEVEL = 0.90
SURE = 3.0
"""Standard errors from which on a question is said to drift: by chance alone about three in a thousand do."""
MOST = 20


@dataclass(frozen=True, slots=True)
class Place:
    """What an average person would get of the question's point: a figure in [0, 1] with its 90 % range, and n answers.

    ``assumed``: from the author's rating alone.
    """

    value: float
    low: float
    high: float
    n: int

    @property
    def assumed(self) -> bool:
        return self.n == 0


@dataclass(frozen=True, slots=True)
class Move:
    """One question before and after a calibration."""

    version: QuestionVersion
    before: Place
    after: Place

    @property
    def size(self) -> float:
        return abs(self.after.value - self.before.value)


@dataclass(frozen=True, slots=True)
class Drift:
    """Answers since the calibration before, against what it expected: mean marks, and their difference with its range.

    ``n``: those answers.
    """

    version: QuestionVersion
    observed: float
    expected: float
    low: float
    high: float
    z: float
    n: int

    @property
    def shown(self) -> bool:
        return abs(self.z) >= SURE

    @property
    def words(self) -> str:
        return ("easier" if self.z > 0 else "harder") + " than expected"


@dataclass(frozen=True, slots=True)
class Recalibration:
    """``moves``: the largest of ``moved`` ones. ``judged``: questions with enough new answers to look for drift."""

    before: Calibration | None
    moves: Sequence[Move]
    moved: int
    drifting: Sequence[Drift]
    judged: int
    delivered: Sequence[tuple[str, int]]


def recalibration(calibration: Calibration) -> Recalibration:
    """Against the finished calibration before, or against the authors' ratings where there was none. Five queries."""
    earlier = Calibration.objects.filter(number__lt=calibration.number, finished_at__isnull=False, failed="")
    before = earlier.first()
    rows = list(calibration.items.select_related("skill", "version__question__skill"))
    known = {row.version_id: row for row in before.items.select_related("skill")} if before else {}
    moves = [Move(row.version, _place(_before(row, known.get(row.version_id))), _place(item_of(row))) for row in rows]
    drifts = [found for row in rows if (found := drift_of(row))]
    return Recalibration(
        before=before,
        moves=sorted(moves, key=lambda move: -move.size)[:MOST],
        moved=len(moves),
        drifting=sorted((one for one in drifts if one.shown), key=lambda one: -abs(one.z))[:MOST],
        judged=len(drifts),
        delivered=_delivered(),
    )


def drift_of(row: ItemParameters) -> Drift | None:
    """None where there were too few new answers to look."""
    if row.observed is None or row.expected is None or not row.shift_sd:
        return None
    change, half = row.observed - row.expected, float(ndtri((1 + LEVEL) / 2)) * row.shift_sd
    z = change / row.shift_sd
    return Drift(row.version, row.observed, row.expected, change - half, change + half, z, row.since_n)


def _before(row: ItemParameters, earlier: ItemParameters | None) -> Item:
    return item_of(earlier) if earlier else prior_of(row.version)


def _place(item: Item) -> Place:
    half = float(ndtri((1 + LEVEL) / 2)) * item.difficulty_sd
    at = item.difficulty + np.array([0.0, half, -half])
    by_category = category_probabilities(np.zeros(3), np.full(3, item.slope), at, item.chance, item.steps)
    value, low, high = np.linspace(0, 1, len(by_category)) @ by_category
    return Place(float(value), float(low), float(high), item.n)


def _delivered() -> list[tuple[str, int]]:
    """By which parameters the reports that count were made, and how many each; the most first."""
    figures: Any = ReportFigure.objects.filter(
        skill=None, report__attempt__state=State.SCORED, report__score=F("report__attempt__score")
    )
    counted: Counter[str] = Counter()
    for method, people in figures.order_by().values_list("method").annotate(people=Count("pk")):
        counted[method.partition(", ")[2] or method] += people
    return counted.most_common()
