"""What loading a file would do, question by question. Reads the database and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from accounts.models import Organisation
from question_bank.access import library_and
from question_bank.export import newest_versions, question_of
from question_bank.formats.base import Defaults, Item, Parsed, Problem
from question_bank.formats.pack import PackQuestion
from question_bank.formats.texts import as_slug
from question_bank.image_refs import names_in
from question_bank.models import Question, QuestionImage, QuestionVersion, Skill, Topic
from question_bank.pictures import PictureRefused, content_type_of


class What(StrEnum):
    """What happens to a question of a file."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(slots=True)
class Row:
    """One question of a file and what happens to it. ``reasons``: why it is refused; ``lost``: what it goes without;
    ``fields``: what differs in a changed one."""

    what: What
    name: str
    skill: str = ""
    type: str = ""
    words: str = ""
    file: str = ""
    line: int | None = None
    reasons: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Plain data, without what is empty."""
        return {key: value for key, value in asdict(self).items() if value or key == "what"}


@dataclass(slots=True)
class Plan:
    """What loading does: rows in the order of the file, refused ones first; ``lost`` belongs to no question."""

    rows: list[Row] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    """What is new, changed or unchanged, with skill and topic resolved; in the order of their rows."""
    pictures: dict[str, bytes] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    """Why rows are refused, with their places."""

    def names(self, what: What) -> list[str]:
        return [row.name for row in self.rows if row.what is what]

    @property
    def new(self) -> list[str]:
        return self.names(What.NEW)

    @property
    def changed(self) -> list[str]:
        return self.names(What.CHANGED)

    @property
    def unchanged(self) -> list[str]:
        return self.names(What.UNCHANGED)

    @property
    def refused(self) -> list[str]:
        return self.names(What.REFUSED)

    def __str__(self) -> str:
        parts = [f"{len(self.new)} new", f"{len(self.changed)} changed", f"{len(self.unchanged)} unchanged"]
        return ", ".join(parts + ([f"{len(self.refused)} refused"] if self.refused else []))


def make_plan(parsed: Parsed, *, organisation: Organisation | None, defaults: Defaults | None = None) -> Plan:
    """Compare what files say with what the organisation (None: the library) has.

    A question is known by its name. One that was last loaded with the same content, or whose newest version
    says the same, is unchanged, also where somebody has edited it since.
    """
    resolver = _Resolver(defaults or Defaults())
    items = [resolver.resolved(item) for item in parsed.items]
    existing = existing_questions([item.question.id for item in items], organisation)
    pictures = _Pictures(parsed, organisation)
    lost = _by_question(parsed.lost)
    plan = Plan(pictures=parsed.pictures, lost=[str(problem) for problem in lost.pop("", [])])
    _add_refused(plan, parsed.refused)
    newest = _newest_as_pack(items, existing)
    seen: dict[str, Item] = {}
    for item in items:
        name = item.question.id
        problems = resolver.problems(item) + pictures.problems(item)
        there = existing.get(name)
        if there and there.skill != item.skill:
            problems.append(_problem(item, "skill", f"is already a question on {there.skill}"))
        if name in seen:
            problems.append(_problem(item, "id", f"also in {seen[name].file}"))
        seen.setdefault(name, item)
        row = _row(item, lost.get(name, []))
        if problems:
            row.what, row.reasons = What.REFUSED, [_words(problem) for problem in problems]
            plan.problems += problems
        else:
            row.what, row.fields = _compare(item, there, newest.get(name))
            plan.items.append(item)
        plan.rows.append(row)
    return plan


@dataclass(frozen=True, slots=True)
class Existing:
    """A question that is there: ``loaded`` is the hash of its newest version that came from a file."""

    pk: int
    skill: str
    loaded: str


def existing_questions(names: Iterable[str], organisation: Organisation | None) -> dict[str, Existing]:
    """Questions of the organisation by name; two queries."""
    rows = list(
        Question.objects.filter(organisation=organisation, external_id__in=set(names)).values_list(
            "external_id", "pk", "skill__slug"
        )
    )
    loaded = dict(
        QuestionVersion.objects.filter(question__in=[pk for _, pk, _ in rows], from_file=True)
        .order_by("number")
        .values_list("question_id", "content_hash")
    )
    return {name: Existing(pk, skill, loaded.get(pk, "")) for name, pk, skill in rows}


def _newest_as_pack(items: Sequence[Item], existing: Mapping[str, Existing]) -> dict[str, PackQuestion]:
    """The newest version of each question that does not obviously stay as it is."""
    wanted = [
        there.pk
        for item in items
        if (there := existing.get(item.question.id)) and there.loaded != item.question.content_hash()
    ]
    if not wanted:
        return {}
    newest = newest_versions(Question.objects.filter(pk__in=wanted))
    return {version.question.external_id: question_of(version)[0] for version in newest}


def _compare(item: Item, there: Existing | None, newest: PackQuestion | None) -> tuple[What, list[str]]:
    if there is None:
        return What.NEW, []
    if newest is None:
        return What.UNCHANGED if there.loaded == item.question.content_hash() else What.CHANGED, []
    old, new = newest.content(), item.question.content()
    fields = [name for name in new if old[name] != new[name]]
    return (What.CHANGED, fields) if fields else (What.UNCHANGED, [])


class _Resolver:
    """Finds skill and topic of a question: as the file says, by the names of its folders, or by default."""

    def __init__(self, defaults: Defaults) -> None:
        self.defaults = defaults
        self.skills = set(Skill.objects.values_list("slug", flat=True))
        self.topics: dict[str, list[str]] = {}
        for skill, title in Topic.objects.order_by("position").values_list("skill__slug", "title"):
            self.topics.setdefault(skill, []).append(title)

    def resolved(self, item: Item) -> Item:
        hinted = next((slug for hint in item.hints if (slug := as_slug(hint)) in self.skills), "")
        skill = item.skill or hinted or self.defaults.skill
        topic = item.question.topic or self._topic(skill, item.hints)
        if (skill, topic) == (item.skill, item.question.topic):
            return item
        return replace(item, skill=skill, question=item.question.model_copy(update={"topic": topic}))

    def _topic(self, skill: str, hints: Sequence[str]) -> str:
        known = {as_slug(title): title for title in self.topics.get(skill, [])}
        hinted = next((known[slug] for hint in hints if (slug := as_slug(hint)) in known), "")
        return hinted or (self.defaults.topic if skill == self.defaults.skill else "")

    def problems(self, item: Item) -> list[Problem]:
        topic = item.question.topic
        if not item.skill:
            return [_problem(item, "skill", "the file names no skill; choose one")]
        if item.skill not in self.skills:
            return [_problem(item, "skill", f"unknown skill {item.skill!r}")]
        if (topic or item.question.status != "draft") and topic not in self.topics.get(item.skill, []):
            known = "; ".join(self.topics.get(item.skill, []))
            return [_problem(item, "topic", f"{topic!r} is no topic of {item.skill}; known: {known}")]
        return []


class _Pictures:
    """Which pictures questions may show: those of the file that are pictures, and those that are there."""

    def __init__(self, parsed: Parsed, organisation: Organisation | None) -> None:
        self.bad: dict[str, str] = {}
        for name, data in parsed.pictures.items():
            try:
                content_type_of(data)
            except PictureRefused as refused:
                self.bad[name] = str(refused)
        asked = [names_in(item.question.content()) for item in parsed.items if _may_show(item)]
        wanted = set().union(*asked) - set(parsed.pictures)
        stored = QuestionImage.objects.filter(library_and(organisation), name__in=wanted)
        self.known = set(parsed.pictures) | (set(stored.values_list("name", flat=True)) if wanted else set())

    def problems(self, item: Item) -> list[Problem]:
        if not _may_show(item):
            return []
        names = sorted(names_in(item.question.content()))
        found = [_problem(item, "picture", f"{name}: {self.bad[name]}") for name in names if name in self.bad]
        missing = [name for name in names if name not in self.known]
        return found + [_problem(item, "picture", f"there is no picture named {name!r}") for name in missing]


def _may_show(item: Item) -> bool:
    return "image:" in item.question.stem + item.question.explanation + str(item.question.payload)


def _by_question(problems: Iterable[Problem]) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.question, []).append(problem)
    return found


def _add_refused(plan: Plan, problems: Sequence[Problem]) -> None:
    """One row for each question that the format refused already."""
    rows: dict[tuple[str, str], Row] = {}
    for problem in problems:
        key = (problem.file, problem.question)
        if key not in rows:
            rows[key] = Row(What.REFUSED, problem.question, file=problem.file, line=problem.line)
        rows[key].reasons.append(_words(problem))
    plan.rows += rows.values()
    plan.problems += problems


def _row(item: Item, lost: Sequence[Problem]) -> Row:
    question = item.question
    return Row(
        What.NEW,
        question.id,
        skill=item.skill,
        type=question.type,
        words=" ".join(question.stem.split())[:120],
        file=item.file,
        line=item.line,
        lost=[_words(problem) for problem in lost],
    )


def _problem(item: Item, field: str, message: str) -> Problem:
    return Problem(item.file, item.line, item.question.id, field, message)


def _words(problem: Problem) -> str:
    return f"{problem.field}: {problem.message}" if problem.field else problem.message
