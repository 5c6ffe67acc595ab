"""Forms of staff for running and ended attempts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms

from assessments.services.hand_in import MAX_BYTES

MAX_MINUTES = 7 * 24 * 60


class _Marked(forms.Form):
    """Several of these stand on one page: the ids of their fields begin with ``mark``."""

    mark = ""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("auto_id", f"{self.mark}-%s")
        super().__init__(*args, **options)


def _reason(help_text: str) -> forms.CharField:
    return forms.CharField(label="Reason", max_length=500, help_text=help_text)


class ExtendManyForm(forms.Form):
    """More time for several attempts. The ticked rows stand beside the form, as ``attempt``."""

    minutes = forms.IntegerField(label="Minutes", min_value=1, max_value=MAX_MINUTES, initial=10)
    reason = _reason("The candidates see it.")


class RowForm(forms.Form):
    """What the row of an attempt on the board offers. Minutes are needed where time is given."""

    do = forms.ChoiceField(choices=[("extend", "More time"), ("reopen", "Open again"), ("void", "Set aside")])
    minutes = forms.IntegerField(label="Minutes", min_value=1, max_value=MAX_MINUTES, required=False)
    reason = _reason("The candidate sees it.")

    def __init__(self, data: Any, attempt: UUID) -> None:
        self.attempt = attempt
        """Many rows have such a form: the ids of its fields end with what it does and to which attempt."""
        super().__init__(data, auto_id=f"%s-{data.get('do', '')}-{attempt}")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("do") != "void" and not cleaned.get("minutes") and "minutes" not in self.errors:
            self.add_error("minutes", "Say how many minutes.")
        return cleaned


class ReopenForm(_Marked):
    mark = "reopen"
    minutes = forms.IntegerField(
        label="Minutes", min_value=1, max_value=MAX_MINUTES, initial=10, help_text="From now on."
    )
    reason = _reason("The candidate sees it.")


class VoidForm(_Marked):
    mark = "void"
    reason = _reason("Kept with the attempt.")


class HandInForm(_Marked):
    mark = "hand-in"
    file = forms.FileField(
        label="File of answers",
        help_text="The file that the page of the assessment offered to the candidate (.json).",
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
    )
    note = forms.CharField(
        label="Why", max_length=500, help_text="What kept the answers from being sent. Kept with the attempt."
    )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > MAX_BYTES:
            raise forms.ValidationError("This file is too large to be one of ours.")
        return upload


class StandingForm(_Marked):
    """What a person is always granted."""

    mark = "standing"

    time_factor = forms.DecimalField(
        label="Time factor",
        min_value=1,
        max_value=10,
        max_digits=4,
        decimal_places=2,
        help_text="1 is the usual time, 1.5 is half as much again; up to 10.",
        widget=forms.NumberInput(attrs={"step": "0.05", "inputmode": "decimal"}),
    )
    untimed = forms.BooleanField(label="No time limit for this person", required=False)
