"""What happened to an invitation, in the order in which it happened."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from assessments.listing import ListedInvitation, Stage
from assessments.models import Attempt, Invitation

ENDED_BY = {"candidate": "Handed in by the candidate", "deadline": "Ended by the clock"}


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry; ``at`` None where it is still to come, ``bad`` where somebody has to look."""

    at: datetime.datetime | None
    label: str
    note: str = ""
    bad: bool = False


def timeline_of(invitation: Invitation, row: ListedInvitation, attempt: Attempt | None) -> list[Moment]:
    """Past moments by time, then what is awaited. Three queries at most."""
    by = invitation.created_by.get_full_name() if invitation.created_by else ""
    moments = [Moment(invitation.created_at, "Invited", f"by {by}" if by else ""), _mail(invitation)]
    if invitation.opened_at:
        moments.append(Moment(invitation.opened_at, "Link opened"))
    if attempt:
        moments += _attempt_moments(attempt)
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


def _attempt_moments(attempt: Attempt) -> list[Moment]:
    moments = [Moment(attempt.started_at, "Started", f"version {attempt.version.number}")]
    for extension in attempt.extensions.select_related("granted_by").order_by("pk"):
        by = extension.granted_by.get_full_name() if extension.granted_by else "the team"
        minutes = round(extension.seconds / 60)
        moments.append(Moment(extension.created_at, f"{minutes} minutes added", f"by {by}: {extension.reason}"))
    if attempt.submitted_at:
        moments.append(Moment(attempt.submitted_at, "Finished", ENDED_BY.get(attempt.ended_by, "")))
        if attempt.score is None:
            moments.append(Moment(None, "Waiting for the score", "Usually a few seconds."))
    if attempt.score:
        moments.append(Moment(attempt.score.created_at, "Scored", f"score {attempt.score.number}"))
    return moments
