"""How texts refer to pictures: ``image:NAME`` as written, ``image:NAME#<sha256>`` as stored.

The hash is added when a version is saved. It pins the picture, so that a replaced one changes no old
version, and it lets a text be rendered without asking the database.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_WRITTEN = re.compile(r"(?<=\]\()image:([-\w]+)(?:#[0-9a-f]{64})?(?=[\s)])")
_PINNED_WHOLE = re.compile(r"(?<=\]\()image:([-\w]+)#([0-9a-f]{64})(?=[\s)])")
_PINNED = re.compile(r"(?<=\]\()(image:[-\w]+)#[0-9a-f]{64}(?=[\s)])")


def names_in(value: Any) -> set[str]:
    """The names of all pictures that a text, or any text in a payload, refers to."""
    if isinstance(value, str):
        return set(_WRITTEN.findall(value))
    if isinstance(value, dict):
        value = list(value.values())
    return set().union(*map(names_in, value)) if isinstance(value, list | tuple) else set()


def hashes_in(value: Any) -> dict[str, str]:
    """Name to hash of all pictures that are pinned in a text, or in any text of a payload."""
    if isinstance(value, str):
        return dict(_PINNED_WHOLE.findall(value))
    if isinstance(value, dict):
        value = list(value.values())
    found: dict[str, str] = {}
    for part in value if isinstance(value, list | tuple) else []:
        found |= hashes_in(part)
    return found


def pinned(value: Any, hashes: Mapping[str, str]) -> Any:
    """The same value with the hash behind each name.

    Raises:
        KeyError: a name that ``hashes`` does not know.
    """
    if isinstance(value, str):
        return _WRITTEN.sub(lambda found: f"image:{found[1]}#{hashes[found[1]]}", value)
    if isinstance(value, dict):
        return {key: pinned(part, hashes) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [pinned(part, hashes) for part in value]
    return value


def as_written(value: Any) -> Any:
    """The same value without hashes, for the editor."""
    if isinstance(value, str):
        return _PINNED.sub(r"\1", value)
    if isinstance(value, dict):
        return {key: as_written(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [as_written(part) for part in value]
    return value
