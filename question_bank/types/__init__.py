"""The registry of question types. A new type is one file here and one line below."""

from __future__ import annotations

from typing import Any

from question_bank.types.base import QuestionType
from question_bank.types.cloze import Cloze
from question_bank.types.config_repair import ConfigRepair
from question_bank.types.free_text import FreeText
from question_bank.types.grid import Grid
from question_bank.types.hotspot import Hotspot
from question_bank.types.matching import Matching
from question_bank.types.multiple_choice import MultipleChoice
from question_bank.types.numeric import Numeric
from question_bank.types.ordering import Ordering
from question_bank.types.single_choice import SingleChoice
from question_bank.types.sql import Sql

TYPES: dict[str, QuestionType[Any]] = {
    question_type.slug: question_type
    for question_type in (
        SingleChoice(),
        MultipleChoice(),
        Numeric(),
        Ordering(),
        Cloze(),
        ConfigRepair(),
        Matching(),
        Grid(),
        Sql(),
        FreeText(),
        Hotspot(),
    )
}

BY_PEOPLE = tuple(slug for slug, kind in TYPES.items() if kind.marked_by_people)
"""The types whose answers no rule can mark."""
