"""The candidate's sheet: what the pages of a running attempt show. Reads only, no keys."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from assessments.clock import database_now
from assessments.models import Attempt, AttemptItem, Response
from question_bank.types.base import Presentation


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
class QuestionPage:
    """One question as the candidate sees it, with the newest stored answer."""

    item: AttemptItem
    stem: str
    type: str
    presentation: Presentation
    filled_in: list[str]
    revision: int
    saved_at: datetime.datetime | None
    warning: str


def sheet_of(attempt: Attempt) -> Sheet:
    """Load the sheet: three queries, whatever the number of questions."""
    newest = (
        Response.objects.filter(item=OuterRef("pk"))
        .order_by("-revision")
        .annotate(filled=Q(answer__isnull=False))
        .values("filled")[:1]
    )
    deadline, now = attempt.deadline(), database_now()
    extra = deadline - attempt.closes_at if deadline and attempt.closes_at else datetime.timedelta()
    rows = (
        AttemptItem.objects.filter(attempt=attempt)
        .annotate(answered=Subquery(newest))
        .order_by("position")
        .values_list("position", "section", "answered", "flagged", "one_way", "left_at", "closes_at")
    )
    cells = []
    barred = False
    for position, section, answered, flagged, one_way, left_at, closes_at in rows:
        ends = closes_at + extra if closes_at else None
        done = left_at is not None or (ends is not None and now > ends)
        cells.append(Cell(position, section, bool(answered), flagged, not barred and not done, one_way, ends))
        barred = barred or (one_way and not done)
    return Sheet(attempt, tuple(cells), deadline, now)


def question_page(attempt: Attempt, position: int) -> QuestionPage:
    """Load one question: two queries."""
    item = AttemptItem.objects.select_related("question_version").get(attempt=attempt, position=position)
    newest = item.responses.order_by("-revision").first()
    version = item.question_version
    payload, seed = version.loaded_payload(), item.seed(attempt)
    answer: dict[str, Any] | None = newest.answer if newest else None
    shuffle = attempt.version.loaded().sections[item.section].shuffle_options
    return QuestionPage(
        item=item,
        stem=version.stem,
        type=version.type,
        presentation=version.question_type.present(payload, seed, shuffle=shuffle),
        filled_in=list(version.question_type.filled_in(payload, answer, seed)),
        revision=newest.revision if newest else 0,
        saved_at=newest.saved_at if newest else None,
        warning=version.question_type.warning(payload, answer),
    )
