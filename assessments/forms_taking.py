"""The form before the start."""

from __future__ import annotations

from typing import Any

from django import forms

from assessments.models import Candidate


class StartForm(forms.Form):
    """Consent and, where it is not known yet, the candidate's name."""

    name = forms.CharField(
        label="Your name, as the report should show it",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    consent = forms.BooleanField(
        label="I have read what is recorded and agree to it.",
        error_messages={"required": "Tick the box to agree, then start."},
    )

    def __init__(self, *args: Any, candidate: Candidate | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if candidate is None or candidate.name:
            del self.fields["name"]
