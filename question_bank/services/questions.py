"""Writing, versioning, releasing and retiring questions by people."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
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
    "case",
    "stimulus",
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
    return create_question(
        organisation=organisation,
        external_id=_free_name(question.external_id, organisation),
        skill=question.skill,
        topic=version.topic,
        content={name: getattr(version, name) for name in VERSION_FIELDS},
        author=by,
        note=f"copied from {question.external_id}, version {version.number}, by {version.author_name}",
    )


def name_for(*, organisation: Organisation | None, skill: Skill, stem: str) -> str:
    """A free name for a new question, from its skill and first words."""
    words = slugify(" ".join(stem.split()[:8]))[:50].strip("-") or "question"
    return _free_name(f"{skill.slug[:45]}-{words}", organisation)


def _free_name(wanted: str, organisation: Organisation | None) -> str:
    own = Question.objects.filter(organisation=organisation, external_id__startswith=wanted[:95])
    taken = set(own.values_list("external_id", flat=True))
    if wanted not in taken:
        return wanted
    return next(name for number in range(2, len(taken) + 3) if (name := f"{wanted[:95]}-{number}") not in taken)


@transaction.atomic
def add_version(
    *, question: Question, content: dict[str, Any], topic: Topic | None, author: User, note: str = ""
) -> QuestionVersion | None:
    """Store an edit as the next version; None where nothing differs from the newest one.

    A new stimulus goes into a new version of the other questions of the case as well.

    ``content`` holds `VERSION_FIELDS`; ``note`` says why. A draft takes the version over at once. A
    question that is drawn keeps its released version until `move` puts the new one in its place.

    Raises:
        pydantic.ValidationError: the payload does not fit its type.
        NotPossible: a text refers to a picture that does not exist; the case belongs to another skill.
    """
    version = _append(question, content, topic, author, note)
    if version and version.case:
        for sibling in _siblings(version):
            if sibling.stimulus != version.stimulus:
                changed = {name: getattr(sibling, name) for name in VERSION_FIELDS} | {"stimulus": version.stimulus}
                why = f"what the case {version.case} shares was changed with {version.question}"
                _append(sibling.question, changed, sibling.topic, author, why)
    return version


def _siblings(version: QuestionVersion) -> list[QuestionVersion]:
    """The newest versions of the other questions of a case that are not retired."""
    others = Question.objects.filter(organisation=version.question.organisation, versions__case=version.case)
    others = others.exclude(pk=version.question_id).exclude(status=Status.RETIRED).distinct()
    newest = (
        QuestionVersion.objects.filter(question__in=others)
        .select_related("question__skill", "topic")
        .order_by("question_id", "-number")
        .distinct("question_id")
    )
    siblings = [one for one in newest if one.case == version.case]
    for one in siblings:
        if one.question.skill_id != version.question.skill_id:
            raise NotPossible(f"The case {version.case} is about {one.question.skill}. Give this one another name.")
    return siblings


def _append(
    question: Question, content: dict[str, Any], topic: Topic | None, author: User, note: str
) -> QuestionVersion | None:
    question = Question.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=question.pk)
    payload = TYPES[content["type"]].load(content["payload"]).model_dump(mode="json")
    content = {"case": "", "stimulus": ""} | content
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
        raise NotPossible(_cannot(question, to))
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


@transaction.atomic
def move_many(*, questions: Sequence[Question], to: Status, by: User, note: str = "") -> dict[Question, str]:
    """Move several questions at once, in a fixed number of queries. Returns those that could not, with the reason.

    Raises:
        ValueError: the move is a release; each of those needs a look of its own.
    """
    if to in NEEDS_RELEASE:
        raise ValueError("questions are released one by one")
    locked = list(Question.objects.select_for_update().filter(pk__in=[one.pk for one in questions]).order_by("pk"))
    written = set(QuestionVersion.objects.filter(question__in=locked).values_list("question", flat=True).distinct())
    refused = {}
    for question in locked:
        if question.pk not in written:
            refused[question] = "This question has no text yet."
        elif (Status(question.status), to) not in MOVES:
            refused[question] = _cannot(question, to)
    moved = [question for question in locked if question not in refused]
    Question.objects.filter(pk__in=[one.pk for one in moved]).update(status=to, updated_at=timezone.now())
    QuestionEvent.objects.bulk_create(
        QuestionEvent(question=question, kind=f"moved to {to.value}", note=note, actor=by) for question in moved
    )
    return refused


def _cannot(question: Question, to: Status) -> str:
    return f"A question that is {question.get_status_display().lower()} cannot become {to.value}."


def _hash(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
