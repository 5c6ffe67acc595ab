"""Times as people read them."""

from __future__ import annotations

from decimal import Decimal

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


@register.filter
def seconds_in_words(seconds: float | None) -> str:
    """``45`` to ``45 seconds``, ``90`` to ``1 min 30 s``, ``600`` to ``10 minutes``, ``7260`` to ``2 h 1 min``."""
    if seconds is None:
        return "–"
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} second{'s' if whole != 1 else ''}"
    minutes, rest = divmod(whole, 60)
    if minutes >= 60:
        hours, minutes = divmod(minutes, 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} hour{'s' if hours != 1 else ''}"
    if rest:
        return f"{minutes} min {rest} s"
    return f"{minutes} minute{'s' if minutes != 1 else ''}"


@register.filter
def factor(value: Decimal) -> str:
    """``1.50`` to ``1.5``, ``10.00`` to ``10``."""
    return f"{float(value):g}"
