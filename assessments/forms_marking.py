"""The rubric of a question as a form."""

from __future__ import annotations

from typing import Any

from django import forms

from assessments.services.marking import MAX_COMMENT
from question_bank.types.free_text import FreeTextPayload


class RubricForm(forms.Form):
    """One choice of a level per criterion, and a comment for colleagues. ``response``: the answer that was read."""

    response = forms.IntegerField(widget=forms.HiddenInput)
    settles = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, payload: FreeTextPayload, **options: Any) -> None:
        super().__init__(*args, **options)
        self.payload = payload
        for criterion in payload.criteria:
            self.fields[f"c-{criterion.id}"] = forms.TypedChoiceField(
                label=criterion.title,
                choices=[(f"{level.points:g}", f"{level.points:g}: {level.text}") for level in criterion.levels],
                coerce=float,
                widget=forms.RadioSelect,
                error_messages={"required": "Choose a level."},
            )
        self.fields["comment"] = forms.CharField(
            label="Comment for colleagues", required=False, max_length=MAX_COMMENT, widget=forms.Textarea({"rows": 3})
        )

    def points(self) -> dict[str, float]:
        return {criterion.id: self.cleaned_data[f"c-{criterion.id}"] for criterion in self.payload.criteria}
