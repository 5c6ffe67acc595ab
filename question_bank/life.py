"""Which moves a person is offered for a question, and why one is not possible."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User
from question_bank.access import may, releasers
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
_DOES: dict[Status, str] = {
    Status.IN_REVIEW: "Whoever may release it finds it in the review queue.",
    Status.LIVE: "Candidates get it, and it counts.",
    Status.PILOT: "Candidates get it, timed and marked, but it does not count yet.",
    Status.DRAFT: "To send it back, say in the note what to change.",
    Status.RETIRED: "Nobody gets it any more. Answers and scores stay.",
}
_ORDER = (Status.IN_REVIEW, Status.LIVE, Status.PILOT, Status.DRAFT, Status.RETIRED)


@dataclass(frozen=True, slots=True)
class Offer:
    """One button. ``does``: what follows; ``hindrance``: why it cannot be pressed, empty where it can."""

    to: Status
    label: str
    does: str
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
            found.append(Offer(to, label, _DOES[to], hindrance))
    return found


def next_step(user: User, question: Question, newest: QuestionVersion | None) -> str:
    """What happens next to a question and who does it, in words for this person."""
    status = Status(question.status)
    waits = status in NEEDS_RELEASE and newest is not None and question.current_id != newest.pk
    if newest is None or status is Status.RETIRED:
        return "Nobody gets this question."
    if status is Status.DRAFT:
        if may(user, "edit_questions", question.organisation_id):
            return "Your turn: preview it, repair what the linter says, then submit it for review."
        return "It is being written. Its author submits it when it is ready."
    if status is Status.LIVE and not waits:
        return "Candidates get it, and it counts. A change makes a new version that somebody else releases."
    if status is Status.PILOT and not waits:
        task = "It is tried out: asked and timed, not counted. With enough answers, Performance shows how it does"
        return f"{task}; then {_who_releases(user, question, newest)} can release it for scoring."
    if _releases(user, question, newest):
        return "Your turn: answer it in the preview, comment on it under Review, then release it or send it back."
    return f"Waiting for a second pair of eyes: {_who_releases(user, question, newest)} can release it."


def _releases(user: User, question: Question, newest: QuestionVersion) -> bool:
    return newest.author_id != user.pk and may(user, "release_questions", question.organisation_id)


def _who_releases(user: User, question: Question, newest: QuestionVersion) -> str:
    if _releases(user, question, newest):
        return "you"
    names = [one.get_full_name() for one in releasers(question.organisation_id) if one != newest.author]
    if not names:
        return "nobody yet; once an owner of the team makes somebody a reviewer, that person"
    return " or ".join(names[:3]) if len(names) <= 3 else f"{', '.join(names[:3])} or one of {len(names) - 3} others"
