"""The results of an assessment as a table for other programs: one row a person, every figure with its range.

Text that a spreadsheet would take for a formula gets an apostrophe in front; numbers stay numbers.
Shares are between 0 and 1.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from accounts.models import Organisation
from question_bank.models import Skill
from reports import cohort
from reports.cohort import CohortRow, Spread, Terms
from reports.hiring import stages_of
from reports.models import ReportFigure

CHUNK = 500
Cell = str | float | int | bool | None

PERSON = (
    "name",
    "email",
    "state",
    "invited_on",
    "finished_on",
    "minutes_used",
    "around_the_sitting",
    "report_number",
    "stage",
    "tags",
    "decision",
)
PLACE = ("place_best", "place_worst", "place_of")
FIGURE = (
    "points",
    "questions",
    "estimate",
    "low",
    "high",
    "level",
    "percentile",
    "percentile_low",
    "percentile_high",
    "percentile_note",
    "provisional",
    "verdict",
    "method",
)
_FORMULA = re.compile(r"^(\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])")


def safe(text: str) -> str:
    """Text that no spreadsheet runs as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def heads(skills: Sequence[Skill]) -> list[str]:
    """The names of the columns: ``overall estimate``, ``model-serving low``."""
    figures = [f"{name} {column}" for name in ("overall", *(skill.slug for skill in skills)) for column in FIGURE]
    return [*PERSON, *PLACE, *figures]


def lines(organisation: Organisation, terms: Terms, skills: Sequence[Skill]) -> Iterator[list[Cell]]:
    """The rows, in the order of the page. One query for each `CHUNK` people."""
    spread = Spread(organisation, terms.assessment, None)
    stages = {stage.slug: stage.title for stage in stages_of(organisation)}
    values = iter(list(cohort.listed(organisation, terms, skills)))
    while chunk := list(islice(values, CHUNK)):
        for row in cohort.with_figures(chunk, skills, spread):
            yield _line(row, stages)


def _line(row: CohortRow, stages: dict[str, str]) -> list[Cell]:
    who, place, said = row.invitation, row.place, row.candidacy
    person: list[Cell] = [
        safe(who.name),
        safe(who.email),
        who.stage_label,
        who.created_at.date().isoformat(),
        who.submitted_at.date().isoformat() if who.submitted_at else None,
        None if who.seconds_used is None else round(who.seconds_used / 60, 1),
        row.tier,
        row.overall.report.number if row.overall else None,
        safe(stages.get(said.stage, said.stage)) if said else None,
        safe(", ".join(said.tags)) if said else None,
        said.get_decision_display() if said and said.decision else None,
    ]
    places: list[Cell] = [place.best, place.worst, place.people] if place else [None, None, None]
    figures = [cell for _, figure in (("", row.overall), *row.cells) for cell in _cells(figure)]
    return [*person, *places, *figures]


def _cells(figure: ReportFigure | None) -> list[Cell]:
    if figure is None:
        return [None] * len(FIGURE)
    return [
        figure.points,
        figure.n,
        figure.estimate,
        figure.low,
        figure.high,
        figure.level,
        figure.percentile,
        figure.percentile_low,
        figure.percentile_high,
        safe(figure.percentile_note),
        figure.provisional,
        figure.verdict,
        safe(figure.method),
    ]


class _Line:
    """Where the csv writer leaves the line that it has just made."""

    def write(self, text: str) -> str:
        return text


def as_csv(table: Iterator[list[Cell]], skills: Sequence[Skill]) -> Iterator[str]:
    """The lines of the file, one after the other. Yes and no for truth, nothing for what is not there."""
    writer = csv.writer(_Line())
    yield writer.writerow(heads(skills))
    for line in table:
        yield writer.writerow([_plain(cell) for cell in line])


def _plain(cell: Cell) -> str | float | int:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return float(f"{cell:.6g}")
    return "" if cell is None else cell
