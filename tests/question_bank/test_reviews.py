"""Each shipped question was answered blind by somebody who did not write it, and guessed from its options alone by
somebody who knew nothing else; the records say so, for the wording that is shipped.
"""

from __future__ import annotations

from typing import Any

import pytest

from question_bank.formats.pack import PackQuestion
from question_bank.readings import MARGIN, digest, guessing, options_digest, read_records
from question_bank.services.load import parse_files, shipped_packs
from question_bank.types import TYPES
from question_bank.types.base import Answer
from question_bank.types.choice import ChoiceType

PACKS = parse_files(shipped_packs())
SKILLS = sorted({pack.skill for pack in PACKS})


def entries(skill: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = read_records()[skill]["questions"]
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


def asked(skill: str) -> list[PackQuestion]:
    return [question for pack in PACKS if pack.skill == skill for question in pack.questions]


@pytest.mark.parametrize("skill", SKILLS)
def test_each_question_was_answered_blind_in_its_present_wording(skill: str) -> None:
    record = entries(skill)
    present = {question.id: digest(question) for question in asked(skill)}
    assert {name: entry.get("digest") for name, entry in record.items()} == present


@pytest.mark.parametrize("skill", SKILLS)
def test_the_blind_answer_is_the_key(skill: str) -> None:
    record = entries(skill)
    for question in asked(skill):
        kind = TYPES[question.type]
        payload = kind.load(question.payload)  # drawn numbers: those of the first draw
        assert record[question.id]["agreed"] is True, question.id
        given = as_stored(question.type, record[question.id]["blind_answer"])
        assert kind.mark(payload, given) == 1.0, question.id


@pytest.mark.parametrize("skill", SKILLS)
def test_each_choice_question_was_guessed_from_its_present_options(skill: str) -> None:
    record = entries(skill)
    choices = [question for question in asked(skill) if isinstance(TYPES[question.type], ChoiceType)]
    assert [q.id for q in choices if record[q.id].get("guessed_digest") != options_digest(q)] == []


@pytest.mark.parametrize("kind", ["single_choice", "multiple_choice"])
def test_the_options_alone_earn_little_more_than_chance(kind: str) -> None:
    found = guessing(PACKS, read_records(), kind=kind)
    assert found.earned.n > 100
    assert found.above is not None
    assert found.above <= MARGIN
