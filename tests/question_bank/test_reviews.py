"""Each shipped question was answered blind by somebody who did not write it, and the record says so."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from question_bank.services.load import parse_files, shipped_packs
from question_bank.taxonomy import CONTENT
from question_bank.types import TYPES
from question_bank.types.base import Answer

PACKS = parse_files(shipped_packs())


def entries(skill: str) -> dict[str, dict[str, Any]]:
    record = yaml.safe_load((CONTENT / "reviews" / f"{skill}.yaml").read_text(encoding="utf-8"))
    assert record["skill"] == skill
    found: dict[str, dict[str, Any]] = record["questions"]
    return found


def as_stored(kind: str, given: Any) -> Answer:
    """A blind answer of a record as an attempt stores it."""
    match kind:
        case "numeric":
            return {"value": float(given), "typed": str(given)}
        case "config_repair" | "sql":
            return {"text": given}
        case "ordering":
            return {"places": {step: place for place, step in enumerate(given, start=1)}}
        case "cloze":
            return {"gaps": {gap: str(value) for gap, value in given.items()}}
        case "matching" | "grid":
            return {"rows": given}
        case _:
            return {"options": given}


@pytest.mark.parametrize("skill", sorted({pack.skill for pack in PACKS}))
def test_each_question_has_a_blind_answer_on_record(skill: str) -> None:
    ids = {question.id for pack in PACKS if pack.skill == skill for question in pack.questions}
    record = entries(skill)
    assert ids - set(record) == set()
    for name in ids:
        entry = record[name]
        assert set(entry) >= {"blind_answer", "agreed", "change"}, name
        assert entry["blind_answer"] is not None, name
        assert entry["agreed"] is True or entry["change"], f"{name}: differs, and nothing was changed"


@pytest.mark.parametrize("skill", sorted({pack.skill for pack in PACKS}))
def test_a_blind_answer_that_agreed_is_the_key(skill: str) -> None:
    record = entries(skill)
    for pack in PACKS:
        for question in pack.questions if pack.skill == skill else ():
            entry = record[question.id]
            if not entry["agreed"] or entry["change"]:
                continue  # what was changed after the reading may have moved the key
            kind = TYPES[question.type]
            payload = kind.load(question.payload)  # drawn numbers: those of the first draw
            assert kind.mark(payload, as_stored(question.type, entry["blind_answer"])) == 1.0, question.id
