"""Pictures that travel with questions: names for foreign ones, addresses in both directions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from urllib.parse import unquote

from question_bank.formats.texts import as_slug
from question_bank.pictures import extension_of

_SHOWN = re.compile(r"(?<=\]\()image:([-\w]+)(?=[\s)])")


def name_for(path: str, data: bytes, *, ours: bool = False) -> str:
    """A name for a picture of a file. A foreign one bears a piece of its hash, so that no other is taken over."""
    slug = as_slug(PurePosixPath(unquote(path)).stem, 60) or "picture"
    return slug if ours else f"{slug}-{hashlib.sha256(data).hexdigest()[:8]}"


def shown(name: str, words: str) -> str:
    """A picture in Markdown."""
    plain = re.sub(r"[\[\]\\`*_<>\n]", " ", words).strip()
    return f"![{plain}](image:{name})"


def with_addresses(text: str, pictures: Mapping[str, bytes], address: Callable[[str], str]) -> str:
    """Markdown in which the pictures that travel along have the address of their file."""

    def replaced(found: re.Match[str]) -> str:
        name = found[1]
        return address(f"{name}{extension_of(pictures[name])}") if name in pictures else found[0]

    return _SHOWN.sub(replaced, text)


def names_shown(text: str) -> list[str]:
    """The pictures that a text shows."""
    return _SHOWN.findall(text)
