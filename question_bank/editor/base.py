"""What the sub-form of a question type offers, and how a validation error finds its field."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

from django import forms
from django.templatetags.static import static
from django.utils.functional import lazy
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from question_bank.formats.yaml_text import field_of
from question_bank.types import TYPES

Location = Sequence[str | int]
MORE_ROWS = 2
TRY = "try"
"""The value of a button ``_refresh`` that shows what a form does before it is saved."""

_WORDS = {
    "missing": "Fill this in.",
    "string_too_short": "Fill this in.",
    "int_parsing": "Type a whole number, for example 120.",
    "float_type": "Type a number, for example 0.25.",
    "float_parsing": "Type a number, for example 0.25.",
    "finite_number": "Type a number, for example 0.25.",
    "greater_than": "This must be more than 0.",
    "greater_than_equal": "This must not be negative.",
    "url_parsing": "Type a whole address, beginning with https://.",
    "url_scheme": "Type a whole address, beginning with https://.",
}


def words_of(detail: ErrorDetails) -> str:
    """One validation error in words for authors."""
    return _WORDS.get(detail["type"]) or detail["msg"].removeprefix("Value error, ")


def one_line(label: str, *, required: bool = False, help_text: str = "", **more: Any) -> forms.CharField:
    """A text field of one line."""
    return forms.CharField(
        label=label, required=required, help_text=help_text, widget=UnfoldAdminTextInputWidget(), **more
    )


def lines(label: str, rows: int, *, required: bool = False, help_text: str = "", **more: Any) -> PlainText:
    """A text field of several lines."""
    widget = UnfoldAdminTextareaWidget(attrs={"rows": rows})
    return PlainText(label=label, required=required, help_text=help_text, widget=widget, **more)


def code(label: str, rows: int, *, help_text: str = "", language: str = "", language_from: str = "") -> PlainText:
    """A text in the code editor that candidates have; a plain field without scripts.

    ``language_from``: the id of the field that names the language.
    """
    field = lines(label, rows, help_text=help_text, strip=False)
    field.widget.attrs |= {
        "wrap": "off",
        "spellcheck": "false",
        "autocapitalize": "off",
        "data-code": language,
        "data-code-from": language_from,
        "data-bundle": lazy(static, str)("vendor/codemirror/codemirror.min.js"),
    }
    return field


def checkbox(label: str, help_text: str = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, help_text=help_text, widget=UnfoldBooleanWidget())


def select(label: str, choices: Any, help_text: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, help_text=help_text, widget=UnfoldAdminSelectWidget())


class PlainText(forms.CharField):
    """Text with line ends as files have them, so that an unchanged text is not taken for an edit."""

    def to_python(self, value: Any) -> str:
        return super().to_python(str(value or "").replace("\r\n", "\n").replace("\r", "\n")) or ""


class PayloadEditor(ABC):
    """The part of the question form that belongs to one type."""

    template: ClassVar[str]
    legend: ClassVar[str] = "The answer"
    type: str

    def __init__(
        self, type: str, data: Mapping[str, Any] | None, payload: Mapping[str, Any] | None, more: str = ""
    ) -> None:
        """``data``: the posted form, or None; ``payload``: what to start from; ``more``: which rows to add to."""
        self.type = type
        self.errors: list[str] = []
        self.build(data, payload or {}, more)

    @classmethod
    def fits(cls, payload: Mapping[str, Any]) -> bool:
        """Whether all of a payload has a place in the form; one that does not fit is edited as YAML."""
        return "variables" not in payload

    @abstractmethod
    def build(self, data: Mapping[str, Any] | None, payload: Mapping[str, Any], more: str) -> None:
        """Make the forms."""

    @abstractmethod
    def forms_valid(self) -> bool:
        """Whether the forms themselves can be read."""

    @abstractmethod
    def raw(self) -> dict[str, Any]:
        """The payload as the forms say it, not yet checked by the type."""

    @abstractmethod
    def place(self, location: Location, message: str) -> bool:
        """Put an error beside its field; False where there is no such field."""

    def payload(self) -> dict[str, Any] | None:
        """The checked payload, or None with an error beside each wrong field."""
        if not self.forms_valid():
            self.errors.append("The fields of this question type are not complete. Each that is wrong says why.")
            return None
        raw = self.raw()
        try:
            loaded = TYPES[self.type].load(raw)
        except ValidationError as error:
            for detail in error.errors():
                self._report(detail["loc"], words_of(detail))
            return None
        flaws = TYPES[self.type].check(loaded)
        for flaw in flaws:
            self._report(flaw.location, flaw.message)
        checked: dict[str, Any] = loaded.model_dump(mode="json")
        return None if flaws else checked

    def _report(self, location: Location, message: str) -> None:
        if not self.place(location, message):
            where = field_of(location)
            self.errors.append(f"{where}: {message}" if where else message)


def place_in(form: forms.Form, field: str, message: str) -> bool:
    """Put an error on a field of a form, if it has it."""
    if field not in form.fields:
        return False
    form.add_error(field, message)
    return True


class Rows(forms.BaseFormSet):  # type: ignore[type-arg]  # not subscriptable at run time
    """Rows of which empty and removed ones do not count."""

    def kept(self) -> list[Any]:
        """The forms of the rows that were filled in and not removed, in order."""
        return [form for form in self.forms if _filled_in(form)]


def _filled_in(form: Any) -> bool:
    """Whether a row says something: what is filled in beforehand (``always``) does not count."""
    said = getattr(form, "cleaned_data", {})
    always = {"id", "DELETE", *getattr(form, "always", ())}
    return not said.get("DELETE") and any(value for name, value in said.items() if name not in always)


def rows(
    form: type[forms.Form],
    prefix: str,
    data: Mapping[str, Any] | None,
    initial: Sequence[Mapping[str, Any]],
    *,
    empty: int,
    more: str,
) -> Rows:
    """A set of rows: the stored ones, some empty ones, and more of them where ``more`` asks for these rows."""
    made = forms.formset_factory(form, formset=Rows, extra=empty, can_delete=True, max_num=60, absolute_max=60)
    if data is None:
        return cast("Rows", made(initial=list(initial), prefix=prefix))
    posted = {key: value for key, value in data.items() if key.startswith(f"{prefix}-")}
    if f"{prefix}-TOTAL_FORMS" not in posted:  # the type was just switched: these rows were not on the page
        return cast("Rows", made(initial=list(initial), prefix=prefix))
    if more == prefix:
        total = posted[f"{prefix}-TOTAL_FORMS"]
        posted[f"{prefix}-TOTAL_FORMS"] = str(min(60, int(total) + MORE_ROWS)) if str(total).isdigit() else total
    # Nothing is "initial" once posted: a row that comes back unchanged must still count as filled in.
    posted[f"{prefix}-INITIAL_FORMS"] = "0"
    return cast("Rows", made(posted, prefix=prefix))
