"""Drawing a form from a blueprint. Pure Python over plain rows: the same seed gives the same form."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assessments.definition import BlueprintLine, Definition


@dataclass(frozen=True, slots=True)
class PoolQuestion:
    """A question that may be drawn. ``version`` is the primary key of its current version."""

    question: int
    version: int
    skill: str
    difficulty: int
    topic: int | None


@dataclass(frozen=True, slots=True)
class DrawnQuestion:
    """A question on a form, in the section with this index."""

    section: int
    question: PoolQuestion


@dataclass(frozen=True, slots=True)
class PoolLine:
    """How deep the pool of one blueprint line is.

    ``available``: questions that fit. ``shared``: questions that two independent sittings are
    expected to have in common on this line (count² / available).
    """

    section: int
    line: BlueprintLine
    available: int

    @property
    def shared(self) -> float:
        return self.line.count**2 / self.available if self.available else float(self.line.count)

    @property
    def missing(self) -> int:
        return max(0, self.line.count - self.available)


@dataclass(frozen=True, slots=True)
class PoolCheck:
    """The pool of a whole blueprint; ``shared_share`` in [0, 1] is what two sittings have in common."""

    lines: tuple[PoolLine, ...]

    @property
    def missing(self) -> int:
        return sum(line.missing for line in self.lines)

    @property
    def shared_share(self) -> float:
        asked = sum(line.line.count for line in self.lines)
        return min(1.0, sum(line.shared for line in self.lines) / asked) if asked else 0.0


class PoolTooSmall(ValueError):
    """The bank has fewer fitting questions than the blueprint asks for."""


def check_pool(definition: Definition, pool: Iterable[PoolQuestion]) -> PoolCheck:
    """Compare what the blueprint asks with what the pool holds.

    A question fits several lines where one line names a difficulty and another takes any; the specific
    line is drawn first, so what it takes is subtracted from the general one.
    """
    by_place = Counter((q.skill, q.difficulty) for q in pool)
    lines = []
    taken: Counter[tuple[str, int | None]] = Counter()
    ordered = sorted(
        ((index, line) for index, section in enumerate(definition.sections) for line in section.blueprint),
        key=lambda pair: pair[1].difficulty is None,
    )
    for index, line in ordered:
        if line.difficulty is None:
            available = sum(n for (skill, _), n in by_place.items() if skill == line.skill)
            available -= sum(n for (skill, _), n in taken.items() if skill == line.skill)
        else:
            available = by_place[line.skill, line.difficulty] - taken[line.skill, line.difficulty]
        lines.append(PoolLine(index, line, max(0, available)))
        taken[line.skill, line.difficulty] += line.count
    return PoolCheck(tuple(lines))


def draw(
    definition: Definition, pool: Sequence[PoolQuestion], seed: int, seen: frozenset[int] = frozenset()
) -> list[DrawnQuestion]:
    """Draw one form: no question twice, unseen questions before seen ones, topics spread.

    ``seen``: ids of questions that this person was asked before.

    Raises:
        PoolTooSmall: names the line that cannot be filled.
    """
    rng = random.Random(seed)  # noqa: S311 - reproducible from the stored seed by design
    shuffled = sorted(pool, key=lambda q: q.question)
    rng.shuffle(shuffled)
    used: set[int] = set()
    topics: Counter[int | None] = Counter()
    drawn: dict[tuple[int, int], list[PoolQuestion]] = {}
    places = [(s, i) for s, section in enumerate(definition.sections) for i in range(len(section.blueprint))]
    for section, index in sorted(places, key=lambda p: definition.sections[p[0]].blueprint[p[1]].difficulty is None):
        line = definition.sections[section].blueprint[index]
        drawn[section, index] = _fill(line, shuffled, used, topics, seen)
    form = []
    for number, section_data in enumerate(definition.sections):
        questions = [q for index in range(len(section_data.blueprint)) for q in drawn[number, index]]
        if section_data.shuffle_questions:
            rng.shuffle(questions)
        form += [DrawnQuestion(number, question) for question in questions]
    return form


def _fill(
    line: BlueprintLine,
    pool: Sequence[PoolQuestion],
    used: set[int],
    topics: Counter[int | None],
    seen: frozenset[int],
) -> list[PoolQuestion]:
    fitting = [
        q for q in pool if q.skill == line.skill and line.difficulty in (None, q.difficulty) and q.question not in used
    ]
    if len(fitting) < line.count:
        wanted = f"difficulty {line.difficulty}" if line.difficulty else "any difficulty"
        raise PoolTooSmall(f"{line.skill} ({wanted}): {line.count} questions asked, {len(fitting)} in the bank")
    chosen: list[PoolQuestion] = []
    for _ in range(line.count):
        best = min(fitting, key=lambda q: (q.question in seen, topics[q.topic]))
        fitting.remove(best)
        used.add(best.question)
        topics[best.topic] += 1
        chosen.append(best)
    return chosen


def blueprint_table(definition: Definition) -> Mapping[str, dict[int | None, int]]:
    """Questions per skill and difficulty over all sections; None stands for any difficulty."""
    table: dict[str, dict[int | None, int]] = {}
    for section in definition.sections:
        for line in section.blueprint:
            row = table.setdefault(line.skill, {})
            row[line.difficulty] = row.get(line.difficulty, 0) + line.count
    return table
