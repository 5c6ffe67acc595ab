"""The sub-forms of the question types. A type that is not named here is edited as YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from question_bank.editor.base import PayloadEditor
from question_bank.editor.choice import ChoiceEditor
from question_bank.editor.config_repair import ConfigRepairEditor
from question_bank.editor.free_text import FreeTextEditor
from question_bank.editor.numeric import NumericEditor
from question_bank.editor.sql import SqlEditor
from question_bank.editor.yaml_text import YamlEditor

EDITORS: dict[str, type[PayloadEditor]] = {
    "single_choice": ChoiceEditor,
    "multiple_choice": ChoiceEditor,
    "numeric": NumericEditor,
    "config_repair": ConfigRepairEditor,
    "sql": SqlEditor,
    "free_text": FreeTextEditor,
}


def editor_for(type: str, payload: Mapping[str, Any] | None = None) -> type[PayloadEditor]:
    """The sub-form of a type; YAML for what a sub-form has no place for."""
    found = EDITORS.get(type, YamlEditor)
    return found if not payload or found.fits(payload) else YamlEditor
