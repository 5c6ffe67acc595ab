"""Answering what candidates reported about questions."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.errors import NotPossible
from accounts.models import User
from assessments.models import ProblemReport
from question_bank.models import QuestionEvent


@transaction.atomic
def resolve_problem(*, report: ProblemReport, by: User, words: str) -> None:
    """Say what became of a report; the history of the question keeps it, too.

    Raises:
        NotPossible: nothing was said, or somebody else was faster.
    """
    words = words.replace("\0", "").strip()[:2000]
    if not words:
        raise NotPossible("Say what became of it: what was changed, or why nothing was.")
    waiting = ProblemReport.objects.filter(pk=report.pk, resolved_at=None)
    if not waiting.update(resolved_at=timezone.now(), resolved_by=by, resolution=words):
        raise NotPossible("Somebody else has answered this meanwhile.")
    question = report.item.question_version.question
    QuestionEvent.objects.create(question=question, kind="answered a candidate's report", note=words, actor=by)
