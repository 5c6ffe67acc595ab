"""What the types share whose questions have parts that are answered one by one: rows, gaps, steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import StringConstraints

from question_bank.types.base import DescribedLine

Label = Annotated[str, StringConstraints(min_length=1, max_length=500)]
"""Markdown of one line or a few."""

Why = Annotated[str, StringConstraints(max_length=2000)]
"""Markdown: why this is the key, and which mistake leads away from it. For people who may see keys."""


def described(
    parts: Iterable[tuple[str, str]],
    given: Mapping[str, str],
    key: Mapping[str, str],
    right: Mapping[str, bool],
    why: Mapping[str, str],
) -> list[DescribedLine]:
    """An answer of parts in words: what was given for each part and, where that is not right, what is.

    Args:
        parts: (id, words of the part), in the order in which they are read.
        given: id to the words of what was given; parts without an answer are absent.
        key: id to the words of the key.
        right: id to whether what was given is right.
        why: id to the rationale.
    """
    lines = []
    for part, words in parts:
        good = right.get(part, False)
        if part in given:
            lines.append(DescribedLine(f"{words}: {given[part]}", True, good, why[part] if good else ""))
        if not good:
            lines.append(DescribedLine(f"{words}: {key[part]}", False, True, why[part]))
    return lines
