"""The sub-forms of the question types. A type that is not named here is edited as JSON."""

from __future__ import annotations

from question_bank.editor.base import PayloadEditor
from question_bank.editor.choice import ChoiceEditor
from question_bank.editor.json_text import JsonEditor
from question_bank.editor.numeric import NumericEditor

EDITORS: dict[str, type[PayloadEditor]] = {
    "single_choice": ChoiceEditor,
    "multiple_choice": ChoiceEditor,
    "numeric": NumericEditor,
}


def editor_for(type: str) -> type[PayloadEditor]:
    """The sub-form of a type."""
    return EDITORS.get(type, JsonEditor)
