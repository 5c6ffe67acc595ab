"""Answers that came by file, because nothing got through while the attempt ran.

The page writes the file with a key of this one attempt, so a file from elsewhere or changed by hand is
noticed. A person decides to hand it in; it is logged, and shown as late.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.errors import NotPossible
from accounts.models import User
from assessments.models import Attempt, AttemptEvent, AttemptItem, DatabaseNow, HandIn, Response
from assessments.pinned import pinned_question
from assessments.services.score import rescore
from assessments.services.submit import newest_responses
from assessments.states import HANDED_IN, WITH_SCORE
from question_bank.types.base import AnswerError

MAX_BYTES = 1_000_000
REASON = "answers handed in by file"
VERSION = 1


def file_key(attempt: Attempt) -> str:
    """The key with which the page signs its file: of this attempt alone, hex."""
    message = f"hand-in:{attempt.public_id}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()


def read_file(attempt: Attempt, data: bytes) -> dict[str, Any]:
    """Check a file and return its content: ``written_at`` (ISO) and ``answers`` ({position: {field: [values]}}).

    Raises:
        NotPossible: not such a file, of another attempt, or changed after it was written.
    """
    if len(data) > MAX_BYTES:
        raise NotPossible("This file is too large to be one of ours.")
    try:
        outer = json.loads(data)
        body, signature = outer["body"], outer["signature"]
        content = json.loads(body)
        written_at = datetime.datetime.fromisoformat(content["written_at"])
        answers = {int(position): dict(fields) for position, fields in content["answers"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotPossible("This is not a file of answers from an assessment.") from error
    if content.get("attempt") != str(attempt.public_id):
        raise NotPossible("This file belongs to another attempt.")
    expected = hmac.new(bytes.fromhex(file_key(attempt)), str(body).encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, str(signature)) or written_at.tzinfo is None:
        raise NotPossible("This file was changed after the page wrote it.")
    return {"written_at": written_at, "answers": answers}


@transaction.atomic
def hand_in(*, attempt: Attempt, data: bytes, note: str, by: User) -> HandIn:
    """Take over the answers of a file that differ from the stored ones, as late revisions.

    An attempt that was scored is scored again in the same transaction: there is no moment at which the answers are
    in and the score does not know it.

    Raises:
        NotPossible: as `read_file`; the attempt still runs or was set aside; no note.
    """
    if not note.strip():
        raise NotPossible("Say in the note why the file is handed in.")
    attempt = Attempt.objects.select_for_update(of=("self",)).get(pk=attempt.pk)
    if attempt.state not in HANDED_IN:
        raise NotPossible("A file can be handed in after the attempt has ended, and not for one that was set aside.")
    content = read_file(attempt, data)
    newest = {response.item_id: response for response in newest_responses(attempt)}
    taken_over = 0
    for item in AttemptItem.objects.filter(attempt=attempt, position__in=content["answers"]):
        answer = _cleaned(attempt, item, content["answers"][item.position])
        stored = newest.get(item.pk)
        if answer is None or (stored and stored.answer == answer):
            continue
        Response.objects.create(
            item=item,
            revision=stored.revision + 1 if stored else 1,
            answer=answer,
            saved_at=DatabaseNow(),
            late=True,
        )
        taken_over += 1
    AttemptEvent.objects.create(attempt=attempt, kind="handed_in", data={"answers": taken_over}, actor=by)
    handed = HandIn.objects.create(
        attempt=attempt,
        answers=content["answers"],
        written_at=content["written_at"],
        taken_over=taken_over,
        note=note.strip(),
        by=by,
    )
    if taken_over and attempt.state in WITH_SCORE:
        rescore(attempt=attempt, reason=REASON, actor=by)
    return handed


def _cleaned(attempt: Attempt, item: AttemptItem, fields: dict[str, Any]) -> dict[str, Any] | None:
    """The answer that the fields hold; None where they hold none."""
    question, seed = pinned_question(item.question_version_id), item.seed(attempt)
    raw = {str(name): [str(value) for value in values] for name, values in fields.items()}
    try:
        return question.kind.clean(question.kind.asked(question.payload, seed), raw, seed)
    except AnswerError:
        return None
