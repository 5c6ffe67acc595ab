"""Questions of the bank in the form that files use. Reads only."""

from __future__ import annotations

from django.db.models import QuerySet
from pydantic import ValidationError

from question_bank.formats import FORMATS
from question_bank.formats.base import Item, Written
from question_bank.formats.pack import PackProblem, PackQuestion
from question_bank.formats.yaml_pack import YamlPack
from question_bank.image_refs import as_written, hashes_in
from question_bank.models import Question, QuestionImage, QuestionVersion


def question_of(version: QuestionVersion) -> tuple[PackQuestion, list[PackProblem]]:
    """A version as a file has it, and what had to be changed for that.

    A question that lacks what only a draft may lack becomes a draft.
    """
    name = version.question.external_id
    fields = {
        "id": name.lower().replace("_", "-"),
        "status": version.question.status,
        "topic": version.topic.title if version.topic else "",
        "type": version.type,
        "difficulty": version.difficulty,
        "expected_seconds": version.expected_seconds,
        "case": version.case,
        "stimulus": as_written(version.stimulus),
        "stem": as_written(version.stem),
        "payload": as_written(version.payload),
        "explanation": as_written(version.explanation),
        "references": version.references,
        "author": version.author_name,
        "checked_on": version.checked_on,
        "interview_follow_up": version.interview_follow_up,
        "lint_allow": version.question.lint_allow,
    }
    try:
        return PackQuestion.model_validate(fields), []
    except ValidationError as error:
        names = ", ".join(str(detail["loc"][0]) for detail in error.errors() if detail["loc"])
        why = PackProblem("", None, name, "status", f"written as a draft: check {names}")
        return PackQuestion.model_validate(fields | {"status": "draft"}), [why]


def newest_versions(questions: QuerySet[Question]) -> QuerySet[QuestionVersion]:
    """The newest version of each question, with question, skill and topic."""
    return (
        QuestionVersion.objects.filter(question__in=questions)
        .select_related("question__skill", "topic")
        .order_by("question_id", "-number")
        .distinct("question_id")
    )


def export(questions: QuerySet[Question], format: str) -> Written:
    """A file with the newest versions of these questions, and what it could not say. Three queries."""
    items: list[Item] = []
    notes: list[PackProblem] = []
    wanted: dict[str, str] = {}
    for version in sorted(newest_versions(questions), key=_place):
        question, changed = question_of(version)
        notes += changed
        if question.case and format != YamlPack.slug:
            question, told = _alone(question)
            notes.append(told)
        items.append(Item(question, version.question.skill.slug))
        wanted |= hashes_in([version.stimulus, version.stem, version.explanation, version.payload])
    written = FORMATS[format].write(items, _pictures(wanted))
    return Written(written.data, written.extension, written.content_type, (*notes, *written.lost))


def _alone(question: PackQuestion) -> tuple[PackQuestion, PackProblem]:
    """A question of a case for formats that know none: what it shares stands at the beginning of its own text."""
    words = f"belongs to the case {question.case}, which this format does not know: what it shares is part of its text"
    told = PackProblem("", None, question.id, "case", words)
    stem = f"{question.stimulus}\n\n{question.stem}"
    return question.model_copy(update={"case": "", "stimulus": "", "stem": stem}), told


def _place(version: QuestionVersion) -> tuple[str, str]:
    return version.question.skill.slug, version.question.external_id


def _pictures(wanted: dict[str, str]) -> dict[str, bytes]:
    """The bytes behind names, as the versions have pinned them."""
    if not wanted:
        return {}
    stored = QuestionImage.objects.filter(sha256__in=set(wanted.values())).values_list("sha256", "data")
    by_hash = {sha256: bytes(data) for sha256, data in stored}
    return {name: by_hash[sha256] for name, sha256 in wanted.items() if sha256 in by_hash}
