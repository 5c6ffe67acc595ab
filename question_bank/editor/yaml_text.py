"""The editor of every type without a sub-form of its own: the payload as YAML, as files have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml
from django import forms

from question_bank.editor.base import Location, PayloadEditor, lines
from question_bank.formats.yaml_text import as_yaml, field_of, line_of, root_of, value_of
from question_bank.types import TYPES

MAX_CHARS = 100_000


class YamlFields(forms.Form):
    payload = lines("Fields of this type (YAML)", 22, required=True, max_length=MAX_CHARS)

    def clean_payload(self) -> dict[str, Any]:
        text = self.cleaned_data["payload"]
        try:
            self.root = root_of(text)
            value = value_of(self.root)
        except yaml.MarkedYAMLError as error:
            line = f"Line {error.problem_mark.line + 1}: " if error.problem_mark else ""
            raise forms.ValidationError(f"{line}this is not YAML: {error.problem}.") from error
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            raise forms.ValidationError(f"This is not YAML: {error}") from error
        if not isinstance(value, dict):
            raise forms.ValidationError("Line 1: begin with the name of a field and a colon, as in the example.")
        return value


class YamlEditor(PayloadEditor):
    """Begins with the type's own example, so that nobody has to know the fields by heart."""

    template = "admin/question_bank/editor/yaml_text.html"

    @classmethod
    def fits(cls, payload: Mapping[str, Any]) -> bool:
        return True

    def build(self, data: Mapping[str, Any] | None, payload: Mapping[str, Any], more: str) -> None:
        self.example = as_yaml(dict(TYPES[self.type].samples()[0].payload))
        self.prefix = f"yaml-{self.type}"  # another type begins with its own example, not with the text of this one
        bound = data if data is not None and f"{self.prefix}-payload" in data else None
        shown = as_yaml(self._tidy(payload)) if payload else self.example
        self.fields = YamlFields(bound, initial={"payload": shown}, prefix=self.prefix)

    def _tidy(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """In the order of the type's fields, which the database does not keep, and without what goes without saying."""
        tidy: dict[str, Any] = TYPES[self.type].load(payload).model_dump(mode="json", exclude_defaults=True)
        return tidy

    def forms_valid(self) -> bool:
        return self.fields.is_valid()

    def raw(self) -> dict[str, Any]:
        value: dict[str, Any] = self.fields.cleaned_data["payload"]
        return value

    def place(self, location: Location, message: str) -> bool:
        line = line_of(self.fields.root, location)
        self.fields.add_error("payload", ": ".join(filter(None, (f"Line {line}", field_of(location), message))))
        return True
