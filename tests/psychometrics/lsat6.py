"""The 1,000 persons x 5 items of Bock and Lieberman (1970), and what other programs make of them (data/ORIGIN.md)."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from psychometrics.responses import Responses

DATA = Path(__file__).parent / "data"
FILE = DATA / "lsat6.csv"
REFERENCE: dict[str, Any] = json.loads((DATA / "lsat6_reference.json").read_text())["LSAT6"]


def patterns() -> Responses:
    """As patterns with counts."""
    rows = np.array([[float(cell) for cell in row] for row in list(csv.reader(FILE.read_text().splitlines()))[1:]])
    return Responses.dense(rows[:, :5], [f"Item_{number}" for number in range(1, 6)], rows[:, 5])


def persons() -> Responses:
    """One row per person."""
    found = patterns()
    return Responses.dense(np.repeat(found.array(), found.weights.astype(int), axis=0), found.names)
