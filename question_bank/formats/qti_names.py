"""Names in QTI 2.1, 2.2 and 3.0, which spell them differently: ``choiceInteraction``, ``qti-choice-interaction``.

They are compared in the kebab form without the prefix, so that one reader serves all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from lxml import etree


@lru_cache(maxsize=1024)
def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"-\1", name).lower().removeprefix("qti-")


def name_of(element: Any) -> str:
    """``choice-interaction`` for both spellings; empty for what is no element."""
    return _kebab(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def attribute(element: Any, name: str, otherwise: str = "") -> str:
    """An attribute by its kebab name, in either spelling."""
    camel = re.sub(r"-([a-z])", lambda found: found[1].upper(), name)
    return str(element.get(name) or element.get(camel) or otherwise)


def below(element: Any, name: str) -> Iterator[Any]:
    """All elements of a name below another, in the order of the file."""
    return (one for one in element.iterdescendants() if name_of(one) == name)


def first(element: Any, name: str) -> Any | None:
    return next(below(element, name), None)
