"""Whatever happens in whatever order: acknowledged is stored, the newest is scored, promised time is given."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.errors import NotPossible
from accounts.models import Organisation, User
from assessments.models import Assessment, Attempt, AttemptItem, Response
from assessments.services.extend import extend
from assessments.services.intervene import reopen
from assessments.services.save_answer import Saved, save_answer
from assessments.services.score import score_attempt
from assessments.services.submit import close_overdue, submit_attempt
from assessments.states import State
from tests.factories import make_invitation
from tests.walkthrough import Walkthrough

pytestmark = pytest.mark.django_db

POSITIONS = st.integers(1, 3)
VALUES = st.integers(0, 3)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("save"), POSITIONS, VALUES),
        st.tuples(st.just("stale save"), POSITIONS, VALUES),
        st.tuples(st.just("lost reply"), POSITIONS, VALUES),
        st.tuples(st.just("extend"), st.integers(1, 600)),
        st.tuples(st.just("submit")),
        st.tuples(st.just("time passes")),
        st.tuples(st.just("sweep")),
        st.tuples(st.just("score")),
        st.tuples(st.just("reopen")),
    ),
    max_size=25,
)


class Page:
    """What a candidate's page believes, and what it was told is saved."""

    def __init__(self, sitting: Walkthrough, by: User) -> None:
        self.attempt, self.by = sitting.attempt, by
        items = AttemptItem.objects.filter(attempt=self.attempt).select_related("question_version")
        self.items = dict(enumerate(items, start=1))
        self.revision = dict.fromkeys(self.items, 0)
        self.acknowledged: dict[int, dict[int, Any]] = {n: {} for n in self.items}
        assert self.attempt.closes_at is not None
        self.promised = self.attempt.closes_at

    def answer(self, position: int, value: int) -> dict[str, Any]:
        if self.items[position].question_version.type == "numeric":
            return {"value": float(value), "typed": str(value)}
        return {"options": [f"option-{value}"]}

    def save(self, position: int, value: int, revision: int) -> None:
        answer = self.answer(position, value)
        open_before = self.open()
        result = save_answer(
            attempt=self.attempt.public_id, position=self.items[position].position, answer=answer, revision=revision
        )
        if result.outcome is Saved.SAVED:
            assert open_before
            self.acknowledged[position][result.revision] = answer
        if result.stored:
            self.revision[position] = result.revision

    def open(self) -> bool:
        self.attempt.refresh_from_db()
        deadline = self.attempt.deadline()
        grace = datetime.timedelta(seconds=6)
        return self.attempt.state == State.IN_PROGRESS and deadline + grace > timezone.now()

    def step(self, name: str, *values: int) -> None:
        if name == "save":
            self.save(values[0], values[1], self.revision[values[0]])
        elif name == "stale save":
            self.save(values[0], values[1], self.revision[values[0]] - 1 if self.revision[values[0]] else 7)
        elif name == "lost reply":
            held = self.revision[values[0]]
            self.save(values[0], values[1], held)
            self.revision[values[0]] = held
            self.save(values[0], values[1], held)
        elif name == "extend":
            self.try_(lambda: extend(attempt=self.attempt, seconds=values[0], reason="r", by=self.by), values[0])
        elif name == "submit":
            submit_attempt(attempt=Attempt.objects.get(pk=self.attempt.pk))
        elif name == "time passes":
            past = timezone.now() - datetime.timedelta(hours=2)
            Attempt.objects.filter(pk=self.attempt.pk).update(closes_at=past)
            self.promised = past
            for extension in self.attempt.extensions.all():
                self.promised += datetime.timedelta(seconds=extension.seconds)
        elif name == "sweep":
            close_overdue()
        elif name == "score":
            score_attempt(self.attempt.pk)
        elif name == "reopen":
            self.try_(lambda: reopen(attempt=self.attempt, seconds=600, reason="r", by=self.by), 0)

    def try_(self, act: Any, seconds: int) -> None:
        try:
            act()
        except NotPossible:
            return
        self.promised += datetime.timedelta(seconds=seconds)

    def check(self) -> None:
        for position, item in self.items.items():
            stored = dict(Response.objects.filter(item=item).values_list("revision", "answer"))
            assert stored == self.acknowledged[position]
            assert sorted(stored) == list(range(1, len(stored) + 1))
        self.attempt.refresh_from_db()
        assert self.attempt.deadline() >= self.promised


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_acknowledged_is_stored_and_scored_and_time_is_given(
    steps: list[tuple[Any, ...]], assessment: Assessment, organisation: Organisation, owner: User
) -> None:
    page = Page(Walkthrough(make_invitation(organisation, assessment)).start(), owner)
    for step in steps:
        page.step(*step)
        page.check()
    submit_attempt(attempt=Attempt.objects.get(pk=page.attempt.pk))
    score_attempt(page.attempt.pk)
    page.attempt.refresh_from_db()
    assert page.attempt.score is not None
    marks = {mark.item_id: mark for mark in page.attempt.score.marks.select_related("response", "item")}
    for position, item in page.items.items():
        newest = max(page.acknowledged[position], default=0)
        response = marks[item.pk].response
        assert (response.revision if response else 0) == newest
        expected = page.acknowledged[position].get(newest)
        version = item.question_version
        assert marks[item.pk].mark == version.question_type.mark(version.loaded_payload(), expected)


def test_a_wrong_clock_of_the_web_server_moves_no_deadline(
    assessment: Assessment, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    sitting = Walkthrough(make_invitation(organisation, assessment)).start()
    real = timezone.now
    for minutes in (5, -5):
        monkeypatch.setattr(timezone, "now", lambda: real() + datetime.timedelta(minutes=minutes))  # noqa: B023
        last = sitting.answer(1, right=minutes > 0, revision=1 if minutes < 0 else 0).last
        assert last is not None
        assert last.outcome is Saved.SAVED
        assert last.remaining_ms is not None
        assert 29 * 60_000 < last.remaining_ms <= 30 * 60_000
    ends = real() + datetime.timedelta(seconds=-60)
    Attempt.objects.filter(pk=sitting.attempt.pk).update(closes_at=ends)
    monkeypatch.setattr(timezone, "now", lambda: real() - datetime.timedelta(minutes=5))
    assert sitting.answer(2).last.outcome is Saved.CLOSED  # type: ignore[union-attr]
    assert close_overdue() == [sitting.attempt.pk]
