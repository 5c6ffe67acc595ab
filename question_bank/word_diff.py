"""Marking changed words in two pieces of HTML that candidates see. Pure Python.

Both pieces are cut into tags, words and blanks; only words are compared and only words are wrapped, so that the
markup stays what it was. What a browser shows as plain text (form fields) is left as it is.
"""

from __future__ import annotations

import difflib
import re
from itertools import groupby

_TOKEN = re.compile(
    r"<(?P<raw>select|textarea|script|style|svg)\b.*?</(?P=raw)\s*>"  # nothing inside may be wrapped
    r"|<!--.*?-->"
    r"|<(?:\"[^\"]*\"|'[^']*'|[^>\"'])*>"
    r"|&\#?\w+;"
    r"|\w+|\s+|[^<\w\s]",
    re.DOTALL | re.IGNORECASE,
)
MOST_TOKENS = 6000


def mark_words(old: str, new: str) -> tuple[str, str]:
    """Both pieces, with words that only the first has in ``<del>`` and words that only the second has in ``<ins>``.

    Pieces too long to compare in reasonable time come back unmarked.
    """
    left, right = _tokens(old), _tokens(new)
    if len(left) + len(right) > MOST_TOKENS:
        return old, new
    matcher = difflib.SequenceMatcher(None, [_said(token) for token in left], [_said(t) for t in right], autojunk=False)
    gone, come = set(range(len(left))), set(range(len(right)))
    for block in matcher.get_matching_blocks():
        gone -= set(range(block.a, block.a + block.size))
        come -= set(range(block.b, block.b + block.size))
    return _wrapped(left, gone, "del"), _wrapped(right, come, "ins")


def _tokens(html: str) -> list[str]:
    return [match[0] for match in _TOKEN.finditer(html)]


def _said(token: str) -> str:
    """What a token is compared by: blanks are all alike, and an opening tag is its name, whatever ids it carries."""
    if token.isspace():
        return " "
    tag = re.match(r"</?\w+", token)
    return tag[0] if tag and "</" not in token[1:] else token


def _wrapped(tokens: list[str], marked: set[int], tag: str) -> str:
    """Runs of marked words in one element each; a run ends at a tag."""
    parts = []
    for kind, run in groupby(enumerate(tokens), key=lambda pair: _kind(pair[1], pair[0] in marked)):
        text = "".join(token for _, token in run)
        parts.append(f"<{tag}>{text}</{tag}>" if kind == "marked" and text.strip() else text)
    return "".join(parts)


def _kind(token: str, marked: bool) -> str:
    if token.startswith("<"):
        return "tag"
    return "marked" if marked else "same"
