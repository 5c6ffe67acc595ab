"""Shares as people read them."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def percent(share: float | None) -> str:
    """``0.623`` to ``62 %``, with a space that does not break; None to a dash."""
    return "–" if share is None else f"{percent_number(share)}\u00a0%"


@register.filter
def points(value: float) -> str:
    """``3``, ``2.5``, ``0.67``."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


@register.filter
def percent_number(share: float | None) -> str:
    """``0.623`` to ``62``; halves go up."""
    return "–" if share is None else str(int(share * 100 + 0.5))
