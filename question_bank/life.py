"""Which moves a person is offered for a question, and why one is not possible."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User
from question_bank.access import may
from question_bank.models import Question, QuestionVersion
from question_bank.states import MOVES, NEEDS_RELEASE, Status

_LABELS: dict[tuple[Status, Status], str] = {
    (Status.DRAFT, Status.IN_REVIEW): "Submit for review",
    (Status.IN_REVIEW, Status.DRAFT): "Send back to draft",
    (Status.IN_REVIEW, Status.PILOT): "Release as pilot",
    (Status.IN_REVIEW, Status.LIVE): "Release",
    (Status.PILOT, Status.LIVE): "Release for scoring",
    (Status.RETIRED, Status.IN_REVIEW): "Bring back for review",
}
_ORDER = (Status.IN_REVIEW, Status.LIVE, Status.PILOT, Status.DRAFT, Status.RETIRED)


@dataclass(frozen=True, slots=True)
class Offer:
    """One button. ``hindrance``: why it cannot be pressed, in words; empty where it can."""

    to: Status
    label: str
    needs_note: bool
    hindrance: str = ""


def allowed(user: User, question: Question, to: Status) -> bool:
    """Whether the person's rights cover this move; whether the move is possible is the service's matter."""
    owner = question.organisation_id
    if to in NEEDS_RELEASE:
        return may(user, "release_questions", owner)
    if to is Status.IN_REVIEW:
        return may(user, "edit_questions", owner)
    return may(user, "edit_questions", owner) or may(user, "release_questions", owner)


def offers(user: User, question: Question, newest: QuestionVersion | None) -> list[Offer]:
    """The buttons for this person, in the order in which they are usually wanted."""
    now = Status(question.status)
    if newest is None:
        return []
    found = []
    for to in _ORDER:
        waits = to is now and to in NEEDS_RELEASE and question.current_id != newest.pk
        if ((now, to) in MOVES or waits) and allowed(user, question, to):
            label = f"Release version {newest.number}" if waits else _LABELS.get((now, to), "Retire")
            own = to in NEEDS_RELEASE and newest.author_id == user.pk
            hindrance = "Somebody else has to release what you wrote." if own else ""
            found.append(Offer(to, label, (now, to) == (Status.IN_REVIEW, Status.DRAFT), hindrance))
    return found
