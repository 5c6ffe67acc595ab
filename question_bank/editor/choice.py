"""The options editor of the choice types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import slugify

from question_bank.editor.base import Location, PayloadEditor, checkbox, lines, place_in, rows


class OptionRow(forms.Form):
    id = forms.CharField(required=False, widget=forms.HiddenInput)
    text = lines("Text", 2)
    correct = checkbox("Right")
    rationale = lines("Why it is right or wrong", 2)


class ChoiceSettings(forms.Form):
    shuffle = checkbox("Shuffle the options", "Switch this off only for scales that need their order.")


class ChoiceEditor(PayloadEditor):
    template = "admin/question_bank/editor/choice.html"
    legend = "The options"

    def build(self, data: Mapping[str, Any] | None, payload: Mapping[str, Any], more: str) -> None:
        options = payload.get("options", [])
        self.options = rows(OptionRow, "option", data, options, empty=0 if options else 4, more=more)
        # A page without these rows says nothing about shuffling either.
        bound = data if data is not None and "option-TOTAL_FORMS" in data else None
        self.settings = ChoiceSettings(bound, initial={"shuffle": payload.get("shuffle", True)})

    def forms_valid(self) -> bool:
        return self.options.is_valid() and self.settings.is_valid()

    def raw(self) -> dict[str, Any]:
        taken = {form.cleaned_data["id"] for form in self.options.kept()}
        options = []
        for form in self.options.kept():
            said = form.cleaned_data
            identity = said["id"] or new_option_id(said["text"], taken)
            taken.add(identity)
            options.append(
                {"id": identity, "text": said["text"], "correct": said["correct"], "rationale": said["rationale"]}
            )
        return {"options": options, "shuffle": self.settings.cleaned_data["shuffle"]}

    def place(self, location: Location, message: str) -> bool:
        match tuple(location):
            case ("options", int(number), str(field), *_) if number < len(self.options.kept()):
                return place_in(self.options.kept()[number], field, message)
            case _:
                return False


def new_option_id(text: str, taken: set[str]) -> str:
    """An id from the first words of a text. An option keeps it when its text is edited later."""
    stem = slugify(" ".join(text.split()[:5]))[:50].strip("-_").replace("_", "-") or "option"
    stem = "-".join(filter(None, stem.split("-")))
    return next(name for n in range(1, len(taken) + 2) if (name := stem if n == 1 else f"{stem}-{n}") not in taken)
