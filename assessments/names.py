"""Names and titles from people, made safe to show in one line. Pure Python."""

from __future__ import annotations

import unicodedata

_JOINERS = "\u200c\u200d"  # parts of words in some scripts, and of emoji


def one_line(text: str) -> str:
    """The text without control and direction characters (U+202E turns what follows it round), spaces folded."""
    kept = (c if c in _JOINERS or unicodedata.category(c) not in {"Cc", "Cf"} else " " for c in text)
    return " ".join("".join(kept).split())
