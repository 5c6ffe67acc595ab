"""Whether two results of queries are the same."""

from __future__ import annotations

import math
from typing import Any

from question_bank.types.sql_run import Result, Row


def same_result(given: Result, wanted: Result, *, ordered: bool, named: bool, tolerance: float) -> bool:
    """Whether ``given`` returns what ``wanted`` does.

    ordered: the order of the rows counts. named: the names of the columns count, without regard to case.
    tolerance: how far numbers may differ, absolute or relative to the wanted one, whichever is more.
    """
    if given.error or len(given.columns) != len(wanted.columns) or len(given.rows) != len(wanted.rows):
        return False
    if named and [name.lower() for name in given.columns] != [name.lower() for name in wanted.columns]:
        return False
    if ordered:
        return all(_same_row(one, other, tolerance) for one, other in zip(given.rows, wanted.rows, strict=True))
    left = sorted(given.rows, key=_sort_key)
    for row in sorted(wanted.rows, key=_sort_key):
        # Numbers that differ within the tolerance may sort differently, so the first that fits is taken.
        place = next((number for number, one in enumerate(left) if _same_row(one, row, tolerance)), None)
        if place is None:
            return False
        del left[place]
    return True


def _same_row(given: Row, wanted: Row, tolerance: float) -> bool:
    return all(_same_cell(one, other, tolerance) for one, other in zip(given, wanted, strict=True))


def _same_cell(given: Any, wanted: Any, tolerance: float) -> bool:
    if isinstance(given, int | float) and isinstance(wanted, int | float):
        return given == wanted or math.isclose(given, wanted, rel_tol=tolerance, abs_tol=tolerance)
    return type(given) is type(wanted) and bool(given == wanted)


def _sort_key(row: Row) -> list[tuple[int, Any]]:
    """Nulls, then numbers, then texts, as SQLite sorts them."""
    return [(0, 0) if cell is None else (1, cell) if isinstance(cell, int | float) else (2, cell) for cell in row]
