"""Template tags for question texts."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from question_bank import markdown

register = template.Library()


@register.filter
def md(text: str) -> SafeString:
    """Block Markdown; safe because `question_bank.markdown` sanitises what it renders."""
    return SafeString(markdown.render(text or ""))


@register.filter
def md_inline(text: str) -> SafeString:
    """One line of Markdown; safe for the same reason."""
    return SafeString(markdown.render_inline(text or ""))
