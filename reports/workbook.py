"""The results of an assessment as a workbook: the table, and a sheet that says how to read it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import xlsxwriter

from question_bank.models import Skill
from reports.export import PERSON, PLACE, Cell, heads, safe

SHARES = frozenset({"estimate", "low", "high", "level"})
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}

READING = (
    ("estimate, low, high", "The share of the skill's questions, and its range. Never use the estimate without them."),
    ("level", "How often a range made this way holds the true value."),
    ("points, questions", "The raw count: points earned of so many counted questions."),
    ("percentile", "Empty where no comparison group is large enough; the note says why, or names the group."),
    ("provisional", "How hard the questions are is their authors' judgement, not yet checked against many answers."),
    ("place_best, place_worst", "Places that differences leave open. People whose places overlap are tied."),
    ("minutes_used", "On the standard clock: more time that somebody was granted does not show."),
    ("around_the_sitting", "What was recorded, in three tiers. Never a verdict and never part of a score."),
    ("verdict", "What the whole range allows to say of a skill; open where it allows nothing."),
)


def build(table: Iterator[list[Cell]], skills: Sequence[Skill], about: Sequence[tuple[str, str]]) -> bytes:
    """The workbook. ``about`` are lines for its second sheet: what this is, of when, with which filters."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, OPTIONS) as book:
        _results(book, table, skills)
        _reading(book, about)
    return stream.getvalue()


def _results(book: Any, table: Iterator[list[Cell]], skills: Sequence[Skill]) -> None:
    sheet = book.add_worksheet("Results")
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    share = book.add_format({"num_format": "0.0 %"})
    titles = heads(skills)
    formats = [share if title.rsplit(" ", 1)[-1] in SHARES else None for title in titles]
    for column, title in enumerate(titles):
        sheet.write_string(0, column, title, head)
    last = 0
    for last, line in enumerate(table, start=1):
        for column, cell in enumerate(line):
            _write(sheet, last, column, cell, formats[column])
    sheet.set_column(0, 1, 28)
    sheet.set_column(2, len(PERSON) + len(PLACE) - 1, 14)
    sheet.set_column(len(PERSON) + len(PLACE), len(titles) - 1, 12)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(last, 1), len(titles) - 1)


def _write(sheet: Any, row: int, column: int, cell: Cell, form: Any) -> None:
    """Each value as what it is: a text can never become a formula, a link or a number."""
    if isinstance(cell, bool):
        sheet.write_string(row, column, "yes" if cell else "no")
    elif isinstance(cell, int | float):
        sheet.write_number(row, column, cell, form)
    elif cell:
        sheet.write_string(row, column, cell)


def _reading(book: Any, about: Sequence[tuple[str, str]]) -> None:
    sheet = book.add_worksheet("How to read this")
    bold, wrap = book.add_format({"bold": True, "valign": "top"}), book.add_format({"text_wrap": True})
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 90)
    for row, (name, words) in enumerate((*about, ("", ""), *READING)):
        sheet.write_string(row, 0, safe(name), bold)
        sheet.write_string(row, 1, safe(words), wrap)
