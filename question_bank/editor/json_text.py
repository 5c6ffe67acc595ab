"""The editor of last resort: the payload of a type without a sub-form of its own, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import forms

from question_bank.editor.base import Location, PayloadEditor, lines


class JsonFields(forms.Form):
    payload = lines("Payload (JSON)", 18, help_text="The fields of this question type; each error names its field.")

    def clean_payload(self) -> dict[str, Any]:
        try:
            value = json.loads(self.cleaned_data["payload"] or "null")
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(f"This is not JSON: {error}") from error
        if not isinstance(value, dict):
            raise forms.ValidationError("Begin with { and end with }: an object of fields.")
        return value


class JsonEditor(PayloadEditor):
    template = "admin/question_bank/editor/json_text.html"

    def build(self, data: Mapping[str, Any] | None, payload: Mapping[str, Any], more: str) -> None:
        shown = json.dumps(dict(payload), indent=2, ensure_ascii=False) if payload else "{}"
        bound = data if data is not None and "json-payload" in data else None
        self.fields = JsonFields(bound, initial={"payload": shown}, prefix="json")

    def forms_valid(self) -> bool:
        return self.fields.is_valid()

    def raw(self) -> dict[str, Any]:
        value: dict[str, Any] = self.fields.cleaned_data["payload"]
        return value

    def place(self, location: Location, message: str) -> bool:
        where = ".".join(str(part + 1) if isinstance(part, int) else part for part in location)
        self.fields.add_error("payload", f"{where}: {message}" if where else message)
        return True
