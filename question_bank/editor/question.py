"""The whole question form: what all types share, the sub-form of the type, and the references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.utils import timezone
from pydantic import ValidationError
from unfold.widgets import INPUT_CLASSES

from accounts.models import Organisation, User
from question_bank.access import organisations_with
from question_bank.editor import editor_for
from question_bank.editor.base import Rows, lines, one_line, place_in, rows, select, words_of
from question_bank.formats.pack import Reference
from question_bank.image_refs import as_written
from question_bank.models import DIFFICULTIES, Question, QuestionVersion, Skill, Topic
from question_bank.types import TYPES

LIBRARY = "library"
_OVERTAKEN = (
    "Somebody saved version {} while you were writing. Look at it under Versions (in another tab); "
    "what you wrote is still here, and saving once more puts it on top."
)
_STEM_HELP = (
    "Markdown: paragraphs, listings fenced by ``` with a language, tables. "
    "A picture from Pictures is written ![what it shows](image:its-name)."
)


class ContentForm(forms.Form):
    """What every version has, whatever its type."""

    topic = select("Topic", [])
    type = select("Question type", [(slug, known.label) for slug, known in TYPES.items()])
    difficulty = select("Difficulty", [(str(number), label) for number, label in DIFFICULTIES])
    expected_seconds = forms.IntegerField(
        label="Expected seconds",
        min_value=10,
        max_value=1800,
        initial=90,
        help_text="Honest reading and thinking time, 10 to 1800.",
        widget=forms.NumberInput(attrs={"class": " ".join(INPUT_CLASSES)}),
    )
    case = forms.SlugField(
        label="Case",
        required=False,
        max_length=100,
        help_text="Empty, or a name that several questions share: they have one stimulus and are drawn together.",
        widget=forms.TextInput(attrs={"class": " ".join(INPUT_CLASSES)}),
    )
    stimulus = lines(
        "What the questions of the case share",
        8,
        max_length=20_000,
        help_text="Markdown, shown above each question of the case. Changing it changes it for all of them.",
    )
    stem = lines("Question", 14, required=True, max_length=20_000, help_text=_STEM_HELP)
    explanation = lines(
        "Explanation",
        6,
        required=True,
        max_length=20_000,
        help_text="Why the key holds and the tempting option does not. Options are shuffled: name none by its place.",
    )
    interview_follow_up = lines(
        "Interview follow-up", 3, max_length=5_000, help_text="An open question for somebody who missed this one."
    )
    checked_on = forms.DateField(
        label="Facts checked on",
        help_text="When somebody last made sure that all of this is still true.",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": " ".join(INPUT_CLASSES)}),
    )
    note = one_line("Why this change", max_length=500, help_text="Kept in the history, beside your name.")

    def __init__(self, *args: Any, topics: list[Topic], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.topics = {str(topic.pk): topic for topic in topics}
        grouped: dict[str, list[tuple[str, str]]] = {}
        for topic in topics:
            grouped.setdefault(topic.skill.title, []).append((str(topic.pk), topic.title))
        cast("forms.ChoiceField", self.fields["topic"]).choices = [("", "Choose a topic"), *grouped.items()]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if bool(said.get("case")) != bool(said.get("stimulus")):
            missing = "stimulus" if said.get("case") else "case"
            self.add_error(missing, "A case and what its questions share go together: fill in both or none.")
        return said

    def clean_case(self) -> str:
        return str(self.cleaned_data["case"]).lower()

    def clean_topic(self) -> Topic:
        return self.topics[self.cleaned_data["topic"]]

    def clean_difficulty(self) -> int:
        return int(self.cleaned_data["difficulty"])


class IdentityForm(forms.Form):
    """What a question keeps for life."""

    owner = select("Belongs to", [])
    external_id = forms.SlugField(
        label="Name",
        required=False,
        max_length=100,
        help_text="Stable, used by files and links: small letters, digits and hyphens. Empty: made from the text.",
        widget=forms.TextInput(attrs={"class": " ".join(INPUT_CLASSES)}),
    )

    def __init__(self, *args: Any, owners: dict[str, Organisation | None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owners = owners
        cast("forms.ChoiceField", self.fields["owner"]).choices = [
            (key, owner.name if owner else "Shipped library") for key, owner in owners.items()
        ]

    def clean_owner(self) -> Organisation | None:
        return self.owners[self.cleaned_data["owner"]]

    def clean_external_id(self) -> str:
        return str(self.cleaned_data["external_id"]).lower()


class ReferenceRow(forms.Form):
    title = one_line("Title")
    url = one_line("Address")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a valid form says."""

    topic: Topic
    content: dict[str, Any]
    note: str


class QuestionEditor:
    """Holds the forms of one page. ``refreshing``: the page is shown again with more rows or another type."""

    def __init__(self, *, user: User, question: Question | None, data: Mapping[str, Any] | None) -> None:
        version = newest_of(question) if question else None
        self.question = question
        self.base = str(version.number) if version else ""
        self.overtaken = data is not None and data.get("_base", self.base) != self.base
        self.more = str((data or {}).get("_more", ""))
        self.refreshing = data is not None and bool({"_more", "_refresh"} & set(data))
        self.topics = _topics(question)
        self.content = ContentForm(data, topics=self.topics, initial=_initial(version))
        self.identity = None if question else IdentityForm(data, owners=_owners(user), initial={})
        wanted = str(data.get("type", "") if data else version.type if version else "")
        self.type = wanted if wanted in TYPES else next(iter(TYPES))
        stored = as_written(version.payload) if version and version.type == self.type else None
        self.payload_editor = editor_for(self.type, stored)(self.type, data, stored, self.more)
        stored_references = version.references if version else []
        self.references: Rows = rows(
            ReferenceRow, "reference", data, stored_references, empty=0 if stored_references else 2, more=self.more
        )
        if self.refreshing:
            self._quiet()

    def draft(self) -> Draft | None:
        """The content for `services.questions.add_version`, or None with errors beside the fields."""
        payload = self.payload_editor.payload()
        references = self._checked_references()
        if self.overtaken:
            self.content.add_error(None, _OVERTAKEN.format(self.base))
        identified = self.identity is None or self.identity.is_valid()
        if not self.content.is_valid() or payload is None or references is None or not identified:
            return None
        said = dict(self.content.cleaned_data)
        topic, note = said.pop("topic"), said.pop("note")
        return Draft(topic, {**said, "payload": payload, "references": references}, note)

    def unchecked_stem(self) -> str:
        return str(self.content["stem"].value() or "")

    def _checked_references(self) -> list[dict[str, Any]] | None:
        if not self.references.is_valid():
            return None
        checked, good = [], True
        for form in self.references.kept():
            said = {"title": form.cleaned_data["title"], "url": form.cleaned_data["url"] or None}
            try:
                checked.append(Reference.model_validate(said).model_dump(mode="json"))
            except ValidationError as error:
                good = False
                for detail in error.errors():
                    place_in(form, str(detail["loc"][0]), words_of(detail))
        return checked if good else None

    def _quiet(self) -> None:
        """Nobody asked to save yet, so no field is told that it is wrong."""
        for form in filter(None, (self.content, self.identity)):
            form._errors = forms.utils.ErrorDict()  # type: ignore[attr-defined]
            form.cleaned_data = {}


def newest_of(question: Question) -> QuestionVersion | None:
    """The version that an edit starts from: the newest, also while an older one is drawn."""
    return question.versions.select_related("topic").order_by("-number").first()


def _initial(version: QuestionVersion | None) -> dict[str, Any]:
    if version is None:
        return {"checked_on": timezone.localdate(), "difficulty": "2"}
    names = ("type", "expected_seconds", "interview_follow_up", "checked_on")
    return {
        **{name: getattr(version, name) for name in names},
        "case": version.case,
        "stimulus": as_written(version.stimulus),
        "stem": as_written(version.stem),
        "explanation": as_written(version.explanation),
        "topic": str(version.topic_id or ""),
        "difficulty": str(version.difficulty),
    }


def _topics(question: Question | None) -> list[Topic]:
    topics = Topic.objects.select_related("skill").order_by("skill__domain__position", "skill__position", "position")
    return list(topics.filter(skill=question.skill) if question else topics)


def _owners(user: User) -> dict[str, Organisation | None]:
    owners: dict[str, Organisation | None] = {str(o.pk): o for o in organisations_with(user, "edit_questions")}
    return {**owners, LIBRARY: None} if user.is_superuser else owners


def skill_of(draft: Draft) -> Skill:
    """A question's skill is that of its first topic."""
    return draft.topic.skill
