"""What a foreign format has no place for travels beside the question, as JSON that only Plumbline reads."""

from __future__ import annotations

import json
from typing import Any

from question_bank.formats.base import Item
from question_bank.formats.yaml_pack import as_fields

FIELDS = (
    "topic", "difficulty", "expected_seconds", "references", "author", "checked_on", "interview_follow_up", "status",
    "lint_allow",
)  # fmt: skip
TOLD = "topic, difficulty, expected time, references, author, date of the check and interview question travel along, "
TOLD += "but only Plumbline shows them"
MAX_CHARS = 200_000


def written(item: Item, **more: Any) -> str:
    """Name, skill, type and the fields above of a question, and what its type adds."""
    fields = as_fields(item.question)
    said = {name: fields[name] for name in FIELDS if name in fields}
    known = {"id": item.question.id, "skill": item.skill, "type": item.question.type, **said}
    return json.dumps(known | {name: value for name, value in more.items() if value}, ensure_ascii=False, default=str)


def read(text: str | None) -> dict[str, Any]:
    """What `written` said; empty where there is nothing or not what we wrote."""
    if not text or len(text) > MAX_CHARS:
        return {}
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def fields_of(said: dict[str, Any]) -> dict[str, Any]:
    """The fields of a question; they are checked like all others."""
    return {name: said[name] for name in FIELDS if name in said} | (
        {"status": said.get("status", "live")} if said else {}
    )


def texts_of(said: dict[str, Any], name: str) -> list[str]:
    """A list of texts, empty where there is none."""
    found = said.get(name)
    return found if isinstance(found, list) and all(isinstance(one, str) for one in found) else []
