"""The own format: YAML packs, one skill to a file; several skills or pictures make a zip of packs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from question_bank.formats.base import Defaults, Format, Item, Parsed, Written
from question_bank.formats.pack import PackError, PackProblem, PackQuestion, read_text
from question_bank.formats.source import Refused, Source
from question_bank.formats.texts import as_slug
from question_bank.formats.yaml_text import as_yaml
from question_bank.pictures import extension_of
from question_bank.types import TYPES

FIELDS = (
    "id", "case", "topic", "type", "difficulty", "expected_seconds", "stimulus", "stem", "payload", "explanation",
    "references", "author", "checked_on", "interview_follow_up", "status", "lint_allow",
)  # fmt: skip
_PICTURES = "pictures"
_OPTIONAL = {
    name: field.default for name, field in PackQuestion.model_fields.items() if not field.is_required()
}  # left out where they say nothing


class YamlPack(Format):
    slug = "yaml"
    label = "YAML pack"
    extensions = (".yaml", ".yml", ".zip")

    def detect(self, source: Source) -> bool:
        if source.is_archive:
            return any(name.endswith((".yaml", ".yml")) for name in source.archive.names)
        if source.is_xml:
            return False
        start = source.start.replace(b"\r\n", b"\n")
        return b"\nquestions:" in b"\n" + start and b"\nskill:" in b"\n" + start

    def read(self, source: Source, defaults: Defaults) -> Parsed:
        if not source.is_archive:
            return _read_one(source, source.name)
        parsed = Parsed()
        for name in source.archive.names:
            path = PurePosixPath(name)
            if path.suffix in {".yaml", ".yml"}:
                one = _read_one(source.archive.source(name), name)
                parsed.items += one.items
                parsed.refused += one.refused
            elif path.parent.name == _PICTURES:
                parsed.pictures[as_slug(path.stem)] = source.archive.read(name)
            else:
                parsed.lost.append(PackProblem(name, None, "", "", "neither a pack nor a picture; not read"))
        return parsed

    def write(self, items: Sequence[Item], pictures: Mapping[str, bytes]) -> Written:
        skills = sorted({item.skill for item in items})
        packs = {skill: pack_text(skill, [i.question for i in items if i.skill == skill]) for skill in skills}
        if len(packs) <= 1 and not pictures:
            text = next(iter(packs.values()), pack_text("", []))
            return Written(text.encode(), ".yaml", "application/yaml")
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for skill, text in packs.items():
                archive.writestr(_entry(f"{skill}.yaml"), text)
            for name, data in pictures.items():
                archive.writestr(_entry(f"{_PICTURES}/{name}{extension_of(data)}"), data)
        return Written(target.getvalue(), ".zip", "application/zip")


def _entry(name: str) -> zipfile.ZipInfo:
    """An entry without the time of writing: the same questions make the same bytes."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _read_one(source: Source, file: str) -> Parsed:
    try:
        _, skill, questions, problems = read_text(source.text, file=file)
    except PackError as error:
        problem = error.problems[0]
        raise Refused(f"{problem.field}: {problem.message}".removeprefix(": "), line=problem.line) from error
    return Parsed(
        items=[Item(question, skill, file, line) for question, line in questions],
        refused=problems,
    )


def pack_text(skill: str, questions: Sequence[PackQuestion]) -> str:
    """A pack file. Reading it again gives equal questions."""
    data: dict[str, Any] = {"pack": f"{skill}-questions", "skill": skill}
    stimuli = {one.case: one.stimulus for one in questions if one.case}
    if stimuli:
        data["cases"] = [{"id": case, "stimulus": stimulus} for case, stimulus in stimuli.items()]
    return as_yaml(data | {"questions": [as_fields(one, stimuli) for one in questions]})


def as_fields(question: PackQuestion, stimuli: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The fields of a question in the order of the packs, without those that say nothing.

    ``stimuli``: what stands at the top of the file for each case; one that differs stands in the question itself.
    """
    known = question.model_dump(mode="python", exclude={"payload", "references"})
    known["payload"] = short_payload(question)
    known["references"] = [one.model_dump(mode="json", exclude_none=True) for one in question.references]
    if question.status == _OPTIONAL["status"]:
        del known["status"]
    if question.stimulus == (stimuli or {}).get(question.case, ""):
        known["stimulus"] = ""
    return {name: known[name] for name in FIELDS if known.get(name) or name not in _OPTIONAL}


def short_payload(question: PackQuestion) -> dict[str, Any]:
    """The payload without what is default anyway, where it means the same without."""
    kind = TYPES[question.type]
    loaded = kind.load(question.payload)
    short: dict[str, Any] = loaded.model_dump(mode="json", exclude_defaults=True)
    try:
        if kind.load(short) == loaded:
            return short
    except ValueError:  # a default that tells two forms apart must stay
        pass
    whole: dict[str, Any] = loaded.model_dump(mode="json")
    return whole
