"""Template tags for question texts."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import strip_tags
from django.utils.safestring import SafeString

from question_bank import markdown
from question_bank.types.base import PresentedField
from question_bank.types.cloze import PLACE, place_of

register = template.Library()

_PLACE_OR_TAG = re.compile(rf"<[^>]*>|({PLACE}\d+x)")
_LANGUAGE = re.compile(r"^( *(?:`{3,}|~{3,})).*$", re.MULTILINE)


@register.filter
def md(text: str) -> SafeString:
    """Block Markdown; safe because `question_bank.markdown` sanitises what it renders."""
    return SafeString(markdown.render(text or ""))


@register.filter
def md_inline(text: str) -> SafeString:
    """One line of Markdown; safe for the same reason."""
    return SafeString(markdown.render_inline(text or ""))


@register.filter
def plain(text: str) -> str:
    """One line of Markdown as words alone, for places that hold no HTML (choices of a list, labels)."""
    return html.unescape(strip_tags(markdown.render_inline(text or ""))).strip()


_FIELDS = {
    "stem": "question",
    "checked_on": "facts checked on",
    "interview_follow_up": "interview follow-up",
    "rationale": "why",
}
_ANCHORS = {"topic", "stem", "expected_seconds", "explanation", "interview_follow_up", "checked_on"}


@register.filter
def field_in_words(field: str) -> str:
    """A place that the linter names, as the form calls it: ``payload.options.2.text`` is “Option 2, text”."""
    words: list[str] = []
    for name in field.removeprefix("payload.").split("."):
        if name.isdigit() and words:
            words[-1] = f"{words[-1].removesuffix('s')} {name}"
        else:
            words.append(_FIELDS.get(name, name.replace("_", " ")))
    return ", ".join(words)[:1].upper() + ", ".join(words)[1:]


@register.filter
def field_anchor(field: str) -> str:
    """Where the form has such a field."""
    if field in _ANCHORS:
        return f"id_{field}"
    if field.startswith("references"):
        number = field.partition(".")[2]
        return f"id_reference-{int(number) - 1 if number.isdigit() else 0}-title"
    return "answer-part"


@register.filter
def part(filled_in: Sequence[str], token: str) -> str:
    """What stands in the field of one part; empty where nothing was given (see `types.base.values_of`)."""
    return next((value.partition(":")[2] for value in filled_in if value.startswith(f"{token}:")), "")


@register.simple_tag
def cloze(page: Any) -> SafeString:
    """The text of a fill-in question with a form field at the place of each gap."""
    presentation = page.presentation
    body = markdown.render(presentation.text)
    if sum(bool(found[1]) for found in _PLACE_OR_TAG.finditer(body)) < len(presentation.fields):
        # A highlighter that knows no such word took it to pieces: the listings go without colours.
        body = markdown.render(_LANGUAGE.sub(r"\1", presentation.text))
    fields = {place_of(index): field for index, field in enumerate(presentation.fields)}

    def filled(found: re.Match[str]) -> str:
        field = fields.pop(found[0], None)
        return found[0] if field is None else _gap(field, page.filled_in)

    body = _PLACE_OR_TAG.sub(filled, body)
    # A gap at a place where no field can be (the address of a link) still has to be answered somewhere.
    return SafeString(body + "".join(f"<p>{_gap(field, page.filled_in)}</p>" for field in fields.values()))


def _gap(field: PresentedField, filled_in: Sequence[str]) -> str:
    given = part(filled_in, field.token)
    return render_to_string("question_types/_gap.html", {"field": field, "given": given}).strip()
