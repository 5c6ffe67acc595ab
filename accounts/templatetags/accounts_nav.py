"""Marks the current page in navigation lists."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag(takes_context=True)
def nav_current(context: dict[str, Any], url: str) -> SafeString:
    """` aria-current="page"` on the page itself, ` aria-current="true"` on pages below it."""
    request = context.get("request")
    if request is None or not url:
        return mark_safe("")
    if request.path == url:
        return mark_safe(' aria-current="page"')
    below = url != "/" and request.path.startswith(url)
    return mark_safe(' aria-current="true"' if below else "")  # noqa: S308 - constant
