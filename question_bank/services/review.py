"""Looking at questions together: comments on a version, and facts that are due for another look."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotPossible
from accounts.models import Membership, User
from question_bank.models import Question, QuestionEvent, QuestionVersion, Recheck, ReviewComment
from question_bank.states import NEEDS_RELEASE

MAX_COMMENT = 4000
QUEUE = "admin:question_bank_question_queue"


def add_comment(*, version: QuestionVersion, author: User, text: str) -> ReviewComment:
    """Append to the thread of a version.

    Raises:
        NotPossible: nothing was written.
    """
    text = text.replace("\0", "").strip()  # PostgreSQL stores no NUL
    if not text:
        raise NotPossible("Write what you want to say, then send it.")
    return ReviewComment.objects.create(version=version, author=author, text=text[:MAX_COMMENT])


def due_for_recheck(today: datetime.date) -> QuerySet[Question]:
    """Drawn questions whose facts were last checked, or confirmed, longer ago than `RECHECK_DAYS`."""
    limit = today - datetime.timedelta(days=settings.RECHECK_DAYS)
    lately = Recheck.objects.filter(version=F("question__current"), outcome="confirmed", closed_at__date__gte=limit)
    return (
        Question.objects.filter(status__in=NEEDS_RELEASE)
        .filter(Q(current__checked_on=None) | Q(current__checked_on__lt=limit))
        .exclude(pk__in=lately.values("question"))
    )


@transaction.atomic
def open_rechecks(today: datetime.date | None = None) -> list[Recheck]:
    """Open an entry for each question that is due and has none. Safe to run twice: one is open per question."""
    due = due_for_recheck(today or timezone.localdate()).exclude(
        pk__in=Recheck.objects.filter(closed_at=None).values("question")
    )
    rows = [Recheck(question_id=pk, version_id=version) for pk, version in due.values_list("pk", "current_id")]
    Recheck.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    return list(Recheck.objects.filter(closed_at=None, question__in=[row.question_id for row in rows]))


def tell_about_rechecks(opened: Sequence[Recheck]) -> int:
    """One mail to everybody who keeps the questions of an owner: how many are due, and where. Returns how many mails.

    Members who may edit hear of their organisation's questions, operators of the library's.
    """
    rows = Recheck.objects.filter(pk__in=[one.pk for one in opened])
    sent = 0
    for owner, count in rows.values_list("question__organisation").annotate(Count("pk")):
        body = render_to_string(
            "question_bank/mail/rechecks.txt",
            {"count": count, "days": settings.RECHECK_DAYS, "address": settings.SITE_URL + reverse(QUEUE)},
        )
        for address in _keepers(owner):
            send_mail(f"{count} question{'' if count == 1 else 's'} to check again", body, None, [address])
            sent += 1
    return sent


def _keepers(organisation_id: int | None) -> list[str]:
    if organisation_id is None:
        return list(User.objects.filter(is_superuser=True, is_active=True).values_list("email", flat=True))
    members = Membership.objects.filter(organisation=organisation_id, user__is_active=True).select_related("user")
    return [member.user.email for member in members if member.may("edit_questions")]


def close_overtaken() -> int:
    """Close entries that something else has settled: another version is drawn, or none at all."""
    now = timezone.now()
    waiting = Recheck.objects.filter(closed_at=None)
    renewed: Any = waiting.exclude(version=F("question__current")).filter(question__status__in=NEEDS_RELEASE)
    left: Any = waiting.exclude(question__status__in=NEEDS_RELEASE)
    return int(
        Recheck.objects.filter(pk__in=renewed.values("pk")).update(closed_at=now, outcome="renewed")
        + Recheck.objects.filter(pk__in=left.values("pk")).update(closed_at=now, outcome="left")
    )


@transaction.atomic
def confirm_facts(*, question: Question, by: User, note: str) -> Recheck:
    """Say that the facts of the drawn version still hold today. The wording stays as it is.

    Raises:
        NotPossible: nothing is due, or nothing was said about what was looked at.
    """
    note = " ".join(note.split())
    if not note:
        raise NotPossible("Say in a few words what you looked at, for example which sources.")
    found = Recheck.objects.select_for_update().filter(question=question, closed_at=None).first()
    if found is None:
        raise NotPossible("Somebody has settled this already.")
    found.closed_at, found.closed_by, found.outcome, found.note = timezone.now(), by, "confirmed", note[:2000]
    found.save(update_fields=["closed_at", "closed_by", "outcome", "note"])
    Question.objects.filter(pk=question.pk).update(linted_at=None)
    QuestionEvent.objects.create(question=question, kind="facts confirmed", note=note, actor=by)
    return found
