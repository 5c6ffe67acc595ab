"""Up to five people side by side: who is shown to differ on what, and who is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from assessments.models import Attempt
from psychometrics.differences import difference
from question_bank.models import Skill
from reports.facts import FEW_QUESTIONS
from reports.figures import EN_DASH, NBSP, listed, percent, whole
from reports.models import ReportFigure

LEAST, MOST = 2, 5


@dataclass(frozen=True, slots=True)
class Compared:
    """One person of the comparison, with the letter that stands in the picture."""

    letter: str
    attempt: Attempt

    @property
    def name(self) -> str:
        return str(self.attempt.candidate)


@dataclass(frozen=True, slots=True)
class Line:
    """One skill, or overall (``skill`` None): the figures in the order of the people, and what they allow to say."""

    skill: Skill | None
    figures: list[tuple[Compared, ReportFigure | None]]
    said: list[str]

    @property
    def title(self) -> str:
        return self.skill.title if self.skill else "Overall"


def compare(people: Sequence[Compared], skills: Sequence[Skill]) -> list[Line]:
    """Overall first, then the skills in their order. One query."""
    reports = {person.attempt.score_id: person for person in people}
    rows = ReportFigure.objects.filter(report__score__in=reports).select_related("report").defer("report__data")
    found: dict[tuple[int | None, int | None], ReportFigure] = {(r.report.score_id, r.skill_id): r for r in rows}
    lines = []
    for skill in (None, *skills):
        figures = [(person, found.get((person.attempt.score_id, skill.pk if skill else None))) for person in people]
        if any(figure for _, figure in figures):
            lines.append(Line(skill, figures, in_words(figures)))
    return lines


def in_words(figures: Sequence[tuple[Compared, ReportFigure | None]]) -> list[str]:
    """A sentence for each pair that is shown to differ; one that says so where none is."""
    known = [(person, figure) for person, figure in figures if figure and figure.low is not None]
    if len(known) < LEAST:
        return ["Fewer than two people have a figure here."]
    if any(figure.n < FEW_QUESTIONS for _, figure in known):
        return [f"Too few questions to set people apart: fewer than {FEW_QUESTIONS} for at least one of them."]
    said = [words for one, two in combinations(known, 2) if (words := _pair(one, two))]
    if said:
        return said
    names = listed([person.letter for person, _ in known])
    return [f"No difference shown between {names}: what sets them apart is within error."]


def _pair(one: tuple[Compared, ReportFigure], two: tuple[Compared, ReportFigure]) -> str:
    low, high = difference(*_three(one[1]), *_three(two[1]))
    if low > 0:
        return _leads(one, two, float(low), float(high))
    if high < 0:
        return _leads(two, one, -float(high), -float(low))
    return ""


def _leads(first: tuple[Compared, ReportFigure], second: tuple[Compared, ReportFigure], low: float, high: float) -> str:
    counts = f"n{NBSP}{first[1].n} and {second[1].n}"
    above = f"{first[0].letter} is shown to be above {second[0].letter}"
    return f"{above}, by {_points(low, high)} of the questions ({counts})."


def _points(low: float, high: float) -> str:
    """``4-31 %``; "less than 1" rather than 0, since no difference would be no finding."""
    return f"{whole(100 * low)}{EN_DASH}{percent(high)}" if whole(100 * low) else f"less than 1 to {percent(high)}"


def _three(figure: ReportFigure) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.array(figure.estimate), np.array(figure.low), np.array(figure.high)
