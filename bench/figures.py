"""What comes out: figures, a table for people, a file for machines."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value beside the floor's; ``ratio`` is value / floor."""

    name: str
    value: float
    unit: str
    floor: float | None
    ratio: float | None
    conditions: str


def figure(
    name: str, value: float, unit: str, floor: float | None = None, ratio: float | None = None, conditions: str = ""
) -> Figure:
    """A figure in four significant digits; the ratio is value / floor where no better one is given."""
    if ratio is None and floor:
        ratio = value / floor
    return Figure(name, _four(value), unit, None if floor is None else _four(floor), ratio and _four(ratio), conditions)


def _four(value: float) -> float:
    return float(f"{value:.4g}")


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def paired_ratio(values: Sequence[float], floors: Sequence[float]) -> tuple[float, str]:
    """The median of the rounds' own ratios, and their range in words."""
    ratios = [value / floor for value, floor in zip(values, floors, strict=True)]
    return statistics.median(ratios), f"rounds {min(ratios):.2f} to {max(ratios):.2f}"


def table(figures: Sequence[Figure]) -> str:
    rows = [("figure", "value", "unit", "floor", "ratio"), *map(_row, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = ["  ".join(_cell(row[n], widths[n], n) for n in range(5)) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join([*lines, "", *dict.fromkeys(f"{f.name}: {f.conditions}" for f in figures if f.conditions)])


def _row(found: Figure) -> tuple[str, str, str, str, str]:
    floor = "" if found.floor is None else f"{found.floor:g}"
    ratio = "" if found.ratio is None else f"{found.ratio:.2f}"
    return found.name, f"{found.value:g}", found.unit, floor, ratio


def _cell(text: str, width: int, column: int) -> str:
    return text.rjust(width) if column in (1, 3, 4) else text.ljust(width)


def write(figures: Sequence[Figure], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n")
