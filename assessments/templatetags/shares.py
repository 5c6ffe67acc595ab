"""Shares in words."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def as_percent(share: float | None) -> str:
    """``62 %`` of 0.62; a dash where there is none."""
    return "–" if share is None else f"{100 * share:.0f}\u00a0%"
