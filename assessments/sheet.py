"""The candidate's sheet: what the pages of a running attempt show. Reads only, no keys."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import connection

from assessments.models import Attempt, Response
from assessments.pinned import pinned_form, pinned_question
from question_bank.types.base import Presentation
from question_bank.types.variants import worded


@dataclass(frozen=True, slots=True)
class Cell:
    """One question in the map. ``open``: may be opened now (one-way sections and ended parts bar the rest).

    ``closes_at``: the end of the question's or its section's own time, extensions included; None without one.
    """

    position: int
    section: int
    answered: bool
    flagged: bool
    open: bool
    one_way: bool
    closes_at: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A running attempt as its candidate sees it."""

    attempt: Attempt
    cells: tuple[Cell, ...]
    deadline: datetime.datetime | None
    now: datetime.datetime

    @property
    def remaining_ms(self) -> int | None:
        """Milliseconds to the deadline by the database's clock; negative after it; None where untimed."""
        return None if self.deadline is None else round((self.deadline - self.now).total_seconds() * 1000)

    @property
    def unanswered(self) -> list[Cell]:
        return [cell for cell in self.cells if not cell.answered]

    @property
    def flagged(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.flagged]

    @property
    def answered_count(self) -> int:
        return len(self.cells) - len(self.unanswered)

    @property
    def next_open(self) -> int:
        """The first question that can be opened; 0 where none can."""
        return next((cell.position for cell in self.cells if cell.open), 0)

    @property
    def sections(self) -> list[tuple[str, bool, list[Cell]]]:
        """Title, whether it is one-way, and cells of each section."""
        titles = [section.title for section in self.attempt.version.loaded().sections]
        grouped: dict[int, list[Cell]] = {}
        for cell in self.cells:
            grouped.setdefault(cell.section, []).append(cell)
        return [(titles[number], cells[0].one_way, cells) for number, cells in grouped.items()]

    def remaining_ms_at(self, position: int) -> int | None:
        """As `remaining_ms`, to the nearest end: of the question, its section or the attempt."""
        cell = self.cell(position)
        ends = [end for end in (self.deadline, cell.closes_at if cell else None) if end]
        return round((min(ends) - self.now).total_seconds() * 1000) if ends else None

    def cell(self, position: int) -> Cell | None:
        return next((cell for cell in self.cells if cell.position == position), None)


@dataclass(frozen=True, slots=True)
class PageItem:
    """Where a question stands on the form."""

    position: int
    section: int


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """One question as the candidate sees it, with the newest stored answer."""

    item: PageItem
    stimulus: str
    stem: str
    type: str
    presentation: Presentation
    filled_in: list[str]
    revision: int
    saved_at: datetime.datetime | None
    warning: str


# Asked by every page of an attempt: putting it together anew each time took longer than running it.
_CELLS = """
SELECT i.position, i.section, i.flagged, i.one_way, i.left_at, i.closes_at,
       (SELECT r.answer IS NOT NULL FROM assessments_response r WHERE r.item_id = i.id ORDER BY r.revision DESC LIMIT 1)
FROM assessments_attemptitem i WHERE i.attempt_id = %s ORDER BY i.position
"""


def sheet_of(attempt: Attempt) -> Sheet:
    """Load the sheet: two queries, whatever the number of questions."""
    deadline, now = attempt.deadline_and_now()
    extra = deadline - attempt.closes_at if deadline and attempt.closes_at else datetime.timedelta()
    with connection.cursor() as cursor:
        cursor.execute(_CELLS, [attempt.pk])
        rows = cursor.fetchall()
    cells = []
    barred = False
    for position, section, flagged, one_way, left_at, closes_at, answered in rows:
        ends = closes_at + extra if closes_at else None
        done = left_at is not None or (ends is not None and now > ends)
        cells.append(Cell(position, section, bool(answered), flagged, not barred and not done, one_way, ends))
        barred = barred or (one_way and not done)
    return Sheet(attempt, tuple(cells), deadline, now)


def question_page(attempt: Attempt, position: int, section: int) -> QuestionPage:
    """Load one question: one query, once its version and the form of the attempt are known to the process."""
    form = pinned_form(attempt.public_id)
    question, seed = pinned_question(form.versions[position - 1]), form.item_seed(position)
    kind, payload = question.kind, question.kind.asked(question.payload, seed)
    newest = (
        Response.objects.filter(item__attempt=attempt, item__position=position)
        .order_by("-revision")
        .values_list("revision", "answer", "saved_at")
        .first()
    )
    revision, answer, saved_at = newest or (0, None, None)
    shuffle = attempt.version.loaded().sections[section].shuffle_options
    return QuestionPage(
        item=PageItem(position, section),
        stimulus=worded(question.stimulus, payload.draw),
        stem=worded(question.stem, payload.draw),
        type=kind.slug,
        presentation=kind.present(payload, seed, shuffle=shuffle),
        filled_in=list(kind.filled_in(payload, answer, seed)),
        revision=revision,
        saved_at=saved_at,
        warning=kind.warning(payload, answer),
    )
