"""The practice run: two minutes on the real pages, with questions that never count.

It is an attempt like any other, of a stand-in who is nobody's candidate: so it appears in no list, no board and
no report, holds no name, and cannot touch the attempt that counts. It is never scored, and is deleted soon.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.errors import NotPossible
from accounts.models import User
from assessments.accommodations import Accommodation, accommodation_of
from assessments.assembly import DrawnQuestion, PoolQuestion
from assessments.clock import database_now
from assessments.models import Assessment, AssessmentVersion, Attempt, Candidate, Invitation
from assessments.pilots import Form
from assessments.services.start import create_attempt
from assessments.states import State
from question_bank.models import Question
from question_bank.services.load import load_packs, parse_files
from question_bank.taxonomy import CONTENT

SLUG = "practice-run"
PACK = CONTENT / "practice_run.yaml"
MINUTES = 2
STAND_IN_DOMAIN = "practice.invalid"
KEPT_HOURS = 24


@transaction.atomic
def load_rehearsal() -> bool:
    """Create or update the questions and the assessment; whether anything changed. Idempotent.

    The assessment is archived from the start: it is in no list, and nobody can be invited to it.
    """
    packs = parse_files([PACK])
    plan = load_packs(packs)
    lines = [{"skill": pack.skill, "count": len(pack.questions)} for pack in packs]
    section = {"title": "Practice run", "blueprint": lines, "shuffle_questions": False}
    draft = {"time_limit_minutes": MINUTES, "sections": [section], "feedback": "receipt", "retake_after_days": 0}
    fields: dict[str, Any] = {"title": "Practice run", "summary": "Nothing here counts.", "group": "practice"}
    assessment, _ = Assessment.objects.update_or_create(
        organisation=None,
        slug=SLUG,
        defaults=fields,
        create_defaults={**fields, "draft": draft, "archived_at": timezone.now()},
    )
    assessment.draft = draft
    definition = assessment.draft_definition()
    if assessment.published and assessment.published.definition == definition.model_dump(mode="json"):
        return bool(plan.new or plan.changed)
    assessment.published = AssessmentVersion.objects.create(
        assessment=assessment,
        number=assessment.versions.count() + 1,
        definition=definition.model_dump(mode="json"),
        question_count=definition.question_count,
    )
    assessment.draft = assessment.published.definition
    assessment.save(update_fields=["draft", "published", "updated_at"])
    return True


def can_rehearse() -> bool:
    """Whether there is a practice run here: not where the library was not loaded. One small query."""
    return Assessment.objects.filter(organisation=None, slug=SLUG, published__isnull=False).exists()


def rehearsal_of() -> Assessment | None:
    """The assessment of the practice run; None where the library was not loaded. One query."""
    return (
        Assessment.objects.select_related("published")
        .filter(organisation=None, slug=SLUG, published__isnull=False)
        .first()
    )


@transaction.atomic
def rehearse_invited(*, invitation: Invitation) -> Attempt:
    """Start the practice run of an invited person with what they were granted, or go on with the one that runs.

    Raises:
        NotPossible: there is no practice run here.
    """
    locked = Invitation.objects.select_for_update(of=("self",)).select_related("candidate").get(pk=invitation.pk)
    granted = accommodation_of(locked.candidate, locked)
    return _rehearse(f"invitation-{locked.pk}", granted, {"invitation": str(invitation.public_id)})


@transaction.atomic
def rehearse_self(*, assessment: Assessment, user: User) -> Attempt:
    """As `rehearse_invited`, before a self-assessment.

    Raises:
        NotPossible: there is no practice run here.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    return _rehearse(f"user-{locked.pk}", Accommodation(), {"assessment": str(assessment.public_id)})


def _rehearse(whose: str, granted: Accommodation, back: dict[str, str]) -> Attempt:
    """``whose`` names the row that the caller has locked: two clicks make one. ``back``: for `leads_back_to`."""
    assessment = rehearsal_of()
    if assessment is None or assessment.published is None:
        raise NotPossible("There is no practice run here. Your assessment works without it.")
    stand_in, _ = Candidate.objects.update_or_create(
        organisation=None,
        user=None,
        email=f"{whose}@{STAND_IN_DOMAIN}",
        defaults={"time_factor": granted.time_factor, "untimed": granted.untimed},
    )
    now = database_now()
    for attempt in stand_in.attempts.all():
        deadline = attempt.deadline()
        if attempt.state == State.IN_PROGRESS and (deadline is None or now < deadline):
            return attempt
        attempt.delete()
    minutes = datetime.timedelta(minutes=MINUTES * float(granted.time_factor))
    closes_at = None if granted.untimed else now + minutes
    return create_attempt(
        stand_in, assessment, assessment.published, now, closes_at, None, form=_form(), rehearsal=back
    ).attempt


def _form() -> Form:
    """All practice questions, in the order of the file; none of them counts."""
    [pack] = parse_files([PACK])
    rows = Question.objects.filter(organisation=None, external_id__in=[question.id for question in pack.questions])
    found = {question.external_id: question for question in rows.select_related("current", "skill")}
    ordered = [found[question.id] for question in pack.questions]
    pool = (
        PoolQuestion(q.pk, q.current.pk, q.skill.slug, q.current.difficulty, q.current.topic_id, q.skill_id)
        for q in ordered
        if q.current is not None
    )
    drawn = tuple(DrawnQuestion(0, question) for question in pool)
    return Form(drawn, on_trial=frozenset(q.pk for q in ordered))


def leads_back_to(attempt: Attempt) -> Invitation | Assessment | None:
    """What a practice run was the practice for; None where that is gone."""
    data = attempt.events.filter(kind="started").values_list("data", flat=True).first() or {}
    if "invitation" in data:
        return Invitation.objects.filter(public_id=data["invitation"]).first()
    return Assessment.objects.filter(public_id=data["assessment"]).first() if "assessment" in data else None


def old_rehearsals() -> list[int]:
    """Stand-ins whose practice run is over long enough to be forgotten."""
    before = database_now() - datetime.timedelta(hours=KEPT_HOURS)
    old = Candidate.objects.filter(organisation=None, user=None, email__endswith=f"@{STAND_IN_DOMAIN}")
    return list(old.exclude(attempts__started_at__gt=before).order_by("pk").values_list("pk", flat=True)[:1000])


@transaction.atomic
def delete_rehearsal(candidate_id: int) -> None:
    """Delete a stand-in and the practice runs. Running it again changes nothing."""
    Attempt.objects.filter(candidate=candidate_id, rehearsal=True).delete()
    Candidate.objects.filter(pk=candidate_id, attempts=None).delete()
