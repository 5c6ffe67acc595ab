"""The editor of numeric questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml
from django import forms

from question_bank.editor.base import Location, PayloadEditor, lines, one_line, place_in, rows
from question_bank.formats.yaml_text import as_yaml, root_of, value_of


class NumericFields(forms.Form):
    answer = one_line("Answer", help_text="The exact result, with a point for decimals.")
    tolerance = one_line("Tolerance", help_text="Absolute, in the same unit. Wide enough for honest rounding.")
    unit = one_line("Unit", help_text="Shown beside the box. Empty where the number has none.")
    variables = lines(
        "Numbers drawn for each candidate (YAML)",
        4,
        help_text="Empty: the same for everybody. One line each, for example gpus: {low: 2, high: 8, step: 2} or "
        "price: {values: [2.5, 3]}. [[gpus]] in the question stands for the number; an answer such as "
        "= gpus * price is computed. The preview shows three draws.",
    )
    working = lines("Working", 3, help_text="How the answer comes about, for people who may see keys.")


class NearMissRow(forms.Form):
    value = one_line("Wrong result")
    rationale = lines("The mistake behind it", 2)


class NumericEditor(PayloadEditor):
    template = "admin/question_bank/editor/numeric.html"

    @classmethod
    def fits(cls, payload: Mapping[str, Any]) -> bool:
        return True

    def build(self, data: Mapping[str, Any] | None, payload: Mapping[str, Any], more: str) -> None:
        misses = payload.get("near_misses", [])
        self.near_misses = rows(NearMissRow, "miss", data, misses, empty=0 if misses else 2, more=more)
        if "variables" in payload:
            payload = {**payload, "variables": as_yaml(payload["variables"])}
        bound = data if data is not None and "number-answer" in data else None
        self.fields = NumericFields(bound, initial=dict(payload), prefix="number")

    def forms_valid(self) -> bool:
        return self.near_misses.is_valid() and self.fields.is_valid()

    def _variables(self) -> dict[str, Any]:
        text = self.fields.cleaned_data["variables"]
        if not text.strip():
            return {}
        try:
            return {"variables": value_of(root_of(text))}
        except yaml.YAMLError as error:
            return {"variables": str(error)}  # which the type refuses

    def raw(self) -> dict[str, Any]:
        said = self.fields.cleaned_data
        return self._variables() | {
            "answer": _number(said["answer"]),
            "tolerance": _number(said["tolerance"]),
            "unit": said["unit"] or None,
            "working": said["working"],
            "near_misses": [
                {"value": _number(form.cleaned_data["value"]), "rationale": form.cleaned_data["rationale"]}
                for form in self.near_misses.kept()
            ],
        }

    def place(self, location: Location, message: str) -> bool:
        match tuple(location):
            case ("near_misses", int(number), str(field), *_) if number < len(self.near_misses.kept()):
                return place_in(self.near_misses.kept()[number], field, message)
            case (str(field), *_):
                return place_in(self.fields, field, message)
            case _:
                return False


def _number(typed: str) -> Any:
    """The number where it is one; otherwise the text, which the type refuses in its own words."""
    try:
        return float(typed)
    except ValueError:
        return typed
