"""Figures in words: the same rounding and the same signs everywhere."""

from __future__ import annotations

import math
import re
from typing import Any

from reports.facts import Share

NBSP = "\u00a0"
EN_DASH = "\u2013"
CUT = " [\u2026] "


def as_json(share: Share) -> dict[str, Any]:
    """A share as the snapshot keeps it."""
    return {"points": share.points, "n": share.n, "value": share.value, "low": share.low, "high": share.high}


def whole(value: float) -> int:
    """Rounded half up: 0.5 is 1, as people expect of percentages."""
    return math.floor(value + 0.5 + 1e-9)


def percent(value: float | None) -> str:
    """``62 %``; a dash where there is no figure."""
    return EN_DASH if value is None else f"{whole(100 * value)}{NBSP}%"


def span(low: float | None, high: float | None) -> str:
    """``45-77 %`` with an en dash; empty where there is no interval."""
    if low is None or high is None:
        return ""
    return f"{whole(100 * low)}{EN_DASH}{whole(100 * high)}{NBSP}%"


def figure(value: float | None, low: float | None, high: float | None, n: int, *, provisional: bool = False) -> str:
    """``62 % (45-77 %), n 12, provisional``: there is no way to write an estimate without its range and n."""
    if value is None or low is None or high is None:
        return f"no figure, n{NBSP}{n}"
    return f"{percent(value)} ({span(low, high)}), n{NBSP}{n}{', provisional' if provisional else ''}"


def points(value: float) -> str:
    """``3``, ``2.5``, ``0.67``."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def count(number: int, word: str, plural: str = "") -> str:
    """``1 question``, ``4 questions``."""
    return f"{number}{NBSP}{word if number == 1 else plural or word + 's'}"


def duration(seconds: float | None) -> str:
    """``45 s``, ``3 min 20 s``, ``38 min``, ``1 h 05 min``; a dash where there is none."""
    if seconds is None:
        return EN_DASH
    total = whole(seconds)
    if total < 60:
        return f"{total}{NBSP}s"
    if total < 600:
        rest = f" {total % 60:02d}{NBSP}s" if total % 60 else ""
        return f"{total // 60}{NBSP}min{rest}"
    minutes = whole(total / 60)
    return f"{minutes}{NBSP}min" if minutes < 60 else f"{minutes // 60}{NBSP}h {minutes % 60:02d}{NBSP}min"


def clock(seconds: float | None) -> str:
    """``1:08``, for tight places; a dash where there is none."""
    if seconds is None:
        return EN_DASH
    total = whole(seconds)
    return f"{total // 60}:{total % 60:02d}"


def gist(markdown: str, limit: int = 150) -> str:
    """The first words of a question as plain text, without listings, tables and markup."""
    text = re.sub(r"```.*?```", CUT, markdown, flags=re.DOTALL)
    text = re.sub(r"(^\s*\|.*$\n?)+", CUT, text, flags=re.MULTILINE)
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", " ", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = " ".join(re.sub(r"[*`#>]", "", text).split())
    if len(text) <= limit:
        return text
    return text[: limit + 1].rsplit(" ", 1)[0].removesuffix(CUT.strip()).rstrip(" ,;:.") + "\u2026"


def listed(words: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""
