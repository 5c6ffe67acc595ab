"""How a question performs: per version, from the newest scores of everybody who was asked it. Reads only.

Nothing here names a person. Figures on few answers are given with their range and said to be too few to judge by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import F

from accounts.models import Organisation
from assessments.models import ItemMark, Outcome, ProblemReport
from assessments.states import State
from psychometrics.bank import THETA, Bank
from psychometrics.classical import FEW, JUDGE, OptionStatistics, classical, options
from psychometrics.estimates import Estimate
from psychometrics.intervals import ShareEstimate, wilson
from question_bank.models import Question, QuestionVersion
from reports.models import ItemParameters
from reports.recalibration import Drift, drift_of
from reports.services.item_bank import bank_for, newest_calibration

MOST = 20_000
"""Newest answers read per version."""
GROUPS = 5
LEVEL = 0.95
NOTHING = "(no answer)"


@dataclass(frozen=True, slots=True)
class Group:
    """People of like results on the other questions: their mean share there, and their share right here."""

    others: float
    share: ShareEstimate


@dataclass(frozen=True, slots=True)
class Performance:
    """One version. ``median``: seconds. ``curve``: (share of the live questions, chance to get this one right)."""

    version: QuestionVersion
    n: int
    difficulty: Estimate
    discrimination: Estimate
    outcomes: dict[str, int]
    median: float | None
    problems: int
    options: Sequence[tuple[OptionStatistics, bool]]
    groups: Sequence[Group]
    curve: Sequence[tuple[float, float]]
    parameters: ItemParameters | None
    drift: Drift | None

    @property
    def few(self) -> bool:
        return self.n < FEW

    @property
    def judge(self) -> bool:
        """Enough answers to judge the question by them?"""
        return self.n >= JUDGE


def performance_of(question: Question, organisation: Organisation | None) -> list[Performance]:
    """Newest version first; versions that nobody was scored on are left out.

    ``organisation``: whose assessments the live questions are taken from, for the curve.
    """
    found = []
    for version in question.versions.select_related("question__skill").order_by("-number"):
        rows = list(
            ItemMark.objects.filter(
                item__question_version=version,
                item__attempt__state=State.SCORED,
                score=F("item__attempt__score"),
                mark__isnull=False,
            )
            .select_related("score", "item", "response")
            .order_by("-pk")[:MOST]
        )
        if rows:
            found.append(_performance(version, rows, organisation))
    return found


def _performance(version: QuestionVersion, rows: list[ItemMark], organisation: Organisation | None) -> Performance:
    seen = [row for row in rows if row.outcome != Outcome.NOT_REACHED]
    marks = np.array([row.mark for row in seen], dtype=float)
    others = np.array([_others(row) for row in seen], dtype=float)
    items = classical(np.column_stack([marks, others])).items if len(seen) else ()
    times = [row.seconds for row in rows if row.seconds is not None]
    calibration = newest_calibration()
    parameters = calibration.items.filter(version=version).first() if calibration else None
    bank = bank_for(calibration, organisation, [version.pk])
    return Performance(
        version=version,
        n=len(seen),
        difficulty=items[0].difficulty if items else classical(np.empty((0, 2))).items[0].difficulty,
        discrimination=items[0].item_rest if items else classical(np.empty((0, 2))).items[0].item_rest,
        outcomes=dict(Counter(row.outcome for row in rows)),
        median=float(np.median(times)) if times else None,
        problems=ProblemReport.objects.filter(item__question_version=version).count(),
        options=_options(version, seen, others),
        groups=_groups(marks, others),
        curve=_curve(str(version.pk), version.question.skill.slug, bank),
        parameters=parameters,
        drift=drift_of(parameters) if parameters else None,
    )


def _others(row: ItemMark) -> float:
    """The person's share of points on the other counted questions; NaN where there were none."""
    points, n = row.score.points, row.score.n
    if row.counted:
        points, n = points - (row.mark or 0.0), n - 1
    return points / n if n > 0 else float("nan")


def _options(version: QuestionVersion, rows: list[ItemMark], others: np.ndarray) -> list[tuple[OptionStatistics, bool]]:
    """Choices of questions with options. A person who ticked several counts for each of them."""
    listed = version.payload.get("options")
    if not listed or not all("id" in option for option in listed):
        return []
    words = {str(option["id"]): str(option.get("text", option["id"])) for option in listed}
    right = {words[str(option["id"])] for option in listed if option.get("correct")}
    chosen: list[str] = []
    scores: list[float] = []
    for row, share in zip(rows, others, strict=True):
        answer = row.response.answer if row.response else None
        picked = answer.get("options", [answer.get("option")]) if isinstance(answer, dict) else []
        names = [words[str(one)] for one in picked if str(one) in words] or [NOTHING]
        if np.isfinite(share):
            chosen += names
            scores += [float(share)] * len(names)
    found = options(chosen, scores, [*words.values(), NOTHING]) if chosen else ()
    return [(one, one.option in right) for one in found if one.n or one.option != NOTHING]


def _groups(marks: np.ndarray, others: np.ndarray) -> list[Group]:
    """Fifths by the share on the other questions; fewer groups where there are few people."""
    known = np.isfinite(others)
    marks, others = marks[known], others[known]
    count = min(GROUPS, len(marks) // 10)
    if count < 2:
        return []
    order = np.argsort(others, kind="stable")
    return [
        Group(float(others[part].mean()), wilson(float(marks[part].sum()), len(part), LEVEL))
        for part in np.array_split(order, count)
    ]


def _curve(name: str, skill: str, bank: Bank) -> list[tuple[float, float]]:
    """The model's curve with the share of the skill's live questions as its scale; empty without live questions."""
    if skill not in bank.live:
        return []
    live = bank.live[skill]
    inside = np.abs(THETA) <= 3
    shares, chances = live.mean[inside] / live.count, bank.curves[name].mean[inside]
    return [(float(x), float(y)) for x, y in zip(shares[::4], chances[::4], strict=True)]
