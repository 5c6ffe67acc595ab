"""Forgetting: after the promised time nothing says any more who took an assessment.

Scores, answers and times stay without a name, so that the statistics of questions keep
their data. Reports hold no names: their pages read them from the candidate.
"""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.errors import NotPossible
from assessments.clock import database_now
from assessments.models import ERASED_DOMAIN, Attempt, AttemptEvent, Candidate, Invitation, ProblemReport
from assessments.signals import candidate_erased
from assessments.states import State


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
    candidate.invitations.update(message="")
    candidate_erased.send(sender=Candidate, candidate_id=candidate.pk)
