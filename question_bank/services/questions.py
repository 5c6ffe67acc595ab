"""Writing, versioning, releasing and retiring questions by people."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import transaction

from accounts.errors import NotPossible
from accounts.models import User
from question_bank.models import Question, QuestionEvent, QuestionVersion, Topic
from question_bank.states import MOVES, NEEDS_RELEASE, Status
from question_bank.types import TYPES


VERSION_FIELDS = (
    "type",
    "difficulty",
    "expected_seconds",
    "stem",
    "payload",
    "explanation",
    "references",
    "interview_follow_up",
    "checked_on",
)


@transaction.atomic
def add_version(
    *, question: Question, content: dict[str, Any], topic: Topic | None, author: User
) -> QuestionVersion | None:
    """Store an edit as the next version; None where nothing differs from the newest one.

    ``content`` holds `VERSION_FIELDS`. A draft takes the version over at once. A question that is
    drawn keeps its released version until `release` puts the new one in its place.

    Raises:
        pydantic.ValidationError: the payload does not fit its type.
    """
    question = Question.objects.select_for_update().get(pk=question.pk)
    payload = TYPES[content["type"]].load(content["payload"]).model_dump(mode="json")
    content = {name: content[name] for name in VERSION_FIELDS} | {"payload": payload}
    digest = _hash(content | {"topic": topic.title if topic else None})
    newest = question.versions.order_by("-number").first()
    if newest and newest.content_hash == digest:
        return None
    version = QuestionVersion.objects.create(
        question=question,
        number=newest.number + 1 if newest else 1,
        topic=topic,
        author=author,
        author_name=author.get_full_name(),
        content_hash=digest,
        **content,
    )
    if Status(question.status) not in NEEDS_RELEASE:
        question.current = version
        question.save(update_fields=["current", "updated_at"])
    QuestionEvent.objects.create(question=question, kind="edited", note=f"version {version.number}", actor=author)
    return version


@transaction.atomic
def move(*, question: Question, to: Status, by: User, note: str = "") -> Question:
    """Move a question along `states.MOVES`.

    A move to pilot or live is a release: the newest version becomes the drawn one, and its author
    cannot be the one who releases it.

    Raises:
        NotPossible: the move is not in the table, or four eyes are missing.
    """
    question = Question.objects.select_for_update().get(pk=question.pk)
    newest = question.versions.order_by("-number").first()
    if newest is None:
        raise NotPossible("This question has no text yet.")
    waiting = question.current_id != newest.pk
    same = Status(question.status) is to and to in NEEDS_RELEASE and waiting
    if not same and (Status(question.status), to) not in MOVES:
        raise NotPossible(f"A question that is {question.get_status_display().lower()} cannot become {to.value}.")
    if to in NEEDS_RELEASE:
        if newest.author_id == by.pk:
            raise NotPossible("Somebody else has to release what you wrote.")
        QuestionVersion.objects.filter(pk=newest.pk).update(released_by=by)
        question.current = newest
    question.status = to
    question.save(update_fields=["status", "current", "updated_at"])
    QuestionEvent.objects.create(question=question, kind=f"moved to {to.value}", note=note, actor=by)
    return question


def _hash(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
