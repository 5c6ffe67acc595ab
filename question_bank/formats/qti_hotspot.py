"""Regions of a picture in QTI, in pixels from its left upper corner, as the bank has them: in percent of its size."""

from __future__ import annotations

import re
from typing import Any

from question_bank.formats import shapes


def region_of(shape: str, coords: str, width: float, height: float) -> dict[str, Any] | None:
    """A ``rect``, ``circle``, ``ellipse`` or ``poly`` with its coordinates; None for what is no such thing."""
    numbers = [shapes.number_of(part) for part in re.split(r"[,\s]+", coords.strip()) if part]
    if None in numbers:
        return None
    at: list[float] = [number for number in numbers if number is not None]
    match shape, at:
        case "rect", [left, top, right, bottom]:
            x, y = _percent(left, width), _percent(top, height)
            across, down = round(_percent(right, width) - x, 3), round(_percent(bottom, height) - y, 3)
            return {"kind": "rect", "x": x, "y": y, "width": across, "height": down}
        case "circle", [x, y, radius]:
            return _ellipse(x, y, radius, radius, width, height)
        case "ellipse", [x, y, across, down]:
            return _ellipse(x, y, across, down, width, height)
        case "poly", [*many] if len(many) % 2 == 0:
            points = [[_percent(x, width), _percent(y, height)] for x, y in zip(many[::2], many[1::2], strict=True)]
            return {"kind": "polygon", "points": points[:-1] if points[:1] == points[-1:] else points}
        case _:
            return None


def _ellipse(x: float, y: float, across: float, down: float, width: float, height: float) -> dict[str, Any]:
    return {
        "kind": "ellipse",
        "cx": _percent(x, width),
        "cy": _percent(y, height),
        "rx": round(100 * across / width, 3),
        "ry": round(100 * down / height, 3),
    }


def _percent(value: float, whole: float) -> float:
    return round(min(100.0, max(0.0, 100 * value / whole)), 3)
