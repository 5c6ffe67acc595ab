"""The key of a question in the words of the file, whatever its type."""

from __future__ import annotations

from typing import Any

from question_bank.formats.pack import PackQuestion
from question_bank.types import TYPES


def key_of(question: PackQuestion) -> Any:
    payload = TYPES[question.type].load(question.payload)
    if question.type in {"single_choice", "multiple_choice"}:
        return [option.text for option in payload.options if option.correct]
    if question.type == "numeric":
        return [payload.answer, payload.tolerance]
    if question.type in {"matching", "grid"}:
        texts = {option.id: option.text for option in payload.options}
        return {row.text: texts[row.answer] for row in payload.rows}
    if question.type == "ordering":
        return [item.text for item in payload.items]
    if question.type == "cloze":
        return [list(gap.accepted) if gap.kind == "text" else gap.answer for gap in payload.gaps]
    return TYPES[question.type].solved(payload)
