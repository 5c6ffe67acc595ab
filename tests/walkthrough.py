"""An attempt as a story: ``start().answer(1).answer(2, right=False).submit().score()``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assessments.models import Attempt, AttemptItem, Invitation, ItemMark, Score
from assessments.services.navigate import shown
from assessments.services.save_answer import SaveResult, save_answer
from assessments.services.score import score_attempt
from assessments.services.start import start_invited
from assessments.services.submit import submit_attempt
from tests.factories import right_answer, wrong_answer


class Walkthrough:
    """Takes one attempt through the services. ``last`` is the newest save's result."""

    def __init__(self, invitation: Invitation) -> None:
        self.invitation = invitation
        self.last: SaveResult | None = None

    def start(self) -> Walkthrough:
        self.attempt: Attempt = start_invited(invitation=self.invitation).attempt
        return self

    def item(self, position: int) -> AttemptItem:
        return AttemptItem.objects.select_related("question_version").get(attempt=self.attempt, position=position)

    def see(self, position: int) -> Walkthrough:
        shown(attempt=self.attempt, position=position)
        return self

    def answer(self, position: int, *, right: bool = True, revision: int = 0) -> Walkthrough:
        make: Callable[[AttemptItem], dict[str, Any]] = right_answer if right else wrong_answer
        return self.save(position, make(self.item(position)), revision)

    def save(self, position: int, answer: dict[str, Any] | None, revision: int) -> Walkthrough:
        self.last = save_answer(attempt=self.attempt.public_id, position=position, answer=answer, revision=revision)
        return self

    def submit(self, by: str = "candidate") -> Walkthrough:
        submit_attempt(attempt=self.attempt, ended_by=by)
        return self

    def score(self) -> Score:
        score = score_attempt(self.attempt.pk)
        assert score is not None
        self.attempt.refresh_from_db()
        return score

    def marks(self) -> dict[int, ItemMark]:
        assert self.attempt.score is not None
        return {mark.item.position: mark for mark in self.attempt.score.marks.select_related("item")}
