"""The editor of free text: how long an answer is, and the rubric that people mark it by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms

from question_bank.editor.base import Location, PayloadEditor, checkbox, lines, one_line, place_in, rows
from question_bank.editor.choice import new_option_id
from question_bank.types.free_text import FreeTextPayload

_LEVEL = re.compile(r"^(\d+(?:[.,]\d+)?)\s*(?:points?)?\s*[:=]\s*(\S.*)$", re.IGNORECASE)
_DEFAULTS = FreeTextPayload.model_fields


class TextFields(forms.Form):
    min_words = one_line("Words at least", help_text="Asked for, never enforced. 0: as few as one likes.")
    max_words = one_line("Words at most", help_text="Asked for and counted; 5 to 1500.")
    show_criteria = checkbox("Candidates see the titles of the criteria", "They never see the levels.")
    model_answer = lines("A good answer", 5, help_text="Markdown, for those who mark.")
    guidance = lines("Guidance for those who mark", 4, help_text="What to be strict about, and what to let pass.")


class CriterionRow(forms.Form):
    id = forms.CharField(required=False, widget=forms.HiddenInput)
    title = one_line("What is looked at", help_text="A word or a few, for example Cause.")
    levels = lines(
        "Levels",
        4,
        help_text="One on each line, from 0 points upwards, for example 0: Names no cause. The next line might be "
        "2: Names the changed unit, and how the log shows it.",
    )

    def clean_levels(self) -> list[dict[str, Any]]:
        found = []
        for number, line in enumerate(self.cleaned_data["levels"].splitlines(), start=1):
            if not line.strip():
                continue
            parts = _LEVEL.match(line.strip())
            if parts is None:
                raise forms.ValidationError(f"Line {number}: begin with the points and a colon, as in 1: Names it.")
            found.append({"points": float(parts[1].replace(",", ".")), "text": parts[2]})
        return found


class FreeTextEditor(PayloadEditor):
    template = "admin/question_bank/editor/free_text.html"
    legend = "How it is marked"

    @classmethod
    def fits(cls, payload: Mapping[str, Any]) -> bool:
        texts = [level["text"] for one in payload.get("criteria", []) for level in one["levels"]]
        return super().fits(payload) and not any("\n" in text for text in texts)

    def build(self, data: Mapping[str, Any] | None, payload: Mapping[str, Any], more: str) -> None:
        stored = [{**one, "levels": _shown(one["levels"])} for one in payload.get("criteria", [])]
        self.criteria = rows(CriterionRow, "criterion", data, stored, empty=0 if stored else 2, more=more)
        bound = data if data is not None and "text-max_words" in data else None
        defaults = {name: field.default for name, field in _DEFAULTS.items() if not field.is_required()}
        self.fields = TextFields(bound, initial={**defaults, **payload}, prefix="text")

    def forms_valid(self) -> bool:
        return self.criteria.is_valid() and self.fields.is_valid()

    def raw(self) -> dict[str, Any]:
        said = self.fields.cleaned_data
        taken = {form.cleaned_data["id"] for form in self.criteria.kept()}
        criteria = []
        for form in self.criteria.kept():
            identity = form.cleaned_data["id"] or new_option_id(form.cleaned_data["title"], taken)
            taken.add(identity)
            row = {"id": identity, "title": form.cleaned_data["title"], "levels": form.cleaned_data["levels"]}
            criteria.append(row)
        return {**said, "min_words": said["min_words"] or 0, "criteria": criteria}

    def place(self, location: Location, message: str) -> bool:
        kept = self.criteria.kept()
        match tuple(location):
            case ("criteria",):
                self.errors.append("Write at least one criterion, and at most 8.")
                return True
            case ("criteria", int(number), *rest) if number < len(kept):
                title = bool(rest) and rest[0] == "title"
                level = f"Level {rest[1] + 1}: " if len(rest) > 1 and isinstance(rest[1], int) else ""
                return place_in(kept[number], "title" if title else "levels", level + message)
            case (str(field), *_):
                return place_in(self.fields, field, message)
            case _:
                return False


def _shown(levels: Any) -> str:
    return "\n".join(f"{level['points']:g}: {level['text']}" for level in levels)
