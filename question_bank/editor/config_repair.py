"""The editor of configuration repair: a file with mistakes, one without, and the checks that tell them apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.text import Truncator
from pydantic import ValidationError

from question_bank.editor.base import (
    TRY,
    Location,
    PayloadEditor,
    checkbox,
    code,
    lines,
    one_line,
    place_in,
    rows,
    select,
    words_of,
)
from question_bank.types import TYPES
from question_bank.types.artefacts import ArtefactError, read
from question_bank.types.assertions import Assertion
from question_bank.types.code import as_file
from question_bank.types.config_repair import misplaced

LANGUAGES = [
    ("yaml", "YAML: a workflow, dvc.yaml, a Prometheus rule"),
    ("yaml_documents", "YAML of several documents: Kubernetes manifests with --- between them"),
    ("json", "JSON: a schema, a policy"),
    ("dockerfile", "Dockerfile"),
]
TESTS = [
    ("true", "is there, and is not empty or false"),
    ("equals", "is exactly"),
    ("one_of", "is one of"),
    ("matches", "matches the pattern"),
    ("at_least", "is at least"),
    ("at_most", "is at most"),
]
READS = [
    ("number", "plain: 60 or 0.5"),
    ("quantity", "as in Kubernetes: 512Mi or 500m"),
    ("duration", "as a time: 5m or 1h30m"),
]
QUERIES = [
    (
        "YAML and JSON",
        [
            ("name", "the value of a key at the top"),
            ("on.schedule", "a key inside another one"),
            ('jobs.train."timeout-minutes"', "a key with a hyphen or a dot in it, in quotes"),
            ("jobs.train.steps[0].uses", "in the first entry of a list; [-1] is the last"),
            ("jobs.train.steps[?uses].uses", "in every entry of a list that has this key"),
            ("jobs.train.steps[?name == 'Test'].run", "in the entries that say so"),
        ],
    ),
    (
        "YAML of several documents",
        [("[?kind == 'Deployment'] | [0].spec.replicas", "in the first document of this kind")],
    ),
    (
        "Dockerfile",
        [
            ("stages[-1].from", "the image that the last stage begins with"),
            ("stages[-1].instructions[?instruction == 'USER'].value | [-1]", "what the last USER says"),
            ("stages[-1].instructions[?instruction == 'CMD'] | [-1].exec", 'the words of CMD ["python", "serve.py"]'),
        ],
    ),
]


class RepairFields(forms.Form):
    language = select("Kind of file", LANGUAGES)
    file_name = one_line("Name of the file", help_text="Stands above the editor, for example deploy/service.yaml.")
    start = code(
        "The file as the candidate gets it",
        14,
        help_text="With the mistakes in it; at most 10,000 characters.",
        language_from="id_repair-language",
    )
    solution = code(
        "A file that solves it",
        14,
        help_text="Begin with a copy of the one above. It has to pass every check; others may, too.",
        language_from="id_repair-language",
    )


class CheckRow(forms.Form):
    always = ("test", "reads", "share")

    message = one_line(
        "What has to hold, in words",
        help_text="Say what is right, for example: The token comes from the secrets of the repository.",
    )
    query = one_line(
        "Where to look",
        help_text="A path through the file, for example jobs.train.steps[0].uses. More under “How to write where "
        "to look”.",
    )
    test = select("What is found there", TESTS)
    value = lines(
        "This",
        1,
        help_text="As the file would say it: 60 is a number, “60” in quotes a text. For “is one of”, one on each "
        "line. A pattern is a regular expression, for example ^python:3[.][0-9]+.",
    )
    reads = select("Numbers are written", READS)
    share = one_line("Weight", initial="1", help_text="1 for each: all count alike. 2 counts twice.")
    keep = checkbox("It holds already in the file as the candidate gets it, and must not be broken")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["query"].widget.attrs["spellcheck"] = "false"

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("test") == "equals" and said.get("message") and not said.get("value"):
            self.add_error("value", "Say what it has to be. Where nothing may stand there, write null.")
        try:
            said["value"] = typed(said.get("test", ""), said.get("value", ""))
        except ArtefactError as error:
            self.add_error("value", f"This cannot be read: {error.problem}. Put a text with special signs in quotes.")
        return said

    def as_assertion(self) -> dict[str, Any]:
        names = ("query", "test", "value", "reads", "keep", "message")
        return {name: self.cleaned_data.get(name) for name in names} | {"share": self.cleaned_data["share"] or 1}


@dataclass(frozen=True, slots=True)
class Trial:
    """What one check finds in both files. ``start``, ``solution``: what is found, None where a file is unreadable."""

    number: int
    message: str
    start: str | None
    holds_at_start: bool
    solution: str | None
    holds_in_solution: bool
    flaws: tuple[str, ...]


class ConfigRepairEditor(PayloadEditor):
    template = "admin/question_bank/editor/config_repair.html"
    legend = "The file and what has to hold in it"
    queries = QUERIES

    def build(self, data: Mapping[str, Any] | None, payload: Mapping[str, Any], more: str) -> None:
        stored = [_row(one) for one in payload.get("assertions", [])]
        self.checks = rows(CheckRow, "check", data, stored, empty=0 if stored else 3, more=more)
        bound = data if data is not None and "repair-language" in data else None
        self.fields = RepairFields(bound, initial=dict(payload), prefix="repair")
        self.example = _example(self.type)
        self.trials: list[Trial] = []
        self.seen = ""
        self.tried = bound is not None and bound.get("_refresh") == TRY
        if self.tried and self.forms_valid():
            self._try()

    def forms_valid(self) -> bool:
        return self.checks.is_valid() and self.fields.is_valid()

    def raw(self) -> dict[str, Any]:
        return {**self.fields.cleaned_data, "assertions": [form.as_assertion() for form in self.checks.kept()]}

    def place(self, location: Location, message: str) -> bool:
        kept = self.checks.kept()
        match tuple(location):
            case ("assertions",):
                self.errors.append("Write at least one check, and at most 20.")
                return True
            case ("assertions", int(number), *rest) if number < len(kept):
                # What is said of a whole check is about what it compares with.
                field = str(rest[0]) if rest and rest[0] in kept[number].fields else "value"
                return place_in(kept[number], field, message)
            case (str(field), *_):
                return place_in(self.fields, field, message)
            case _:
                return False

    def _try(self) -> None:
        """Ask each check of both files, as marking does; a check that cannot be asked says why beside its field."""
        files = {name: self._read(name) for name in ("start", "solution")}
        if files["solution"] is not None:
            self.seen = Truncator(json.dumps(files["solution"], indent=1, ensure_ascii=False)).chars(20_000)
        for place, form in enumerate(self.checks.kept()):
            try:
                assertion = Assertion.model_validate(form.as_assertion())
            except ValidationError as error:
                for detail in error.errors():
                    self._report(("assertions", place, *detail["loc"]), words_of(detail))
                continue
            self.trials.append(_trial(self.checks.forms.index(form) + 1, assertion, **files))
        self.unfit = sum(bool(trial.flaws) for trial in self.trials)

    def _read(self, name: str) -> Any:
        """What a file says; None, with the reason beside the field, where it cannot be read."""
        text = as_file(self.fields.cleaned_data[name])
        try:
            data = read(text, self.fields.cleaned_data["language"])
        except ArtefactError as error:
            self.fields.add_error(name, f"This cannot be read: {error}.")
            return None
        if data is None:
            self.fields.add_error(name, "There is nothing in this file yet.")
        return data


def _trial(number: int, assertion: Assertion, *, start: Any, solution: Any) -> Trial:
    found, held = assertion.look(start) if start is not None else (None, False)
    solved, solves = assertion.look(solution) if solution is not None else (None, False)
    flaws = []
    if start is not None and (words := misplaced(assertion, start)):
        flaws.append(words)
    if solution is not None and not solves:
        flaws.append("does not hold in the file that solves it: mend that file, or where to look")
    return Trial(
        number,
        assertion.message,
        _brief(found) if start is not None else None,
        held,
        _brief(solved) if solution is not None else None,
        solves,
        tuple(flaws),
    )


def _example(type: str) -> dict[str, Any]:
    """The first sample of the type, its checks in words."""
    sample = TYPES[type].samples()[0].payload
    tests = dict(TESTS)
    checks = []
    for one in sample["assertions"]:
        test = one.get("test", "true")
        words = f"{tests[test]} {shown(test, one.get('value'))}".strip()
        checks.append({"message": one["message"], "query": one["query"], "words": words, "keep": one.get("keep")})
    return {**sample, "checks": checks}


def _row(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A stored assertion as its row shows it."""
    value = shown(stored.get("test", "true"), stored.get("value"))
    return {**stored, "value": value, "share": f"{stored.get('share', 1):g}"}


def _brief(found: Any) -> str:
    return Truncator(json.dumps(found, ensure_ascii=False)).chars(160)


def typed(test: str, text: str) -> Any:
    """The value that somebody typed for a test: a pattern is a text, all else is read as the files themselves are.

    Raises:
        ArtefactError: it is nothing that a YAML file could say.
    """
    if test == "matches":
        return text
    if test == "one_of":
        return [read(line, "yaml") for line in text.splitlines() if line.strip()]
    return read(text, "yaml")


def shown(test: str, value: Any) -> str:
    """A stored value as it would be typed; `typed` is its inverse."""
    if test == "matches":
        return str(value)
    if test == "one_of" and isinstance(value, list | tuple):
        return "\n".join(map(_scalar, value))
    return "" if test == "true" and value is None else _scalar(value)


def _scalar(value: Any) -> str:
    written = "".join(
        one if one.isprintable() else f"\\U{ord(one):08x}" for one in json.dumps(value, ensure_ascii=False)
    )
    if not isinstance(value, str):
        return written
    try:
        return value if value.isprintable() and value.strip() == value and read(value, "yaml") == value else written
    except ArtefactError:
        return written
