"""Forms of the team: filters, invitations, own assessments."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from assessments.definition import Definition, Feedback, Navigation
from assessments.listing import Query, Stage
from assessments.models import Assessment
from assessments.services.invite import InvitationTerms
from assessments.services.people import MAX_BYTES, MAX_ROWS
from question_bank.models import Skill

VALID_DAYS = 14
MAX_VALID_DAYS = 366
MAX_MESSAGE = 2_000


class _When(forms.DateTimeField):
    """A moment, picked in the browser's own control; in the time zone of the installation."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
        super().__init__(widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **options)


def default_end() -> datetime.datetime:
    """The end of validity that is offered: the last minute of the day, two weeks from now."""
    day = timezone.localtime() + datetime.timedelta(days=VALID_DAYS)
    return day.replace(hour=23, minute=59, second=0, microsecond=0)


def check_end(end: datetime.datetime) -> datetime.datetime:
    """Refuse an end of validity that is over already or more than a year away."""
    if end <= timezone.now():
        raise ValidationError("This time is already over. Choose a later one.")
    if end > timezone.now() + datetime.timedelta(days=MAX_VALID_DAYS):
        raise ValidationError("An invitation is valid for a year at most. Choose an earlier time.")
    return end


# --- the list --------------------------------------------------------------------------------


class CandidateFilter(forms.Form):
    """What the list shows. A value that is not offered counts as not chosen."""

    q = forms.CharField(label="Name or e-mail", required=False, max_length=100, widget=forms.SearchInput())
    assessment = forms.ChoiceField(required=False)
    state = forms.ChoiceField(required=False, choices=[("", "All states"), *Stage.choices])

    def __init__(self, *args: Any, assessments: Iterable[Assessment], **options: Any) -> None:
        super().__init__(*args, **options)
        self.by_id = {str(assessment.public_id): assessment for assessment in assessments}
        choices = [("", "All assessments"), *((key, a.title) for key, a in self.by_id.items())]
        self.fields["assessment"].choices = choices  # type: ignore[attr-defined]

    def query(self) -> Query:
        self.is_valid()
        chosen = self.cleaned_data
        return Query(
            assessment=self.by_id.get(chosen.get("assessment", "")),
            stage=chosen.get("state", ""),
            search=chosen.get("q", "").strip(),
            sort=str(self.data.get("sort", "")),
        )


# --- invitations -----------------------------------------------------------------------------


class TermsForm(forms.Form):
    """What every way to invite asks."""

    message = forms.CharField(
        label="A few words to them",
        required=False,
        max_length=MAX_MESSAGE,
        help_text="Goes into the mail, above the link.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    expires_at = _When(label="Valid until", initial=default_end)
    opens_at = _When(label="Opens at", required=False, help_text="Leave empty to open at once.")

    def clean_expires_at(self) -> datetime.datetime:
        return check_end(self.cleaned_data["expires_at"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("opens_at") and cleaned["opens_at"] <= timezone.now():
            cleaned["opens_at"] = None  # open at once: a time in the past would only puzzle the reader of the mail
        opens, ends = cleaned.get("opens_at"), cleaned.get("expires_at")
        if opens and ends and opens >= ends:
            self.add_error("opens_at", "This is after the end. Choose an earlier time, or a later end.")
        return cleaned

    def terms(self) -> InvitationTerms:
        data = self.cleaned_data
        return InvitationTerms(
            expires_at=data["expires_at"],
            opens_at=data["opens_at"],
            time_factor=data.get("time_factor") or Decimal(1),
            untimed=bool(data.get("untimed")),
            pause_minutes=data.get("pause_minutes") or 0,
            message=data["message"],
        )


class InviteForm(TermsForm):
    """One person."""

    name = forms.CharField(label="Name", required=False, max_length=150)
    email = forms.EmailField(label="E-mail address", max_length=254)
    time_factor = forms.DecimalField(
        label="Time factor",
        required=False,
        min_value=1,
        max_value=10,
        max_digits=4,
        decimal_places=2,
        initial=1,
        help_text="1 is the usual time, 1.5 is half as much again; up to 10.",
        widget=forms.NumberInput(attrs={"step": "0.05", "inputmode": "decimal"}),
    )
    untimed = forms.BooleanField(label="No time limit for this person", required=False)
    pause_minutes = forms.IntegerField(
        label="Pauses in all (minutes)",
        required=False,
        min_value=0,
        max_value=240,
        initial=0,
        help_text="The person takes them when they like; they do not count towards the time. The questions are hidden.",
    )
    field_order = ("name", "email", "message", "expires_at", "opens_at", "time_factor", "untimed", "pause_minutes")


class InviteManyForm(TermsForm):
    """A list of people, pasted or as a file."""

    people = forms.CharField(
        label="People",
        required=False,
        max_length=MAX_BYTES,
        strip=False,
        help_text=f"One person a line: e-mail address, comma, name. Up to {MAX_ROWS:,} people.",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
    )
    file = forms.FileField(
        label="Or a CSV file",
        required=False,
        help_text="Columns e-mail and name, separated by comma, semicolon or tab; a first line of headings is fine.",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv,text/plain"}),
    )
    field_order = ("people", "file", "message", "expires_at", "opens_at")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        upload = cleaned.get("file")
        if upload and upload.size > MAX_BYTES:
            self.add_error("file", "The file is larger than 1 MB. Split it and invite in parts.")
        elif not upload and not cleaned.get("people", "").strip() and "file" not in self.errors:
            self.add_error("people", "Paste a list here, or choose a file below.")
        return cleaned


class ResendForm(forms.Form):
    expires_at = _When(label="Valid until", required=False)

    def clean_expires_at(self) -> datetime.datetime | None:
        end = self.cleaned_data["expires_at"]
        return check_end(end) if end else None


class ExtendForm(forms.Form):
    minutes = forms.IntegerField(label="Minutes", min_value=1, max_value=7 * 24 * 60, initial=10)
    reason = forms.CharField(label="Reason", max_length=500, help_text="Kept with the attempt.")


# --- own assessments -------------------------------------------------------------------------


class NewAssessmentForm(forms.Form):
    title = forms.CharField(max_length=120)
    summary = forms.CharField(
        required=False, max_length=500, help_text="What it is for, in a sentence.", widget=forms.Textarea({"rows": 2})
    )
    skills = forms.ModelMultipleChoiceField(queryset=Skill.objects.none(), to_field_name="slug")
    per_skill = forms.IntegerField(
        label="Questions per skill", min_value=1, max_value=20, initial=3, help_text="You can change each one later."
    )

    def __init__(self, *args: Any, skills: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["skills"].queryset = skills  # type: ignore[attr-defined]

    def definition(self) -> dict[str, Any]:
        """One section with the same number of questions, of any difficulty, on each chosen skill."""
        count = self.cleaned_data["per_skill"]
        lines = [{"skill": skill.slug, "count": count} for skill in self.cleaned_data["skills"]]
        questions = count * len(lines)
        return {"time_limit_minutes": min(600, max(5, questions * 2)), "sections": [{"blueprint": lines}]}


RULES_OF_DEFINITION = (
    "time_limit_minutes",
    "window_cuts_time",
    "feedback",
    "retake_after_days",
    "pilot_questions",
    "tell_changes",
    "markers",
)


class RulesForm(forms.Form):
    """What holds for the whole assessment."""

    title = forms.CharField(max_length=120)
    summary = forms.CharField(required=False, max_length=500, widget=forms.Textarea({"rows": 2}))
    time_limit_minutes = forms.IntegerField(
        label="Time limit in minutes", required=False, min_value=1, max_value=600, help_text="Empty: no time limit."
    )
    window_cuts_time = forms.BooleanField(
        label="The end of the invitation also ends a running attempt",
        required=False,
        help_text="Otherwise a person who starts in the last minute still has the full time.",
    )
    open_to_all = forms.BooleanField(
        label="Open for self-assessment",
        required=False,
        help_text="Anybody with an account may take it and see its questions; you do not see those results.",
    )
    feedback = forms.ChoiceField(
        label="Candidates get",
        choices=[
            (Feedback.REPORT.value, "their own report, without the answers"),
            (Feedback.RECEIPT.value, "only a receipt"),
        ],
        widget=forms.RadioSelect,
    )
    retake_after_days = forms.IntegerField(
        label="Days between two self-assessments of one person", min_value=0, max_value=3650
    )
    pilot_questions = forms.IntegerField(
        label="Questions on trial, at most",
        required=False,
        min_value=0,
        max_value=10,
        help_text="Pilot questions on the same skills, mixed in and not counted. Allow time for them.",
    )
    markers = forms.TypedChoiceField(
        label="Answers in free text are marked by",
        choices=[(1, "one person"), (2, "two people, each without seeing the other's marks")],
        coerce=int,
        required=False,
    )
    unreached = forms.ChoiceField(
        label="Questions that a person never opened",
        choices=[
            ("no_points", "earn no points, like skipped ones"),
            ("left_out", "are left out: they count neither for nor against the person"),
        ],
        required=False,
        help_text="Left out, the range is wider, and somebody may leave questions closed on purpose.",
    )
    pass_mark = forms.IntegerField(
        label="Pass mark in percent",
        required=False,
        min_value=5,
        max_value=95,
        help_text="Empty: none. Reports then say pass, borderline or below, but only once the questions "
        "have been answered by enough people.",
    )

    tell_changes = forms.BooleanField(
        label="Tell candidates when a correction changes their score",
        required=False,
        help_text="By mail, with the reason. A correction is made where a question turns out to be wrong.",
    )

    def clean_pilot_questions(self) -> int:
        return self.cleaned_data["pilot_questions"] or 0

    def clean_markers(self) -> int:
        return self.cleaned_data["markers"] or 1

    @classmethod
    def initial_from(cls, assessment: Assessment, definition: Definition) -> dict[str, Any]:
        whole = definition.model_dump(mode="json")
        names = RULES_OF_DEFINITION
        own = {
            "title": assessment.title,
            "summary": assessment.summary,
            "open_to_all": assessment.open_to_all,
            "pass_mark": round(100 * definition.cut.share) if definition.cut else None,
            "unreached": "left_out" if definition.scoring.leaves_out_unreached else "no_points",
            "scoring": whole["scoring"],
        }
        return own | {name: whole[name] for name in names}

    def fields_of_assessment(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("title", "summary", "open_to_all")}

    def fields_of_definition(self) -> dict[str, Any]:
        names = RULES_OF_DEFINITION
        return {name: self.cleaned_data[name] for name in names} | self._cut() | self._scoring()

    def _scoring(self) -> dict[str, Any]:
        """Only what was changed: whatever else the rule is configured with stays."""
        unreached = self.cleaned_data["unreached"]
        if not unreached or unreached == self.initial.get("unreached"):
            return {}
        scoring = self.initial["scoring"]
        return {"scoring": scoring | {"config": scoring["config"] | {"unreached": unreached}}}

    def _cut(self) -> dict[str, Any]:
        """Only what was changed: a pass mark that a panel set keeps its origin until somebody types another."""
        percent = self.cleaned_data["pass_mark"]
        if percent == self.initial.get("pass_mark"):
            return {}
        return {"cut": {"share": percent / 100} if percent else None}


class SectionForm(forms.Form):
    """One section, without its questions: those are a table of counts (`assessments.views.blueprint`)."""

    title = forms.CharField(label="Title of this section", max_length=120)
    navigation = forms.ChoiceField(
        label="Moving about",
        choices=[
            (Navigation.FREE.value, "Free: back and forth, answers can be changed"),
            (Navigation.ONE_WAY.value, "One way: a question that was left stays closed"),
        ],
        widget=forms.RadioSelect,
    )
    time_limit_minutes = forms.IntegerField(
        label="Time for this section, in minutes",
        required=False,
        min_value=1,
        max_value=600,
        help_text="Runs from its first question. Empty: only the time of the whole assessment counts.",
    )
    question_seconds = forms.IntegerField(
        label="Time for each question, in seconds",
        required=False,
        min_value=10,
        max_value=3600,
        help_text="Runs from when a question is first shown; only with one-way moving. Empty: no such limit.",
    )
    shuffle_questions = forms.BooleanField(label="Shuffle the questions", required=False)
    shuffle_options = forms.BooleanField(label="Shuffle the options of a question", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("question_seconds") and cleaned.get("navigation") == Navigation.FREE:
            self.add_error(
                "question_seconds",
                "A time limit for each question needs a section that goes one way. Choose that, or leave this empty.",
            )
        return cleaned


class NewSectionForm(forms.Form):
    """A further section starts with questions on one skill, so that the draft is complete at any time."""

    # It stands in the form of the whole draft, where most buttons do not add a section.
    use_required_attribute = False

    title = forms.CharField(label="Title", max_length=120)
    skill = forms.ChoiceField(label="First skill")
    count = forms.IntegerField(label="Questions", min_value=1, max_value=60, initial=3)

    def __init__(self, *args: Any, skills: Iterable[Skill], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["skill"].choices = [(skill.slug, skill.title) for skill in skills]  # type: ignore[attr-defined]

    def section(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"title": data["title"], "blueprint": [{"skill": data["skill"], "count": data["count"]}]}
