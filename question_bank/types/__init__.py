"""The registry of question types. A new type is one file here and one line below."""

from __future__ import annotations

from typing import Any

from question_bank.types.base import QuestionType
from question_bank.types.multiple_choice import MultipleChoice
from question_bank.types.numeric import Numeric
from question_bank.types.single_choice import SingleChoice

TYPES: dict[str, QuestionType[Any]] = {
    question_type.slug: question_type
    for question_type in (
        SingleChoice(),
        MultipleChoice(),
        Numeric(),
    )
}
