"""Forgetting: after the promised time nothing says any more who took an assessment.

Scores, marks, times and the answers that a key marks stay without a name, so that the statistics of questions keep
their data. What people wrote in their own words goes, and so does what others wrote about them. Reports hold no names:
their pages read them from the candidate.
"""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.errors import NotPossible
from assessments.clock import database_now
from assessments.models import (
    ERASED_DOMAIN,
    Attempt,
    AttemptEvent,
    AttemptExtension,
    Candidate,
    ExtensionKind,
    HandIn,
    Invitation,
    Marking,
    ProblemReport,
    Response,
)
from assessments.signals import candidate_erased
from assessments.states import State
from question_bank.types import TYPES


def due() -> list[int]:
    """Candidates for whom nothing happened in `RETENTION_DAYS` days and nothing is open any more."""
    before = database_now() - datetime.timedelta(days=settings.RETENTION_DAYS)
    recent = Attempt.objects.filter(candidate=OuterRef("pk"), started_at__gt=before)
    running = Attempt.objects.filter(candidate=OuterRef("pk"), state=State.IN_PROGRESS)
    invited = Invitation.objects.filter(candidate=OuterRef("pk"), expires_at__gt=before)
    return list(
        Candidate.objects.filter(~Exists(recent), ~Exists(running), ~Exists(invited), created_at__lt=before)
        .exclude(email__endswith=f"@{ERASED_DOMAIN}")
        .order_by("pk")
        .values_list("pk", flat=True)[:500]
    )


@transaction.atomic
def erase_on_request(*, attempt: Attempt) -> None:
    """Erase now what `erase_candidate` erases after the promised time; what was not started yet is withdrawn.

    Raises:
        NotPossible: the person is taking an assessment of the same team at the moment, or is erased already.
    """
    candidate = Candidate.objects.select_for_update().get(pk=attempt.candidate_id)
    if candidate.erased:
        raise NotPossible("Your name was erased already.")
    if candidate.attempts.filter(state=State.IN_PROGRESS).exists():
        raise NotPossible("You are taking an assessment at the moment. Hand it in first.")
    waiting = candidate.invitations.filter(attempts=None, revoked_at=None)
    waiting.update(revoked_at=database_now())
    AttemptEvent.objects.create(attempt=attempt, kind="erased", data={"by": "candidate"})
    erase_candidate(candidate.pk)


@transaction.atomic
def erase_candidate(candidate_id: int) -> None:
    """Take the name, the address and all free text of a candidate away. Running it again changes nothing."""
    candidate = Candidate.objects.select_for_update().get(pk=candidate_id)
    candidate.email = f"{candidate.public_id}@{ERASED_DOMAIN}"
    candidate.name = ""
    candidate.user = None
    candidate.save(update_fields=["email", "name", "user"])
    attempts = Attempt.objects.filter(candidate=candidate)
    attempts.update(candidate_comment="", receipt="")
    ProblemReport.objects.filter(item__attempt__in=attempts).delete()
    AttemptEvent.objects.filter(attempt__in=attempts, kind="browser").delete()
    candidate.invitations.update(message="", mail_problem="")
    _erase_own_words(attempts)
    _erase_words_about_them(attempts)
    candidate_erased.send(sender=Candidate, candidate_id=candidate.pk)


def _erase_own_words(attempts: QuerySet[Attempt]) -> None:
    """Answers that are free text, in every revision and in files that were handed in."""
    for kind in TYPES.values():
        if kind.erased is not None:
            theirs = Response.objects.filter(item__attempt__in=attempts, item__question_version__type=kind.slug)
            theirs.exclude(answer=None).update(answer=kind.erased)
    HandIn.objects.filter(attempt__in=attempts).update(answers={}, note="")


def _erase_words_about_them(attempts: QuerySet[Attempt]) -> None:
    """Comments of markers, and reasons that tell of one person: why there was more time, why an attempt was voided."""
    Marking.objects.filter(item__attempt__in=attempts).update(comment="")
    given = AttemptExtension.objects.filter(attempt__in=attempts)
    given.filter(kind__in=[ExtensionKind.GRANTED, ExtensionKind.REOPENED]).update(reason="")
    for event in AttemptEvent.objects.filter(attempt__in=attempts, data__has_key="reason"):
        AttemptEvent.objects.filter(pk=event.pk).update(data=event.data | {"reason": ""})
