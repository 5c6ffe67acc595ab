"""What the pages of the reports take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import Organisation
from assessments.listing import Stage
from assessments.models import Assessment
from question_bank.models import Skill
from reports.cohort import DEFAULT_SORT, ESTIMATE, LOW, OVERALL, Terms
from reports.hiring import StageChoice, stages_of, tags_of
from reports.models import Decision, ShareKind
from reports.sections.integrity import TIERS
from reports.services.hiring import MAX_NOTE
from reports.services.share import MAX_DAYS


def cohort_filter(
    data: Any, organisation: Organisation, assessment: Assessment, skills: Sequence[Skill]
) -> CohortFilter:
    """The bar with what this cohort can be filtered by."""
    return CohortFilter(data, skills=skills, stages=stages_of(organisation), tags=tags_of(organisation, assessment))


class CohortFilter(forms.Form):
    """The bar above a cohort. What cannot be read is left out and said, and the page is shown all the same."""

    q = forms.CharField(required=False, max_length=100, label="Name or e-mail")
    skill = forms.ChoiceField(required=False, label="Of")
    least = forms.FloatField(
        required=False,
        min_value=0,
        max_value=100,
        label="At least (%)",
        widget=forms.NumberInput(attrs={"step": 1, "inputmode": "numeric"}),
    )
    by = forms.ChoiceField(
        required=False, label="Sort and filter by", choices=[(ESTIMATE, "the estimate"), (LOW, "the low end")]
    )
    tier = forms.ChoiceField(
        required=False, label="Around the sitting", choices=[("", "Anything"), *((t, t.capitalize()) for t in TIERS)]
    )
    step = forms.ChoiceField(required=False, label="Stage")
    tag = forms.ChoiceField(required=False, label="Tag")
    state = forms.ChoiceField(required=False, choices=[("", "All"), *Stage.choices], widget=forms.HiddenInput)
    sort = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)

    def __init__(
        self, data: Any, *, skills: Sequence[Skill], stages: Sequence[StageChoice], tags: Sequence[str]
    ) -> None:
        super().__init__(data)
        self.stages = stages
        steps = [("", "Any"), *((stage.slug, stage.title) for stage in stages)]
        self.fields["step"] = forms.ChoiceField(required=False, label="Stage", choices=steps)
        self.fields["tag"] = forms.ChoiceField(
            required=False, label="Tag", choices=[("", "Any"), *((tag, tag) for tag in tags)]
        )
        self.skills = {skill.slug: skill for skill in skills}
        choices = [(OVERALL, "Overall"), *((skill.slug, skill.title) for skill in skills)]
        self.fields["skill"] = forms.ChoiceField(required=False, label="Of", choices=choices)

    def terms(self, assessment: Assessment) -> Terms:
        self.is_valid()
        given = self.cleaned_data
        least = given.get("least")
        return Terms(
            assessment=assessment,
            state=given.get("state", ""),
            search=given.get("q", "").strip(),
            skill=self.skills.get(given.get("skill", "")),
            least=None if least is None else least / 100,
            by=given.get("by") or ESTIMATE,
            tier=given.get("tier", ""),
            step=given.get("step", ""),
            tag=given.get("tag", ""),
            sort=given.get("sort") or DEFAULT_SORT,
        )


class NoteForm(forms.Form):
    """A note for the team."""

    text = forms.CharField(label="Note", max_length=MAX_NOTE, widget=forms.Textarea(attrs={"rows": 3}))


class TagsForm(forms.Form):
    """Tags, separated by commas."""

    tags = forms.CharField(label="Tags", required=False, max_length=400, help_text="Separated by commas.")


UNDECIDED = "none"


class DecisionForm(forms.Form):
    """What was decided, and why."""

    decision = forms.ChoiceField(
        label="Decision", choices=[(value or UNDECIDED, label) for value, label in Decision.choices]
    )
    reason = forms.CharField(
        label="Reason",
        max_length=MAX_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What you saw that speaks for it. It stays in the record.",
    )

    def clean_decision(self) -> str:
        return str(self.cleaned_data["decision"]).removeprefix(UNDECIDED)


class StagesForm(forms.Form):
    """The stages of a team, one on each line."""

    stages = forms.CharField(
        label="Stages, one on each line",
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text="The first is where everybody starts. People stay in a stage as long as its title stays.",
    )


class ShareForm(forms.Form):
    """A link for somebody without an account."""

    kind = forms.ChoiceField(
        label="What it shows",
        choices=[(kind.value, kind.label) for kind in (ShareKind.TEAM_REDACTED, ShareKind.TEAM_FULL)],
        widget=forms.RadioSelect,
        initial=ShareKind.TEAM_REDACTED,
    )
    days = forms.IntegerField(label="Days until it ends", min_value=1, max_value=MAX_DAYS, initial=14)
    note = forms.CharField(label="For whom", required=False, max_length=120, help_text="Only your team sees this.")
