"""Starting an attempt: everything is pinned at this moment."""

from __future__ import annotations

import datetime
import secrets
from dataclasses import dataclass

from django.db import connection, transaction

from accounts.errors import NotPossible
from accounts.models import User
from assessments.accommodations import accommodation_of
from assessments.assembly import PoolTooSmall, draw
from assessments.clock import database_now
from assessments.definition import Definition, Navigation
from assessments.models import (
    Assessment,
    AssessmentVersion,
    Attempt,
    AttemptEvent,
    AttemptItem,
    Candidate,
    Invitation,
)
from assessments.names import one_line
from assessments.pilots import Form, mix_in
from assessments.services.publish import pilots_for, pool_for
from assessments.states import State


@dataclass(frozen=True, slots=True)
class Started:
    """The attempt, and whether this call made it."""

    attempt: Attempt
    created: bool


@transaction.atomic
def start_invited(*, invitation: Invitation, name: str = "", browser: str = "") -> Started:
    """Start the attempt of an invitation, or give back the one that it already has.

    Two clicks, two tabs or thirty requests at once yield one attempt: starts of one person are
    taken one after the other by a lock on the candidate's row. ``browser``: see `integrity.note_browser`.

    Raises:
        NotPossible: withdrawn, expired, not open yet, or nothing is published.
    """
    invitation = (
        Invitation.objects.select_for_update(of=("candidate",))
        .select_related("candidate", "assessment__published", "assessment__organisation")
        .get(pk=invitation.pk)
    )
    candidate = invitation.candidate
    existing = attempt_of(invitation)
    if existing:
        return Started(existing, created=False)
    now = database_now()
    _refuse_outside_window(invitation, now)
    if candidate.attempts.filter(assessment=invitation.assessment, state=State.IN_PROGRESS).exists():
        raise NotPossible("You are taking this assessment already. Open the earlier link to go on with it.")
    if name and not candidate.name:
        candidate.name = one_line(name)
        candidate.save(update_fields=["name"])
    version = _published(invitation.assessment)
    closes_at = closing_time(version.loaded(), now, invitation)
    return create_attempt(candidate, invitation.assessment, version, now, closes_at, invitation, browser=browser)


def attempt_of(invitation: Invitation) -> Attempt | None:
    """The newest attempt of an invitation that was not set aside."""
    # Not by key: the database could then go through all attempts, from the newest, in search of one that is not there.
    return invitation.attempts.exclude(state=State.VOIDED).order_by("-started_at", "-id").first()


@transaction.atomic
def start_self(*, assessment: Assessment, user: User, browser: str = "") -> Started:
    """Start a self-assessment of a signed-in person, or give back the one that is running.

    Raises:
        NotPossible: not open to everybody, or taken too recently.
    """
    if not assessment.open_to_all or assessment.archived_at:
        raise NotPossible("This assessment is not open for self-assessment.")
    Candidate.objects.get_or_create(
        user=user, organisation=None, defaults={"email": user.email, "name": user.get_full_name()}
    )
    candidate = Candidate.objects.select_for_update().get(user=user, organisation=None)
    running = candidate.attempts.filter(assessment=assessment, state=State.IN_PROGRESS).first()
    if running:
        return Started(running, created=False)
    version = _published(assessment)
    now = database_now()
    last = candidate.attempts.filter(assessment=assessment).exclude(state=State.VOIDED).order_by("-id").first()
    if last and version.loaded().retake_after_days:
        again = last.started_at + datetime.timedelta(days=version.loaded().retake_after_days)
        if now < again:
            raise NotPossible(
                f"You took this assessment recently. You can take it again from {again:%-d %B %Y %H:%M} UTC."
            )
    closes_at = closing_time(version.loaded(), now, None)
    return create_attempt(candidate, assessment, version, now, closes_at, None, browser=browser)


def closing_time(
    definition: Definition, now: datetime.datetime, invitation: Invitation | None
) -> datetime.datetime | None:
    """The deadline of an attempt that starts now; None where untimed. Shown before the start, stored at it."""
    limit = definition.time_limit_minutes
    granted = accommodation_of(invitation.candidate if invitation else None, invitation)
    if limit is None or granted.untimed:
        ends = None
    else:
        ends = now + datetime.timedelta(minutes=limit * float(granted.time_factor))
    if definition.window_cuts_time and invitation:
        ends = min(ends, invitation.expires_at) if ends else invitation.expires_at
    return ends


def _refuse_outside_window(invitation: Invitation, now: datetime.datetime) -> None:
    if invitation.revoked_at:
        raise NotPossible("This invitation was withdrawn. Ask the person who invited you for a new one.")
    if invitation.opens_at and now < invitation.opens_at:
        raise NotPossible(f"This invitation opens on {invitation.opens_at:%-d %B %Y at %H:%M} UTC.")
    if now > invitation.expires_at:
        raise NotPossible("This invitation has expired. Ask the person who invited you for a new one.")


def _published(assessment: Assessment) -> AssessmentVersion:
    if assessment.published is None:
        raise NotPossible("This assessment is not ready yet. Ask the person who invited you.")
    return assessment.published


def create_attempt(
    candidate: Candidate,
    assessment: Assessment,
    version: AssessmentVersion,
    now: datetime.datetime,
    closes_at: datetime.datetime | None,
    invitation: Invitation | None,
    form: Form | None = None,
    rehearsal: dict[str, str] | None = None,
    browser: str = "",
) -> Started:
    """Make the attempt and its items. ``form``: these questions instead of drawn ones; ``rehearsal``: see there."""
    definition = version.loaded()
    seed = secrets.randbits(62)
    granted = accommodation_of(candidate, invitation)
    form = form or _draw(definition, assessment, seed, candidate)
    attempt = Attempt.objects.create(
        candidate=candidate,
        assessment=assessment,
        version=version,
        invitation=invitation,
        seed=seed,
        question_count=len(form.questions),
        time_factor=granted.time_factor,
        untimed=granted.untimed,
        rehearsal=rehearsal is not None,
        started_at=now,
        closes_at=closes_at,
        consented_at=now,
    )
    _create_items(attempt, definition, form)
    events = [AttemptEvent(attempt=attempt, kind="started", data={"version": version.number, **(rehearsal or {})})]
    if browser:
        events.append(AttemptEvent(attempt=attempt, kind="browser", data={"hash": browser}))
    AttemptEvent.objects.bulk_create(events)
    return Started(attempt, created=True)


def _draw(definition: Definition, assessment: Assessment, seed: int, candidate: Candidate) -> Form:
    seen = frozenset(
        AttemptItem.objects.filter(attempt__candidate=candidate).values_list("question_version__question_id", flat=True)
    )
    pool = pool_for(assessment.organisation, definition.skills, by_people=candidate.organisation_id is not None)
    try:
        drawn = draw(definition, pool, seed, seen)
    except PoolTooSmall as error:
        raise NotPossible("This assessment cannot be started: the question bank changed meanwhile. "
                          f"Tell the person who invited you: {error}.") from error  # fmt: skip
    if not definition.pilot_questions:
        return Form(tuple(drawn))
    return mix_in(drawn, definition, pilots_for(assessment.organisation, definition.skills), seed, seen)


# Written down, for everybody starts at the same moment: the rows as objects took four times as long.
_ITEMS = """
INSERT INTO assessments_attemptitem
    (attempt_id, position, section, question_version_id, skill_id, one_way, counted, flagged)
SELECT %s, item.*, false
FROM unnest(%s::smallint[], %s::smallint[], %s::bigint[], %s::bigint[], %s::boolean[], %s::boolean[]) AS item
"""


def _create_items(attempt: Attempt, definition: Definition, form: Form) -> None:
    one_way = [section.navigation is Navigation.ONE_WAY for section in definition.sections]
    rows = [
        (
            position,
            drawn.section,
            drawn.question.version,
            drawn.question.skill_id,
            one_way[drawn.section],
            drawn.question.question not in form.on_trial,
        )
        for position, drawn in enumerate(form.questions, start=1)
    ]
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, [attempt.pk, *(list(column) for column in zip(*rows, strict=True))])


__all__ = ["Started", "attempt_of", "closing_time", "create_attempt", "start_invited", "start_self"]
