"""The YAML pack: one file of questions on one skill. Pure Python: no Django, no database.

Read as parse -> plan -> execute: this file is the parse. It either returns every question of a
file or says for each wrong place which question, which field and which line.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, StringConstraints, ValidationError, model_validator

from question_bank.types import TYPES

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
Markdown = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
MAX_FILE_BYTES = 5_000_000


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Reference(_Strict):
    """A work that exists: its true title and, where it is on the web, its address."""

    title: Annotated[str, StringConstraints(min_length=3, max_length=300)]
    url: HttpUrl | None = None


class PackQuestion(_Strict):
    """One question of a pack; ``payload`` is checked by its type."""

    id: Slug
    topic: str
    type: str
    difficulty: Literal[1, 2, 3]
    expected_seconds: Annotated[int, Field(ge=10, le=1800)]
    stem: Markdown
    payload: dict[str, Any]
    explanation: Markdown
    references: tuple[Reference, ...] = ()
    author: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    checked_on: datetime.date
    interview_follow_up: str = ""
    status: Literal["draft", "in_review", "pilot", "live", "retired"] = "live"

    @model_validator(mode="after")
    def _type_is_known(self) -> PackQuestion:
        if self.type not in TYPES:
            raise ValueError(f"unknown type {self.type!r}; known: {', '.join(TYPES)}")
        return self

    def content(self) -> dict[str, Any]:
        """What makes a version: two questions with equal content are the same version."""
        data = self.model_dump(mode="json", exclude={"id", "status"})
        data["payload"] = TYPES[self.type].load(self.payload).model_dump(mode="json")
        return data

    def content_hash(self) -> str:
        """SHA-256 of the content in canonical JSON."""
        text = json.dumps(self.content(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class PackProblem:
    """One thing that is wrong in a file, where it is, and what to do."""

    file: str
    line: int | None
    question: str
    field: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        named = ": ".join(filter(None, (self.question, self.field)))
        return f"{place}: {named}: {self.message}" if named else f"{place}: {self.message}"


class PackError(ValueError):
    """A file that cannot be loaded, with every problem found in it."""

    def __init__(self, problems: list[PackProblem]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


@dataclass(frozen=True, slots=True)
class Pack:
    """A parsed file."""

    name: str
    skill: str
    questions: tuple[PackQuestion, ...]


class _Loader(yaml.SafeLoader):
    """SafeLoader that refuses double keys and aliases: a pack needs neither, a bomb needs the latter."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="anchors and aliases are not allowed", problem_mark=event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key!r} is there twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def parse_file(path: Path) -> Pack:
    """Read one pack file.

    Raises:
        PackError: with all problems, each naming file, line, question and field.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise PackError([PackProblem(path.name, None, "", "", "larger than 5 MB; split the pack")])
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PackError([PackProblem(path.name, None, "", "", f"not UTF-8 at byte {error.start}")]) from error
    except OSError as error:
        raise PackError([PackProblem(str(path), None, "", "", error.strerror or str(error))]) from error
    return parse_text(text, file=path.name)


def parse_text(text: str, *, file: str) -> Pack:
    """As `parse_file`, from a string; ``file`` is the name that the messages use."""
    try:
        root = yaml.compose(text, Loader=_Loader)
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader with fewer powers
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else None
        raise PackError([PackProblem(file, line, "", "", f"not readable as YAML: {error.problem}")]) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise PackError([PackProblem(file, None, "", "", f"not readable as YAML: {error}")]) from error
    if not isinstance(data, dict) or not isinstance(data.get("questions"), list):
        raise PackError([PackProblem(file, 1, "", "", "needs 'pack', 'skill' and a list 'questions' at the top")])
    problems = [
        PackProblem(file, 1, "", name, "missing or not text")
        for name in ("pack", "skill")
        if not isinstance(data.get(name), str)
    ]
    problems += [
        PackProblem(file, 1, "", str(key), "unknown key") for key in set(data) - {"pack", "skill", "questions"}
    ]
    questions: list[PackQuestion] = []
    for index, raw in enumerate(data["questions"]):
        parsed, wrong = _parse_question(raw, index, root, file)
        problems += wrong
        if parsed:
            questions.append(parsed)
    problems += _double_ids(data["questions"], root, file)
    if problems:
        raise PackError(problems)
    return Pack(data["pack"], data["skill"], tuple(questions))


def _parse_question(raw: Any, index: int, root: Any, file: str) -> tuple[PackQuestion | None, list[PackProblem]]:
    name = raw.get("id") if isinstance(raw, dict) else None
    label = name if isinstance(name, str) else f"question {index + 1}"

    def problems(error: ValidationError, prefix: tuple[str | int, ...] = ()) -> Iterator[PackProblem]:
        for detail in error.errors():
            location = (*prefix, *detail["loc"])
            field = ".".join(str(part + 1) if isinstance(part, int) else part for part in location)
            message = detail["msg"].removeprefix("Value error, ")
            yield PackProblem(file, _line(root, ("questions", index, *location)), label, field, message)

    if not isinstance(raw, dict):
        line = _line(root, ("questions", index))
        return None, [PackProblem(file, line, label, "", "not a mapping of fields")]
    found: list[PackProblem] = []
    question = None
    try:
        question = PackQuestion.model_validate(raw)
    except ValidationError as error:
        found += problems(error)
    if isinstance(raw.get("type"), str) and raw["type"] in TYPES and isinstance(raw.get("payload"), dict):
        try:
            TYPES[raw["type"]].load(raw["payload"])
        except ValidationError as error:
            found += problems(error, ("payload",))
    return (None, found) if found else (question, [])


def _double_ids(questions: list[Any], root: Any, file: str) -> list[PackProblem]:
    seen: dict[str, int] = {}
    problems = []
    for index, question in enumerate(questions):
        name = question.get("id") if isinstance(question, dict) else None
        if not isinstance(name, str):
            continue
        if name in seen:
            line = _line(root, ("questions", index, "id"))
            problems.append(PackProblem(file, line, name, "id", f"also used by question {seen[name] + 1}"))
        seen.setdefault(name, index)
    return problems


def _line(root: Any, location: tuple[str | int, ...]) -> int | None:
    """Line of the deepest node on the way to ``location``; missing keys give the line of their parent."""
    node = root
    for part in location:
        below = None
        if isinstance(node, yaml.MappingNode):
            below = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            below = node.value[part]
        if below is None:
            break
        node = below
    return int(node.start_mark.line) + 1 if node is not None else None
