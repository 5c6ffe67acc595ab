"""A person's own results over time, and whether they show a change.

Only what the person's own reports show already: the newest report of each scored self-assessment
whose feedback is a report. Every figure comes from `ReportFigure`; a change is said to be there only
where the interval of the difference between the latest result and the first lies on one side of zero.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from accounts.models import User
from assessments.access import own_attempts
from assessments.definition import Feedback
from assessments.models import Attempt
from assessments.states import State
from psychometrics.differences import difference
from reports.facts import FEW_QUESTIONS
from reports.figures import percent, whole
from reports.models import ReportFigure, SkillReport

MOST = 50
"""So many attempts are looked at, the newest ones."""


@dataclass(frozen=True, slots=True)
class Result:
    """One figure of one attempt; it has an interval."""

    attempt: Attempt
    figure: ReportFigure


@dataclass(frozen=True, slots=True)
class Line:
    """One assessment, or one skill over all assessments: results from the first to the latest, and what they show."""

    title: str
    results: list[Result]

    @property
    def said(self) -> str:
        return change_in_words(self.results)


@dataclass(frozen=True, slots=True)
class History:
    """``skills``: those with two results or more, in the order of the taxonomy; ``once``: those with one.

    ``full``: there may be older attempts, which are left out.
    """

    assessments: list[Line]
    skills: list[Line]
    once: list[Line]
    full: bool


def history_of(user: User) -> History:
    """Everything that was released to this person. Two queries, however many attempts and skills there are."""
    reports = _newest_reports(user)
    attempts = {one.pk: one.attempt for one in reports if one.attempt.version.loaded().feedback is Feedback.REPORT}
    rows = ReportFigure.objects.filter(report__in=attempts, low__isnull=False, high__isnull=False)
    rows = rows.order_by("skill__domain__position", "skill__position").select_related("skill")
    overall: dict[int, list[Result]] = defaultdict(list)
    by_skill: dict[int, list[Result]] = defaultdict(list)
    for figure in rows:
        result = Result(attempts[figure.report_id], figure)
        if figure.skill_id is None:
            overall[result.attempt.assessment_id].append(result)
        else:
            by_skill[figure.skill_id].append(result)
    assessments = [_line(results[0].attempt.assessment.title, results) for results in overall.values()]
    skills = [_line(str(results[0].figure.skill), results) for results in by_skill.values()]
    return History(
        assessments=sorted(assessments, key=lambda line: line.results[-1].attempt.pk, reverse=True),
        skills=[line for line in skills if len(line.results) > 1],
        once=[line for line in skills if len(line.results) == 1],
        full=len(reports) == MOST,
    )


def _newest_reports(user: User) -> list[SkillReport]:
    """The newest report of each scored self-assessment, as the page of the own report shows it."""
    scored = own_attempts(user).filter(state=State.SCORED, rehearsal=False)
    newest = SkillReport.objects.filter(attempt__in=scored).order_by("-attempt_id", "-number").distinct("attempt_id")
    return list(newest.select_related("attempt__assessment", "attempt__version").defer("data")[:MOST])


def _line(title: str, results: list[Result]) -> Line:
    return Line(title, sorted(results, key=lambda result: (result.attempt.started_at, result.attempt.pk)))


def change_in_words(results: Sequence[Result]) -> str:
    """What the latest result shows against the first, at the level of their intervals. From the first to the latest.

    As in a report, nothing is said of figures on few questions: they rest mostly on the answers to other skills.
    """
    if len(results) < 2:
        return "One result so far. A change can only be shown from the second one on."
    first, latest = results[0], results[-1]
    counts = f"n {first.figure.n} at first, n {latest.figure.n} now"
    if min(first.figure.n, latest.figure.n) < FEW_QUESTIONS:
        return f"Too few questions ({counts}) to say whether there is a change."
    low, high = (float(end) for end in difference(*_three(latest.figure), *_three(first.figure)))
    rests = f"{percent(min(first.figure.level, latest.figure.level))} range; {counts}"
    if low > 0:
        return f"The latest result is higher than the first by {_points(low, high)} points of 100 ({rests})."
    if high < 0:
        return f"The latest result is lower than the first by {_points(-high, -low)} points of 100 ({rests})."
    return "Within error: these results do not show a change."


def _points(low: float, high: float) -> str:
    """``4 to 31``, in points out of 100."""
    return f"{whole(100 * low) or 'less than 1'} to {whole(100 * high)}"


def _three(figure: ReportFigure) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.array(figure.estimate), np.array(figure.low), np.array(figure.high)
