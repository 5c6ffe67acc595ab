"""Texts from foreign files: invisible characters out, names made. Pure Python."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_CONTROLS = frozenset({"Cc", "Cs"})


def clean(value: Any) -> tuple[Any, int]:
    """The same value with plain line ends and without control and direction characters, and how many these were.

    They are invisible: NUL cannot be stored, and the others let a text read differently from what it says.
    """
    if isinstance(value, str):
        text = value.replace("\r\n", "\n").replace("\r", "\n")
        if text.isascii() and text.isprintable():
            return text, 0
        kept = "".join(
            char for char in _DIRECTION.sub("", text) if char in "\n\t" or unicodedata.category(char) not in _CONTROLS
        )
        return kept, len(text) - len(kept)
    if isinstance(value, Mapping):
        pairs = {key: clean(part) for key, part in value.items()}
        return {key: part for key, (part, _) in pairs.items()}, sum(count for _, count in pairs.values())
    if isinstance(value, list | tuple):
        parts = [clean(part) for part in value]
        return [part for part, _ in parts], sum(count for _, count in parts)
    return value, 0


def as_slug(text: str, length: int = 100) -> str:
    """Small letters, digits and single hyphens; empty where nothing of the text remains."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:length].strip("-")


def made_name(title: str, raw: Mapping[str, Any]) -> str:
    """A name from the words and the content: the same question gets the same name in every file."""
    said = json.dumps([raw.get("stem"), raw.get("type"), raw.get("payload")], sort_keys=True, default=str)
    digest = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    words = as_slug(title or str(raw.get("stem", "")), 60) or "question"
    return f"{words}-{digest}"


def option_ids(texts: Sequence[str], wanted: Sequence[str] = ()) -> list[str]:
    """An id for each option: the wanted ones where they fit, otherwise from the words, made different."""
    if len(wanted) == len(texts) and len(set(wanted)) == len(texts):
        return list(wanted)
    ids: list[str] = []
    for number, text in enumerate(texts, 1):
        slug = as_slug(text, 50) or f"option-{number}"
        ids.append(slug if slug not in ids else f"{slug}-{number}")
    return ids
