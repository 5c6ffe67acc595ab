"""Rows of tables as authors type them: a row on each line, cells between commas, NULL for nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_HEADING = re.compile(r"^([A-Za-z_][A-Za-z0-9_]*)\s*:$")
_CELL = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*|([^,]*))(,|$)')


def row_of(line: str, types: Sequence[str]) -> list[Any]:
    """The cells of a line. A cell that is no number stays a text, which the type of its column then refuses."""
    cells: list[Any] = []
    at = 0
    while True:
        found = _CELL.match(line, at)
        if found is None:  # something follows a closed quotation mark: the whole rest is one text
            return [*cells, line[at:].strip()]
        kind = types[len(cells)] if len(cells) < len(types) else "text"
        cells.append(found[1].replace('""', '"') if found[1] is not None else _bare(found[2].strip(), kind))
        at = found.end()
        if not found[3]:
            return cells


def _bare(text: str, kind: str) -> Any:
    if text in {"", "NULL", "null"}:
        return None
    if kind == "text":
        return text
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def line_of(row: Sequence[Any]) -> str:
    return ", ".join(map(_written, row))


def _written(cell: Any) -> str:
    if cell is None:
        return "NULL"
    if not isinstance(cell, str):
        return repr(cell)
    plain = cell == cell.strip() and cell not in {"", "NULL", "null"} and not re.search(r'[",]|:$', cell)
    return cell if plain else '"' + cell.replace('"', '""') + '"'


def tables_of(text: str, types: Mapping[str, Sequence[str]]) -> dict[str, list[list[Any]]]:
    """Rows below the names of their tables (``runs:``); without a name, those of the only table."""
    found: dict[str, list[list[Any]]] = {}
    name = next(iter(types)) if len(types) == 1 else ""
    for line in text.splitlines():
        if heading := _HEADING.match(line.strip()):
            name = heading[1]
            found.setdefault(name, [])
        elif line.strip():
            found.setdefault(name, []).append(row_of(line, types.get(name, ())))
    return found


def text_of(rows: Mapping[str, Sequence[Sequence[Any]]]) -> str:
    """The inverse of `tables_of`."""
    return "\n".join(line for name, many in rows.items() for line in (f"{name}:", *map(line_of, many)))
