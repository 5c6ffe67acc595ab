"""What every format offers. Pure Python: no Django, no database.

A format turns the bytes of a file into questions (`Format.read`) and questions into bytes (`Format.write`).
Whatever cannot be said on the other side is told as a `Problem`: refused where no question remains, lost
where the question stands without it. Nothing is dropped silently.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from pydantic import ValidationError

from question_bank.formats.pack import PackProblem, PackQuestion
from question_bank.formats.source import Refused, Source
from question_bank.formats.texts import as_slug, clean, made_name
from question_bank.formats.yaml_text import field_of
from question_bank.types import TYPES

Problem = PackProblem

NO_RATIONALE = "The file gave no reason for this option; write one."
"""Stands where a format has no feedback for an option, and is left out again when the question is written."""

MAX_QUESTIONS = 10_000
MAX_PICTURES = 30_000_000
MAX_PROBLEMS = 2_000


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the person who loads a file says for everything that the file does not say itself."""

    skill: str = ""
    topic: str = ""
    difficulty: int = 2
    expected_seconds: int = 90
    author: str = "Unknown author"


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a file.

    ``skill`` is a slug, or empty where the file does not say; ``hints`` are names of folders or categories
    that may be those of a skill and a topic; ``line`` counts from 1.
    """

    question: PackQuestion
    skill: str
    file: str = ""
    line: int | None = None
    hints: tuple[str, ...] = ()


@dataclass(slots=True)
class Parsed:
    """What a file says. ``pictures`` maps names, as the questions use them, to bytes."""

    items: list[Item] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)
    lost: list[Problem] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """A finished file and what it could not say."""

    data: bytes
    extension: str
    content_type: str
    lost: tuple[Problem, ...] = ()


class Format(ABC):
    """One way of writing questions down. A new one is a file here and a line in ``formats/__init__.py``."""

    slug: ClassVar[str]
    label: ClassVar[str]
    extensions: ClassVar[tuple[str, ...]]
    writes: ClassVar[bool] = True

    @abstractmethod
    def detect(self, source: Source) -> bool:
        """Whether a file looks like this format, by what it holds.

        Raises:
            Refused: an archive or XML that nobody may read.
        """

    @abstractmethod
    def read(self, source: Source, defaults: Defaults) -> Parsed:
        """Every question of a file.

        Raises:
            Refused: the file as a whole cannot be read; a wrong question alone is in ``Parsed.refused``.
        """

    def write(self, items: Sequence[Item], pictures: Mapping[str, bytes]) -> Written:
        """A file with these questions and the pictures that they show."""
        raise NotImplementedError(f"{self.label} can be read only.")


class Reading:
    """Collects what a format finds in a file: cleans texts, checks questions, gives names, keeps the losses."""

    def __init__(self, source: Source, defaults: Defaults) -> None:
        self.source = source
        self.defaults = defaults
        self._parsed = Parsed()
        self._waiting: list[Problem] = []
        self._taken: set[str] = set()

    @property
    def parsed(self) -> Parsed:
        """Everything that was found."""
        self._told("", "")
        return self._parsed

    def lose(self, question: str, element: str, message: str, *, line: int | None = None, file: str = "") -> None:
        """Something of a question that we cannot keep."""
        self._note(self._waiting, Problem(file or self.source.name, line, question, element, message))

    def _told(self, label: str, name: str) -> None:
        """Losses are found before a question has its name; from now on they bear it."""
        for problem in self._waiting:
            named = replace(problem, question=name) if label and problem.question == label else problem
            self._note(self._parsed.lost, named)
        self._waiting.clear()

    def keep_picture(self, name: str, data: bytes) -> None:
        """A picture that questions of this file may show.

        Raises:
            Refused: more pictures than a file may hold.
        """
        self._parsed.pictures[name] = data
        if sum(map(len, self._parsed.pictures.values())) > MAX_PICTURES:
            raise Refused(f"more than {MAX_PICTURES // 1_000_000} MB of pictures; split the file")

    def refuse(self, question: str, element: str, message: str, *, line: int | None = None, file: str = "") -> None:
        """A question that we cannot take."""
        self._note(self._parsed.refused, Problem(file or self.source.name, line, question, element, message))

    def add(
        self,
        raw: Mapping[str, Any],
        *,
        label: str,
        identifier: str = "",
        title: str = "",
        skill: str = "",
        hints: Sequence[str] = (),
        line: int | None = None,
        file: str = "",
    ) -> None:
        """Check a question and keep it.

        ``raw`` holds fields of `PackQuestion`; what it leaves out comes from the defaults. ``identifier`` is
        what the file calls the question for good; without one the name is made from the title and the content.
        ``label`` is what messages call it.
        """
        if len(self._parsed.items) >= MAX_QUESTIONS:
            raise Refused(f"more than {MAX_QUESTIONS} questions; split the file", line=line)
        cleaned, removed = clean({**self._defaults(), **raw})
        if removed:
            self.lose(label, "text", f"removed {removed} invisible control characters", line=line, file=file)
        if "id" not in cleaned:
            cleaned["id"] = as_slug(identifier) or made_name(title, cleaned)
        problems = self._check(cleaned, label, line, file)
        if not problems and cleaned["id"] in self._taken:
            named = raw.get("id") or identifier
            words = f"{cleaned['id']!r} is used twice" if named else "the same question is in this file already"
            problems = [Problem(file or self.source.name, line, label, "id", words)]
        if problems:
            for problem in problems:
                self._note(self._parsed.refused, problem)
            self._told("", "")
            return
        self._taken.add(cleaned["id"])
        question = PackQuestion.model_validate(cleaned)
        self._told(label, question.id)
        self._parsed.items.append(Item(question, skill, file or self.source.name, line, tuple(hints)))

    def _defaults(self) -> dict[str, Any]:
        said = self.defaults
        return {
            "difficulty": said.difficulty,
            "expected_seconds": said.expected_seconds,
            "author": said.author,
            "status": "draft",
        }

    def _check(self, raw: dict[str, Any], label: str, line: int | None, file: str) -> list[Problem]:
        name = file or self.source.name
        found = []
        try:
            PackQuestion.model_validate(raw)
        except ValidationError as error:
            found += [Problem(name, line, label, where, words) for where, words in places(error)]
        if raw.get("type") in TYPES:
            try:
                loaded = TYPES[raw["type"]].load(raw["payload"])
                for flaw in TYPES[raw["type"]].check(loaded):
                    found.append(Problem(name, line, label, field_of(("payload", *flaw.location)), flaw.message))
            except ValidationError as error:
                found += [Problem(name, line, label, where, words) for where, words in places(error, ("payload",))]
        return found

    def _note(self, notes: list[Problem], problem: Problem) -> None:
        if len(notes) < MAX_PROBLEMS:
            notes.append(problem)


class Losses:
    """Collects what cannot be said while questions are written."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, question: str, element: str, message: str) -> None:
        self.problems.append(Problem("", None, question, element, message))

    def refuse_type(self, question: PackQuestion, label: str) -> None:
        """The whole question is left out."""
        kind = TYPES[question.type].label.lower()
        self.add(question.id, "question", f"left out: {label} has no {kind} questions")


def fixed(items: Sequence[Item], losses: Losses) -> list[Item]:
    """The items that ask every candidate for the same; the others no foreign format can say, which is told."""
    for item in items:
        if "variables" in item.question.payload:
            losses.add(item.question.id, "question", "left out: its numbers are drawn anew for each candidate")
    return [item for item in items if "variables" not in item.question.payload]


def places(error: ValidationError, prefix: tuple[str | int, ...] = ()) -> list[tuple[str, str]]:
    """Each wrong field of a question in words, with positions counted from 1."""
    found = []
    for detail in error.errors():
        found.append((field_of((*prefix, *detail["loc"])), detail["msg"].removeprefix("Value error, ")))
    return found
