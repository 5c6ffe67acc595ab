"""A blueprint as a table: read from a posted form, and laid out for a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from assessments.assembly import PoolCheck, blueprint_table
from assessments.definition import Definition
from assessments.services.publish import SHARED_WARNING
from question_bank.models import DIFFICULTIES, Skill

LEVELS: tuple[tuple[int | None, str], ...] = ((None, "Any difficulty"), *DIFFICULTIES)
MOST = 60
Live = Mapping[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class Cell:
    """One count: ``asked`` of ``available`` live questions of a skill at a level."""

    name: str
    level: str
    asked: int | str
    available: int
    problem: str = ""

    @property
    def short(self) -> bool:
        """More asked than there are."""
        return isinstance(self.asked, int) and self.asked > self.available


@dataclass(frozen=True, slots=True)
class SkillLine:
    skill: Skill
    cells: list[Cell]

    @property
    def asked(self) -> int:
        return sum(cell.asked for cell in self.cells if isinstance(cell.asked, int))


@dataclass(frozen=True, slots=True)
class DomainLines:
    title: str
    lines: list[SkillLine]

    @property
    def asked(self) -> int:
        return sum(line.asked for line in self.lines)


def cell_name(skill: str, difficulty: int | None) -> str:
    return f"count-{skill}-{difficulty or 'any'}"


def table_of(counts: Mapping[str, Mapping[int | None, int]], skills: Iterable[Skill], live: Live) -> list[DomainLines]:
    """The whole table, by domain; ``counts`` as `blueprint_table` gives them."""
    return _by_domain(skills, lambda skill, level: counts.get(skill, {}).get(level, 0), live, {})


def posted_table(data: Mapping[str, Any], skills: Iterable[Skill], live: Live) -> list[DomainLines]:
    """The table as it was posted, with what is wrong in it."""
    problems = {name: problem for name, _, problem in _posted(data, skills) if problem}
    return _by_domain(skills, lambda skill, level: _shown(data.get(cell_name(skill, level), "")), live, problems)


def _by_domain(skills: Iterable[Skill], asked: Any, live: Live, problems: Mapping[str, str]) -> list[DomainLines]:
    def line(skill: Skill) -> SkillLine:
        return SkillLine(skill, [cell(skill.slug, level, label) for level, label in LEVELS])

    def cell(skill: str, level: int | None, label: str) -> Cell:
        levels = [level] if level else [difficulty for difficulty, _ in DIFFICULTIES]
        available = sum(live.get((skill, difficulty), 0) for difficulty in levels)
        name = cell_name(skill, level)
        return Cell(name, label, asked(skill, level), available, problems.get(name, ""))

    grouped = groupby(skills, key=lambda skill: skill.domain.title)
    return [DomainLines(title, [line(skill) for skill in group]) for title, group in grouped]


def _shown(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else text


def read_lines(data: Mapping[str, Any], skills: Iterable[Skill]) -> tuple[list[dict[str, Any]], list[str]]:
    """The posted blueprint lines, and what is wrong with them in words."""
    lines, problems = [], []
    for _, line, problem in _posted(data, skills):
        if problem:
            problems.append(problem)
        elif line:
            lines.append(line)
    if not lines and not problems:
        problems.append("Ask for at least one question in this section, or remove the section.")
    return lines, problems


def _posted(data: Mapping[str, Any], skills: Iterable[Skill]) -> Iterable[tuple[str, dict[str, Any] | None, str]]:
    """Name, line and problem of each cell that is not empty."""
    for skill in skills:
        for level, label in LEVELS:
            name = cell_name(skill.slug, level)
            value = _shown(str(data.get(name, "")).strip())
            if value in ("", 0):
                continue
            if isinstance(value, str) or value > MOST:
                yield name, None, f"{skill.title}, {label.lower()}: give a whole number from 0 to {MOST}."
            else:
                yield name, {"skill": skill.slug, "difficulty": level, "count": value}, ""


@dataclass(frozen=True, slots=True)
class PoolNotes:
    """What the check of the bank's depth found, in figures and sentences."""

    questions: int
    shared_percent: int
    missing: list[str]
    warns: bool

    @property
    def fine(self) -> bool:
        return not self.missing and not self.warns


def pool_notes(definition: Definition, check: PoolCheck, titles: Mapping[str, str]) -> PoolNotes:
    """Sentences for `check`; ``titles`` by skill slug."""
    labels = dict(LEVELS)
    missing = [
        f"{titles.get(line.line.skill, line.line.skill)}, {labels[line.line.difficulty].lower()}: "
        f"{line.line.count} asked, {line.available} available"
        for line in check.lines
        if line.missing
    ]
    shared = check.shared_share
    return PoolNotes(definition.question_count, round(shared * 100), missing, shared > SHARED_WARNING)


def asked_table(definition: Definition, skills: Iterable[Skill], live: Live) -> list[DomainLines]:
    """The rows of the skills that a definition asks, for reading."""
    asked = blueprint_table(definition)
    return table_of(asked, [skill for skill in skills if skill.slug in asked], live)
