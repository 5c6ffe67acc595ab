"""How many questions the bank has per skill, status and difficulty. Two queries, whatever its size."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from question_bank.models import DIFFICULTIES, Domain, Question, Skill
from question_bank.states import STATUS_LABELS, Status


@dataclass(frozen=True, slots=True)
class Cell:
    """A count and what to filter the list by to see these questions."""

    count: int
    query: str
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    skill: Skill
    live: list[Cell]
    statuses: list[Cell]

    @property
    def live_count(self) -> int:
        return sum(cell.count for cell in self.live)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Rows by domain: live questions by difficulty, then all questions by status."""

    difficulties: list[str]
    statuses: list[str]
    domains: list[tuple[Domain, list[Row]]]
    totals: dict[str, int]


def coverage(questions: QuerySet[Question]) -> Coverage:
    """Counts of the given questions (those that somebody may see)."""
    counts: Counter[tuple[int, str, int | None]] = Counter()
    grouped = questions.order_by().values_list("skill", "status", "current__difficulty").annotate(Count("pk"))
    for skill, status, difficulty, count in grouped:
        counts[skill, status, difficulty] += count
    totals: Counter[str] = Counter()
    for (_, status, _), count in counts.items():
        totals[status] += count
    domains: dict[Domain, list[Row]] = {}
    for skill in Skill.objects.select_related("domain"):
        domains.setdefault(skill.domain, []).append(_row(skill, counts))
    return Coverage(
        difficulties=[label for _, label in DIFFICULTIES],
        statuses=[label for value, label in STATUS_LABELS if value != Status.LIVE],
        domains=list(domains.items()),
        totals={label: totals[value] for value, label in STATUS_LABELS},
    )


def _row(skill: Skill, counts: Counter[tuple[int, str, int | None]]) -> Row:
    live = [
        Cell(
            counts[skill.pk, Status.LIVE.value, number],
            f"skill={skill.slug}&status=live&difficulty={number}",
            f"live, {label.lower()}",
        )
        for number, label in DIFFICULTIES
    ]
    statuses = [
        Cell(
            sum(count for (owner, state, _), count in counts.items() if (owner, state) == (skill.pk, value)),
            f"skill={skill.slug}&status={value}",
            label.lower(),
        )
        for value, label in STATUS_LABELS
        if value != Status.LIVE
    ]
    return Row(skill, live, statuses)
