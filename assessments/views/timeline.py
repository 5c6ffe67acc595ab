"""What happened to an invitation, in the order in which it happened."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from accounts.models import User
from assessments.listing import ListedInvitation, Stage
from assessments.models import Attempt, AttemptEvent, AttemptExtension, ExtensionKind, Invitation
from assessments.states import State
from assessments.templatetags.durations import seconds_in_words

ENDED_BY = {"candidate": "Handed in by the candidate", "deadline": "Ended by the clock"}


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry; ``at`` None where it is still to come, ``bad`` where somebody has to look."""

    at: datetime.datetime | None
    label: str
    note: str = ""
    bad: bool = False


def timeline_of(invitation: Invitation, row: ListedInvitation, *, granted: bool) -> list[Moment]:
    """Past moments by time, then what is awaited; attempts that were set aside included. Five queries at most.

    ``granted``: whether the reader may know what time the person was given.
    """
    by = invitation.created_by.get_full_name() if invitation.created_by else ""
    moments = [Moment(invitation.created_at, "Invited", f"by {by}" if by else ""), _mail(invitation)]
    if invitation.opened_at:
        moments.append(Moment(invitation.opened_at, "Link opened"))
    for each in invitation.attempts.select_related("version", "score").order_by("pk"):
        moments += _attempt_moments(each, granted=granted)
    if invitation.revoked_at:
        moments.append(Moment(invitation.revoked_at, "Withdrawn"))
    if row.stage == Stage.EXPIRED:
        moments.append(Moment(invitation.expires_at, "Expired", "The assessment was not started."))
    return sorted(moments, key=lambda m: (m.at is None, m.at or invitation.created_at))


def _mail(invitation: Invitation) -> Moment:
    if invitation.mail_problem:
        return Moment(None, "Mail not sent", f"{invitation.mail_problem}. It is tried again by itself.", bad=True)
    if invitation.mailed_at:
        return Moment(invitation.mailed_at, "Mail sent", f"to {invitation.candidate.email}")
    if invitation.mail_wanted_at and not invitation.revoked_at:
        return Moment(None, "Mail on its way", "It goes out within a minute.")
    return Moment(invitation.created_at, "No mail", "The link was to be handed over by hand.")


def _attempt_moments(attempt: Attempt, *, granted: bool) -> list[Moment]:
    moments = [Moment(attempt.started_at, "Started", f"version {attempt.version.number}")]
    if granted:
        moments += [
            _given(extension) for extension in attempt.extensions.exclude(seconds=0).select_related("granted_by")
        ]
    for event in attempt.events.filter(kind__in=("moved", "handed_in")).select_related("actor").order_by("pk"):
        moment = _of_event(event, attempt)
        moments += [moment] if moment else []
    if attempt.state == State.SUBMITTED:
        moments.append(Moment(None, "Waiting for the score", "Usually a few seconds."))
    for score in attempt.scores.order_by("number"):
        note = f"score {score.number}: {score.reason}" if score.number > 1 else "score 1"
        moments.append(Moment(score.created_at, "Scored", note))
    return moments


def _given(extension: AttemptExtension) -> Moment:
    by = "the candidate" if extension.kind == ExtensionKind.PAUSE else _name(extension.granted_by)
    label = f"{seconds_in_words(extension.seconds)} added"
    return Moment(extension.created_at, label, f"by {by}: {extension.reason}")


def _of_event(event: AttemptEvent, attempt: Attempt) -> Moment | None:
    """What a move or a handed-in file reads as; None for moves that follow by themselves."""
    by, data = _name(event.actor), event.data
    if event.kind == "handed_in":
        return Moment(event.at, "Answers handed in by file", f"by {by}: {data.get('answers', 0)} taken over")
    if data.get("to") == State.SUBMITTED:
        # Stamped with the deadline where the clock ended it, which the sweep notices a little later.
        at = min(event.at, attempt.submitted_at) if attempt.submitted_at else event.at
        return Moment(at, "Finished", ENDED_BY.get(data.get("by", ""), ""))
    if data.get("to") == State.IN_PROGRESS:
        return Moment(event.at, "Opened again", f"by {by}: {data.get('reason', '')}")
    if data.get("to") == State.VOIDED:
        return Moment(event.at, "Set aside", f"by {by}: {data.get('reason', '')}", bad=True)
    return None


def _name(user: User | None) -> str:
    return (user.get_full_name() or user.email) if user else "the team"
