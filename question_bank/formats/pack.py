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
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from question_bank.formats.texts import clean
from question_bank.formats.yaml_text import field_of, line_of, root_of, value_of
from question_bank.types import TYPES

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
Markdown = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
MAX_FILE_BYTES = 5_000_000
UNFINISHED = ("topic", "explanation", "checked_on")
"""What a draft may lack and every other question must have."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Reference(_Strict):
    """A work that exists: its true title and, where it is on the web, its address."""

    title: Annotated[str, StringConstraints(min_length=3, max_length=300)]
    url: HttpUrl | None = None


class PackQuestion(_Strict):
    """One question of a pack; ``payload`` is checked by its type. Only a draft may lack `UNFINISHED` fields."""

    id: Slug
    status: Literal["draft", "in_review", "pilot", "live", "retired"] = "live"
    topic: Annotated[str, Field(validate_default=True)] = ""
    type: str
    difficulty: Literal[1, 2, 3]
    expected_seconds: Annotated[int, Field(ge=10, le=1800)]
    case: Slug | Literal[""] = ""
    stimulus: Annotated[str, StringConstraints(max_length=20_000)] = ""
    stem: Markdown
    payload: dict[str, Any]
    explanation: Annotated[str, StringConstraints(max_length=20_000), Field(validate_default=True)] = ""
    references: tuple[Reference, ...] = ()
    author: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    checked_on: Annotated[datetime.date | None, Field(validate_default=True)] = None
    interview_follow_up: str = ""
    lint_allow: dict[Slug, Annotated[str, StringConstraints(min_length=10, max_length=500)]] = Field(
        default_factory=dict, description="Findings of the linter that were looked at and accepted: rule to reason."
    )

    @field_validator(*UNFINISHED)
    @classmethod
    def _finished(cls, value: Any, info: ValidationInfo) -> Any:
        if not value and info.data.get("status", "live") != "draft":
            raise ValueError("missing; only a draft may leave it out")
        return value

    @model_validator(mode="after")
    def _case_has_a_stimulus(self) -> PackQuestion:
        if bool(self.case) != bool(self.stimulus):
            raise ValueError("a case and its stimulus go together: name both or none")
        return self

    @model_validator(mode="after")
    def _type_is_known(self) -> PackQuestion:
        if self.type not in TYPES:
            raise ValueError(f"unknown type {self.type!r}; known: {', '.join(TYPES)}")
        return self

    def content(self) -> dict[str, Any]:
        """What makes a version: two questions with equal content are the same version."""
        alone = set() if self.case else {"case", "stimulus"}  # so that what is no case keeps its hash
        data = self.model_dump(mode="json", exclude={"id", "status", "lint_allow"} | alone)
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
    name, skill, questions, problems = read_text(text, file=file)
    if problems:
        raise PackError(problems)
    return Pack(name, skill, tuple(question for question, _ in questions))


def read_text(text: str, *, file: str) -> tuple[str, str, list[tuple[PackQuestion, int | None]], list[PackProblem]]:
    """Name, skill, the good questions with their lines, and what is wrong with the others.

    Raises:
        PackError: the file is no pack at all.
    """
    try:
        root = root_of(text)
        data = value_of(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else None
        raise PackError([PackProblem(file, line, "", "", f"not readable as YAML: {error.problem}")]) from error
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        raise PackError([PackProblem(file, None, "", "", f"not readable as YAML: {error}")]) from error
    if not isinstance(data, dict) or not isinstance(data.get("questions"), list):
        raise PackError([PackProblem(file, 1, "", "", "needs 'pack', 'skill' and a list 'questions' at the top")])
    wrong = [
        PackProblem(file, 1, "", name, "missing or not text")
        for name in ("pack", "skill")
        if not isinstance(data.get(name), str)
    ]
    wrong += [
        PackProblem(file, 1, "", str(key), "unknown key") for key in set(data) - {"pack", "skill", "questions", "cases"}
    ]
    if wrong:
        raise PackError(wrong)
    stimuli, problems = _cases(data, root, file)
    questions: list[tuple[PackQuestion, int | None]] = []
    doubles = _double_ids(data["questions"], root, file)
    again = {index for index, _ in doubles}
    for index, raw in enumerate(data["questions"]):
        if isinstance(raw, dict) and raw.get("case") in stimuli:
            raw = {"stimulus": stimuli[raw["case"]], **raw}
        parsed, found = _parse_question(raw, index, root, file)
        problems += found
        if parsed and index not in again:
            questions.append((parsed, line_of(root, ("questions", index))))
    return data["pack"], data["skill"], questions, problems + [problem for _, problem in doubles]


def _cases(data: dict[str, Any], root: Any, file: str) -> tuple[dict[str, str], list[PackProblem]]:
    """The stimulus of each case at the top of a pack, by its id."""
    stimuli: dict[str, str] = {}
    problems: list[PackProblem] = []
    listed = data.get("cases", [])
    if not isinstance(listed, list):
        return {}, [PackProblem(file, line_of(root, ("cases",)), "", "cases", "not a list of cases")]
    used = {raw.get("case") for raw in data["questions"] if isinstance(raw, dict) and isinstance(raw.get("case"), str)}
    for index, raw in enumerate(listed):
        words = ""
        if (
            not isinstance(raw, dict)
            or set(raw) != {"id", "stimulus"}
            or not all(isinstance(v, str) for v in raw.values())
        ):
            words = "a case has an 'id' and a 'stimulus', and nothing else"
        elif raw["id"] in stimuli:
            words = f"the case {raw['id']!r} is there twice"
        elif raw["id"] not in used:
            words = f"no question of this file has 'case: {raw['id']}'"
        else:
            stimuli[raw["id"]] = clean(raw["stimulus"])[0].strip()
        if words:
            problems.append(PackProblem(file, line_of(root, ("cases", index)), "", "cases", words))
    return stimuli, problems


def _parse_question(raw: Any, index: int, root: Any, file: str) -> tuple[PackQuestion | None, list[PackProblem]]:
    name = raw.get("id") if isinstance(raw, dict) else None
    label = name if isinstance(name, str) else f"question {index + 1}"

    def problems(error: ValidationError, prefix: tuple[str | int, ...] = ()) -> Iterator[PackProblem]:
        for detail in error.errors():
            location = (*prefix, *detail["loc"])
            message = detail["msg"].removeprefix("Value error, ")
            line = line_of(root, ("questions", index, *location))
            yield PackProblem(file, line, label, field_of(location), message)

    if not isinstance(raw, dict):
        line = line_of(root, ("questions", index))
        return None, [PackProblem(file, line, label, "", "not a mapping of fields")]
    found: list[PackProblem] = []
    question = None
    raw, removed = clean(raw)
    if removed:
        line = line_of(root, ("questions", index))
        found.append(PackProblem(file, line, label, "", "holds invisible control characters; remove them"))
    try:
        question = PackQuestion.model_validate(raw)
    except ValidationError as error:
        found += problems(error)
    if isinstance(raw.get("type"), str) and raw["type"] in TYPES and isinstance(raw.get("payload"), dict):
        try:
            loaded = TYPES[raw["type"]].load(raw["payload"])
        except ValidationError as error:
            found += problems(error, ("payload",))
        else:
            for flaw in TYPES[raw["type"]].check(loaded):
                where = ("payload", *flaw.location)
                line = line_of(root, ("questions", index, *where))
                found.append(PackProblem(file, line, label, field_of(where), flaw.message))
    return (None, found) if found else (question, [])


def _double_ids(questions: list[Any], root: Any, file: str) -> list[tuple[int, PackProblem]]:
    seen: dict[str, int] = {}
    problems = []
    for index, question in enumerate(questions):
        name = question.get("id") if isinstance(question, dict) else None
        if not isinstance(name, str):
            continue
        if name in seen:
            line = line_of(root, ("questions", index, "id"))
            problem = PackProblem(file, line, name, "id", f"also used by question {seen[name] + 1}")
            problems.append((index, problem))
        seen.setdefault(name, index)
    return problems
