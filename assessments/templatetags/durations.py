"""Times as people read them."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def minutes_seconds(seconds: float | None) -> str:
    """``754`` to ``12:34``; over an hour ``1:02:03``; None to a dash."""
    if seconds is None:
        return "–"
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes}:{secs:02}"


@register.filter
def in_words(minutes: float | None) -> str:
    """``95`` to ``1 hour 35 minutes``; None to ``no time limit``."""
    if minutes is None:
        return "no time limit"
    hours, rest = divmod(round(minutes), 60)
    parts = []
    if hours:
        parts.append(f"{hours} hour{'s' if hours != 1 else ''}")
    if rest or not hours:
        parts.append(f"{rest} minute{'s' if rest != 1 else ''}")
    return " ".join(parts)
