"""Case studies on a form: questions that share a stimulus are drawn together or not at all, and stand together."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from assessments.definition import BlueprintLine, Definition

if TYPE_CHECKING:
    from assessments.assembly import PoolQuestion

Place = tuple[int, int]
"""Section and line of a blueprint, both from 0."""


def draw_cases(
    lines: Mapping[Place, BlueprintLine],
    order: Sequence[Place],
    pool: Sequence[PoolQuestion],
    seen: frozenset[int],
    rng: random.Random,
) -> dict[Place, list[PoolQuestion]]:
    """The cases of a form: for each line the questions that it takes from them, possibly none.

    ``order``: lines that name a difficulty before those that take any. A case goes into one section. It is taken
    with the chance that its questions would have alone, so that cases are seen about as often as other questions,
    and where a line has too few other questions, as long as there are cases with room. Cases of which this person
    has seen a question come last.
    """
    taken: dict[Place, list[PoolQuestion]] = {place: [] for place in lines}
    cases = _cases(pool)
    if not cases:
        return taken
    rng.shuffle(cases)
    cases.sort(key=lambda case: any(q.question in seen for q in case))
    there = Counter((q.skill, q.difficulty) for q in pool)
    later = []
    for case in cases:
        fresh = not any(q.question in seen for q in case)
        if not (fresh and rng.random() < _chance(case, lines, there) and _take(case, lines, order, taken, rng)):
            later.append(case)
    alone = Counter((q.skill, q.difficulty) for q in pool if not q.case)
    for case in later:
        if _short(lines, order, taken, alone, case[0].skill):
            _take(case, lines, order, taken, rng)
    return taken


def drawable_with_cases(definition: Definition, pool: Sequence[PoolQuestion]) -> list[PoolQuestion]:
    """What can be drawn: questions alone, and those of cases that have room in some section as a whole."""
    fits = {q.question for case in _cases(pool) if _has_room(case, definition) for q in case}
    return [q for q in pool if not q.case or q.question in fits]


def grouped(questions: Iterable[PoolQuestion]) -> list[list[PoolQuestion]]:
    """Questions by case, in the order of the bank; those alone by themselves. Each group stands together."""
    units: dict[object, list[PoolQuestion]] = {}
    for question in questions:
        units.setdefault(question.case or question.question, []).append(question)
    return [sorted(unit, key=lambda q: q.question) for unit in units.values()]


def _cases(pool: Sequence[PoolQuestion]) -> list[list[PoolQuestion]]:
    return [unit for unit in grouped(sorted(pool, key=lambda q: q.question)) if unit[0].case]


def _has_room(case: Sequence[PoolQuestion], definition: Definition) -> bool:
    for number, section in enumerate(definition.sections):
        lines = {(number, index): line for index, line in enumerate(section.blueprint)}
        order = sorted(lines, key=lambda place: lines[place].difficulty is None)
        if _room_for(case, lines, order, {place: [] for place in lines}, number):
            return True
    return False


def _chance(
    case: Sequence[PoolQuestion], lines: Mapping[Place, BlueprintLine], there: Counter[tuple[str, int]]
) -> float:
    """The smallest share of fitting questions that the blueprint asks for, over the questions of the case."""
    shares = []
    for question in case:
        fitting = [line for line in lines.values() if _fits(question, line)]
        wide = any(line.difficulty is None for line in fitting)
        others = sum(
            n for (skill, d), n in there.items() if skill == question.skill and (wide or d == question.difficulty)
        )
        shares.append(min(1.0, sum(line.count for line in fitting) / others))
    return min(shares)


def _take(
    case: Sequence[PoolQuestion],
    lines: Mapping[Place, BlueprintLine],
    order: Sequence[Place],
    taken: dict[Place, list[PoolQuestion]],
    rng: random.Random,
) -> bool:
    sections = sorted({section for section, _ in lines})
    rng.shuffle(sections)
    for section in sections:
        room = _room_for(case, lines, order, taken, section)
        if room:
            for place, question in room:
                taken[place].append(question)
            return True
    return False


def _room_for(
    case: Sequence[PoolQuestion],
    lines: Mapping[Place, BlueprintLine],
    order: Sequence[Place],
    taken: Mapping[Place, Sequence[PoolQuestion]],
    section: int,
) -> list[tuple[Place, PoolQuestion]]:
    """A line of the section for each question of the case; empty where the case as a whole has no room."""
    left = {place: lines[place].count - len(taken[place]) for place in order if place[0] == section}
    found = []
    for question in case:
        place = next((place for place, room in left.items() if room > 0 and _fits(question, lines[place])), None)
        if place is None:
            return []
        left[place] -= 1
        found.append((place, question))
    return found


def _short(
    lines: Mapping[Place, BlueprintLine],
    order: Sequence[Place],
    taken: Mapping[Place, Sequence[PoolQuestion]],
    alone: Counter[tuple[str, int]],
    skill: str,
) -> bool:
    """Whether the questions outside of cases are too few for the lines of a skill as they stand."""
    left = Counter({key: count for key, count in alone.items() if key[0] == skill})
    for place in order:
        line = lines[place]
        if line.skill != skill:
            continue
        wanted = line.count - len(taken[place])
        fitting = [key for key in left if line.difficulty in (None, key[1])]
        if sum(left[key] for key in fitting) < wanted:
            return True
        for key in fitting:
            used = min(wanted, left[key])
            left[key] -= used
            wanted -= used
    return False


def _fits(question: PoolQuestion, line: BlueprintLine) -> bool:
    return question.skill == line.skill and line.difficulty in (None, question.difficulty)
