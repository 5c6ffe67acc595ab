"""Figures and chart coordinates for report templates."""

from __future__ import annotations

import datetime
from typing import Any

from django import template
from django.utils.safestring import SafeString

from question_bank import markdown
from reports import figures
from reports.facts import OUTCOMES

register = template.Library()
register.filter("percent", figures.percent)
register.filter("points", figures.points)
register.filter("duration", figures.duration)
register.filter("clock", figures.clock)

OUTCOME_LABELS = {
    "right": "Right",
    "partly": "Partly right",
    "wrong": "Wrong",
    "skipped": "Skipped",
    "not_reached": "Not reached",
}


@register.filter
def outcome_label(outcome: str) -> str:
    return OUTCOME_LABELS.get(outcome, outcome)


@register.filter
def estimate(share: dict[str, Any], provisional: bool = False) -> str:
    """``62 % (45-77 %), n 12, provisional`` of anything with value, low, high and n."""
    return figures.figure(share["value"], share["low"], share["high"], share["n"], provisional=provisional)


@register.filter
def span(share: dict[str, Any]) -> str:
    return figures.span(share["low"], share["high"])


@register.filter
def points_of(share: float) -> str:
    """Half a range in points out of 100: ``14``."""
    return str(figures.whole(100 * share))


@register.filter
def x(share: float | None) -> str:
    """A share as a place on a horizontal axis from 0 to 100 %. The axis begins and ends a little inside of the picture,
    so that a mark at either end is whole: not every reader of PDF draws what sticks out."""
    return f"{3 + 94 * (share or 0):.2f}%"


@register.filter
def in_order(counts: dict[str, int]) -> list[tuple[str, int]]:
    """Outcomes and their counts in the order of the page: the database does not keep the order of keys."""
    return [(outcome, counts[outcome]) for outcome in OUTCOMES]


@register.filter
def iso_date(text: str | None) -> datetime.date | None:
    """A date as the snapshot keeps it."""
    return datetime.date.fromisoformat(text) if text else None


@register.filter
def segments(counts: dict[str, int]) -> list[dict[str, Any]]:
    """A stacked bar: for each outcome that occurred its count, its start and its width."""
    total, start, found = sum(counts.values()), 0, []
    for outcome in OUTCOMES:
        count = counts[outcome]
        if count:
            found.append(
                {
                    "outcome": outcome,
                    "label": OUTCOME_LABELS[outcome],
                    "count": count,
                    "x": f"{100 * start / total:.3f}%",
                    "width": f"{100 * count / total:.3f}%",
                    "middle": f"{100 * (start + count / 2) / total:.3f}%",
                }
            )
        start += count
    return found


@register.filter
def counts_in_words(counts: dict[str, int]) -> str:
    """``3 right, 1 wrong, 1 not reached``."""
    found = [f"{counts[outcome]} {OUTCOME_LABELS[outcome].lower()}" for outcome in OUTCOMES if counts[outcome]]
    return ", ".join(found) or "no questions"


@register.filter
def shade(cell: dict[str, Any]) -> str:
    """One of four shades for the share of points in a cell; empty where nothing was asked."""
    if not cell["n"]:
        return "none"
    return str(min(3, int(4 * cell["points"] / cell["n"])))


@register.filter
def of_time(used: float, allowed: float) -> str:
    """The part of the time that was used, as a place on an axis; at most all of it."""
    return f"{100 * min(1.0, used / allowed):.2f}%" if allowed else "0%"


@register.filter
def ratio(row: dict[str, Any]) -> str:
    """``1.4 x`` of the expected time."""
    if not row["expected"] or row["seconds"] is None:
        return figures.EN_DASH
    return f"{row['seconds'] / row['expected']:.1f}{figures.NBSP}\u00d7"


@register.filter
def number_word(number: int, word: str) -> str:
    """``1 question``, ``4 questions``."""
    return figures.count(number, word)


@register.filter
def numbered(prefix: str, number: int) -> str:
    """An id that is the only one of its name on the page."""
    return f"{prefix}-{number}"


@register.filter
def md(text: str) -> SafeString:
    return SafeString(markdown.render(text))


@register.filter
def md_inline(text: str) -> SafeString:
    return SafeString(markdown.render_inline(text))
