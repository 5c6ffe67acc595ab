"""Drawing a form from a blueprint. Pure Python over plain rows: the same seed gives the same form."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assessments.cases import draw_cases, drawable_with_cases, grouped
from assessments.definition import BlueprintLine, Definition

# Samples that one line chooses from: more spread the topics better and even the exposure less.
SAMPLES = 3
# Draws that are tried before a bank with cases counts as too small.
TRIES = 40
# Complete draws that are tried before a time limit counts as too short for what is asked.
FITTING_TRIES = 20


@dataclass(frozen=True, slots=True)
class PoolQuestion:
    """A question that may be drawn. ``version`` is the primary key of its current version."""

    question: int
    version: int
    skill: str
    difficulty: int
    topic: int | None
    skill_id: int = 0
    case: str = ""
    """Questions with the same one share a stimulus and are drawn together or not at all."""
    seconds: int = 0
    """The time that the author expects."""


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
    line is drawn first, so what it takes is subtracted from the general one. Questions of a case count where the whole
    case has room.
    """
    by_place = Counter((q.skill, q.difficulty) for q in drawable_with_cases(definition, list(pool)))
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
    """Draw one form: no question twice, unseen questions before seen ones, topics spread, within the time limits.

    A form that its authors expect to take longer than its limits allow is drawn again; where no draw fits, the one
    that is least too long is taken. ``seen``: ids of questions that this person was asked before.

    Raises:
        PoolTooSmall: names the line that cannot be filled.
    """
    rng = random.Random(seed)  # noqa: S311 - reproducible from the stored seed by design
    shuffled = sorted(pool, key=lambda q: q.question)
    rng.shuffle(shuffled)
    tried: list[list[DrawnQuestion]] = []
    for _ in range(TRIES):
        try:
            tried.append(_draw_once(definition, shuffled, seen, rng))
        except PoolTooSmall:
            if not any(q.case for q in pool):
                raise
            continue
        if not seconds_too_long(definition, tried[-1]) or len(tried) == FITTING_TRIES:
            break
    if not tried:
        return _draw_once(definition, shuffled, seen, rng)
    return min(tried, key=lambda form: seconds_too_long(definition, form))


def seconds_too_long(definition: Definition, form: Iterable[DrawnQuestion]) -> int:
    """By how much a form's expected times exceed the limits of the whole and of its sections, taken together."""
    expected = Counter[int]()
    for drawn in form:
        expected[drawn.section] += drawn.question.seconds
    limits = [(expected.total(), definition.time_limit_minutes)]
    limits += [(expected[number], section.time_limit_minutes) for number, section in enumerate(definition.sections)]
    return sum(max(0, seconds - 60 * minutes) for seconds, minutes in limits if minutes is not None)


def _draw_once(
    definition: Definition, pool: Sequence[PoolQuestion], seen: frozenset[int], rng: random.Random
) -> list[DrawnQuestion]:
    """Which cases come first decides whether the rest can be filled, so a draw may have to be tried again."""
    lines = {(s, i): line for s, section in enumerate(definition.sections) for i, line in enumerate(section.blueprint)}
    order = sorted(lines, key=lambda place: lines[place].difficulty is None)
    drawn = {place: list(questions) for place, questions in draw_cases(lines, order, pool, seen, rng).items()}
    alone: dict[tuple[str, int | None], list[PoolQuestion]] = {}
    for q in pool:
        if not q.case:
            alone.setdefault((q.skill, q.difficulty), []).append(q)
            alone.setdefault((q.skill, None), []).append(q)
    used: set[int] = set()
    topics: Counter[int | None] = Counter(q.topic for questions in drawn.values() for q in questions)
    for place in order:
        fitting = alone.get((lines[place].skill, lines[place].difficulty), [])
        drawn[place] += _fill(lines[place], lines[place].count - len(drawn[place]), fitting, used, topics, seen, rng)
    form = []
    for number, section in enumerate(definition.sections):
        questions = [q for index in range(len(section.blueprint)) for q in drawn[number, index]]
        units = grouped(questions)
        if section.shuffle_questions:
            rng.shuffle(units)
        form += [DrawnQuestion(number, question) for unit in units for question in unit]
    return form


def _fill(
    line: BlueprintLine,
    count: int,
    fitting: Sequence[PoolQuestion],
    used: set[int],
    topics: Counter[int | None],
    seen: frozenset[int],
    rng: random.Random,
) -> list[PoolQuestion]:
    fitting = [q for q in fitting if q.question not in used]
    if len(fitting) < count:
        wanted = f"difficulty {line.difficulty}" if line.difficulty else "any difficulty"
        raise PoolTooSmall(
            f"{line.skill} ({wanted}): {line.count} questions asked, {len(fitting) + line.count - count} in the bank"
        )
    chosen = [q for q in fitting if q.question not in seen]
    if len(chosen) > count:
        chosen = _spread(chosen, count, topics, rng)
    else:
        chosen += _spread([q for q in fitting if q.question in seen], count - len(chosen), topics, rng)
    used.update(q.question for q in chosen)
    topics.update(q.topic for q in chosen)
    return chosen


def _spread(
    fitting: Sequence[PoolQuestion], count: int, topics: Counter[int | None], rng: random.Random
) -> list[PoolQuestion]:
    """A sample that is spread over topics and gives each question nearly the same chance.

    Taking the topics in turn would show the questions of small topics to nearly everybody. A systematic sample
    of the questions ordered by topic gives each the same chance; of a few such samples the one that repeats the
    form's topics least is taken.
    """
    if not count:
        return []
    samples = [_systematic_sample(fitting, count, rng) for _ in range(SAMPLES)]
    return min(samples, key=lambda sample: sum(topics[q.topic] for q in sample))


def _systematic_sample(fitting: Sequence[PoolQuestion], count: int, rng: random.Random) -> list[PoolQuestion]:
    place = {topic: rng.random() for topic in dict.fromkeys(q.topic for q in fitting)}
    ordered = sorted(fitting, key=lambda q: (place[q.topic], rng.random()))
    step = len(ordered) / count
    start = rng.random() * step
    return [ordered[min(int(start + index * step), len(ordered) - 1)] for index in range(count)]


def blueprint_table(definition: Definition) -> Mapping[str, dict[int | None, int]]:
    """Questions per skill and difficulty over all sections; None stands for any difficulty."""
    table: dict[str, dict[int | None, int]] = {}
    for section in definition.sections:
        for line in section.blueprint:
            row = table.setdefault(line.skill, {})
            row[line.difficulty] = row.get(line.difficulty, 0) + line.count
    return table
