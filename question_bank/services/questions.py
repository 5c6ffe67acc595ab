"""Writing, versioning, releasing and retiring questions by people."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from accounts.errors import NotPossible
from accounts.models import Organisation, User
from question_bank.models import Question, QuestionEvent, QuestionVersion, Skill, Topic
from question_bank.services.images import pin_images
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
def create_question(
    *,
    organisation: Organisation | None,
    external_id: str,
    skill: Skill,
    topic: Topic | None,
    content: dict[str, Any],
    author: User,
    note: str = "",
) -> Question:
    """A new draft with its first version.

    Raises:
        NotPossible: the name is taken.
        pydantic.ValidationError: the payload does not fit its type.
    """
    try:
        with transaction.atomic():
            question = Question.objects.create(organisation=organisation, external_id=external_id, skill=skill)
    except IntegrityError as error:
        raise NotPossible(f"There is already a question named {external_id}. Choose another name.") from error
    add_version(question=question, content=content, topic=topic, author=author, note=note)
    question.refresh_from_db()
    return question


@transaction.atomic
def copy_question(*, question: Question, organisation: Organisation, by: User) -> Question:
    """A draft of one's own with the text that is drawn now; the original stays as it is.

    Raises:
        NotPossible: there is nothing to copy yet.
    """
    version = question.current
    if version is None:
        raise NotPossible("This question has no text yet.")
    taken = set(Question.objects.filter(organisation=organisation).values_list("external_id", flat=True))
    return create_question(
        organisation=organisation,
        external_id=_free_name(question.external_id, taken),
        skill=question.skill,
        topic=version.topic,
        content={name: getattr(version, name) for name in VERSION_FIELDS},
        author=by,
        note=f"copied from {question.external_id}, version {version.number}, by {version.author_name}",
    )


def name_for(*, organisation: Organisation | None, skill: Skill, stem: str) -> str:
    """A free name for a new question, from its skill and first words."""
    words = slugify(" ".join(stem.split()[:8]))[:50].strip("-") or "question"
    taken = set(Question.objects.filter(organisation=organisation).values_list("external_id", flat=True))
    return _free_name(f"{skill.slug[:45]}-{words}", taken)


def _free_name(wanted: str, taken: set[str]) -> str:
    if wanted not in taken:
        return wanted
    return next(name for number in range(2, len(taken) + 3) if (name := f"{wanted[:95]}-{number}") not in taken)


@transaction.atomic
def add_version(
    *, question: Question, content: dict[str, Any], topic: Topic | None, author: User, note: str = ""
) -> QuestionVersion | None:
    """Store an edit as the next version; None where nothing differs from the newest one.

    ``content`` holds `VERSION_FIELDS`; ``note`` says why. A draft takes the version over at once. A
    question that is drawn keeps its released version until `move` puts the new one in its place.

    Raises:
        pydantic.ValidationError: the payload does not fit its type.
        NotPossible: a text refers to a picture that does not exist.
    """
    question = Question.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=question.pk)
    payload = TYPES[content["type"]].load(content["payload"]).model_dump(mode="json")
    content = {name: content[name] for name in VERSION_FIELDS} | {"payload": payload}
    content = pin_images(content, question.organisation)
    digest = _hash(content | {"topic": topic.title if topic else None})
    newest = question.versions.select_related("topic").order_by("-number").first()
    if newest and _says_the_same(newest, content, topic):
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
    words = f"version {version.number}: {note}" if note else f"version {version.number}"
    QuestionEvent.objects.create(question=question, kind="edited", note=words, actor=author)
    return version


def _says_the_same(version: QuestionVersion, content: dict[str, Any], topic: Topic | None) -> bool:
    """Compares the content, not its hash: what came from a file was hashed in the file's form."""
    return version.topic == topic and all(getattr(version, name) == content[name] for name in VERSION_FIELDS)


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
        released = question.versions.filter(released_by__isnull=False).order_by("-number").first()
        written_since = question.versions.filter(number__gt=released.number if released else 0, author=by)
        if written_since.exists():
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
