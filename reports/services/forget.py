"""What the reports room takes away when a person is erased: files, links and everything written about them."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils import timezone

from assessments.models import Attempt, Invitation
from reports.models import BuiltFile, Candidacy, CandidacyEvent, FileKind, ShareLink


def forget_candidate(sender: Any, candidate_id: int, **kwargs: Any) -> None:
    """Receiver of `candidate_erased`. That a decision was made stays, without the words about the person.

    Workbooks of a cohort that the person was in go as a whole; they can be ordered again, without the name.
    """
    attempts = Attempt.objects.filter(candidate=candidate_id)
    invitations = Invitation.objects.filter(candidate=candidate_id)
    workbooks = Q(kind=FileKind.COHORT_XLSX, assessment__in=invitations.values("assessment"))
    BuiltFile.objects.filter(Q(report__attempt__in=attempts) | workbooks).delete()
    ShareLink.objects.filter(report__attempt__in=attempts, revoked_at=None).update(revoked_at=timezone.now())
    Candidacy.objects.filter(invitation__in=invitations).update(tags=[])
    events = CandidacyEvent.objects.filter(candidacy__invitation__in=invitations)
    events.filter(kind__in=[CandidacyEvent.Kind.NOTE, CandidacyEvent.Kind.TAGS]).delete()
    events.update(text="")
