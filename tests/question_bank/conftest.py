"""Questions that the tests of the author's workplace write and change."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from accounts.models import Organisation, User
from question_bank.models import Question, Skill
from question_bank.services.questions import create_question
from tests.factories import make_skill

CHOICE = {
    "options": [
        {"id": "canary", "text": "Canary release", "correct": True, "rationale": "A small share goes first."},
        {"id": "shadow", "text": "Shadow deployment", "correct": False, "rationale": "Its answers reach nobody."},
        {"id": "rolling", "text": "Rolling update", "correct": False, "rationale": "No comparison group."},
    ],
    "shuffle": True,
}


def content(**changes: Any) -> dict[str, Any]:
    return {
        "type": "single_choice",
        "difficulty": 2,
        "expected_seconds": 60,
        "stem": "Which release lets **few** users try it first?",
        "payload": CHOICE,
        "explanation": "A canary takes a small share of the traffic.",
        "references": [{"title": "A true title", "url": "https://example.org/page"}],
        "interview_follow_up": "When would you not use one?",
        "checked_on": datetime.date(2026, 11, 1),
    } | changes


@pytest.fixture
def skill(db: None) -> Skill:
    return make_skill("deployment")


@pytest.fixture
def draft(organisation: Organisation, author: User, skill: Skill) -> Question:
    """A draft that the author wrote."""
    return create_question(
        organisation=organisation,
        external_id="deployment-canary",
        skill=skill,
        topic=skill.topics.get(position=0),
        content=content(),
        author=author,
    )
