"""Response data in CSV files, wide or long.

Wide: a header with the items' names, one row per person, blank (or NA) = not shown. A column ``freq``, in any case,
counts how many persons a row stands for (0: a pattern that nobody gave, left out); a column ``person`` or ``id`` names
them and is not an item.
Long: columns ``person``, ``item`` and ``score``, one row per answer; ``freq``, if there, is the same in all of a
person's rows.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from psychometrics.estimates import Array
from psychometrics.responses import BadData, Responses

_LONG = {"person", "item", "score"}
_MISSING = {"", "na", "nan"}


@dataclass(frozen=True, slots=True)
class Table:
    """Scores as in the file, in any unit: one entry per answer. persons: their names, in order of first appearance."""

    persons: tuple[str, ...]
    names: tuple[str, ...]
    person: Array
    item: Array
    score: Array
    weights: Array

    def array(self) -> Array:
        """(persons, items), NaN = not shown."""
        found = np.full((len(self.persons), len(self.names)), np.nan)
        found[self.person.astype(int), self.item.astype(int)] = self.score
        return found

    def responses(self, *, partial: bool) -> Responses:
        """Marks in [0, 1].

        partial: scores above 1 are whole numbers from 0, divided by the highest that anybody got on the item.

        Raises:
            BadData: scores that are no marks, naming the item.
        """
        item = self.item.astype(int)
        highest = np.ones(len(self.names))
        np.maximum.at(highest, item, self.score)
        for number in np.flatnonzero(highest > 1):
            if not partial:
                raise BadData(f"item {self.names[number]}: scores above 1 need the model gpcm")
            mine = self.score[item == number]
            if (mine != np.round(mine)).any():
                raise BadData(f"item {self.names[number]}: scores above 1 must be whole numbers")
        return Responses.sparse(
            self.person.astype(int),
            item,
            self.score / highest[item],
            persons=len(self.persons),
            names=self.names,
            weights=self.weights,
        )


def read(path: Path) -> Table:
    """Read a file.

    Raises:
        BadData: what is wrong, with file and line.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [(number, row) for number, row in enumerate(csv.reader(file), 1) if any(map(str.strip, row))]
    except OSError as problem:
        raise BadData(f"{path}: {problem.strerror}") from problem
    except (UnicodeDecodeError, csv.Error) as problem:
        raise BadData(f"{path}: not a CSV file in UTF-8 ({problem})") from problem
    if len(rows) < 2:
        raise BadData(f"{path}: needs a header and at least one row")
    header = [cell.strip() for cell in rows[0][1]]
    if len(set(header)) < len(header) or "" in header:
        raise BadData(f"{path}, line {rows[0][0]}: columns need names, each only once")
    for number, row in rows[1:]:
        if len(row) != len(header):
            raise BadData(f"{path}, line {number}: {len(row)} cells, but {len(header)} columns")
    reader = _long if {name.lower() for name in header} >= _LONG else _wide
    return reader(path, header, rows[1:])


def _number(path: Path, line: int, column: str, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = np.inf
    if not np.isfinite(value) or value < 0:
        raise BadData(f"{path}, line {line}, column {column}: {cell!r} is not a number of at least 0")
    return value


def _wide(path: Path, header: list[str], rows: Iterable[tuple[int, list[str]]]) -> Table:
    lowered = [name.lower() for name in header]
    counts = lowered.index("freq") if "freq" in lowered else None
    named = next((lowered.index(name) for name in ("person", "id") if name in lowered), None)
    columns = [place for place in range(len(header)) if place not in (counts, named)]
    if not columns:
        raise BadData(f"{path}, line 1: no column is an item")
    persons: list[str] = []
    weights, entries = [], []
    for line, row in rows:
        weight = 1.0 if counts is None else _number(path, line, header[counts], row[counts].strip())
        if not weight:
            continue
        persons.append(row[named].strip() if named is not None else str(len(persons) + 1))
        weights.append(weight)
        for place, column in enumerate(columns):
            if (cell := row[column].strip()).lower() not in _MISSING:
                entries.append((len(persons) - 1, place, _number(path, line, header[column], cell)))
    person, item, score = np.array(entries, dtype=float).reshape(-1, 3).T
    if not persons:
        raise BadData(f"{path}: no row counts a person")
    names = tuple(header[place] for place in columns)
    return Table(tuple(persons), names, person, item, score, np.array(weights))


def _long(path: Path, header: list[str], rows: Iterable[tuple[int, list[str]]]) -> Table:
    place = {name.lower(): number for number, name in enumerate(header)}
    persons: dict[str, int] = {}
    items: dict[str, int] = {}
    seen: dict[tuple[int, int], int] = {}
    weights: dict[int, float] = {}
    entries = []
    for line, row in rows:
        who, what = row[place["person"]].strip(), row[place["item"]].strip()
        if not who or not what:
            raise BadData(f"{path}, line {line}: person and item must not be blank")
        key = persons.setdefault(who, len(persons)), items.setdefault(what, len(items))
        if key in seen:
            raise BadData(f"{path}, line {line}: person {who} has answered item {what} in line {seen[key]} already")
        seen[key] = line
        weight = _number(path, line, "freq", row[place["freq"]].strip()) if "freq" in place else 1.0
        if not weight or weights.setdefault(key[0], weight) != weight:
            raise BadData(f"{path}, line {line}, column freq: must be above 0 and the same in all rows of a person")
        if (cell := row[place["score"]].strip()).lower() not in _MISSING:
            entries.append((*key, _number(path, line, "score", cell)))
    person, item, score = np.array(entries, dtype=float).reshape(-1, 3).T
    return Table(tuple(persons), tuple(items), person, item, score, np.array(list(weights.values())))
