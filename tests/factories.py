"""Plain functions that make rows for tests, through the services where there is one."""

from __future__ import annotations

import datetime
import itertools
from typing import Any

from django.utils import timezone

from accounts.models import Membership, Organisation, User
from accounts.roles import Role
from assessments.models import Assessment, Attempt, AttemptItem, Invitation
from assessments.services.invite import InvitationTerms, invite
from assessments.services.publish import publish
from assessments.services.start import start_invited
from question_bank.models import Domain, Question, QuestionVersion, Skill, Topic
from question_bank.states import Status
from question_bank.types import TYPES

_numbers = itertools.count(1)

SENTINEL = "SENTINEL-KEY"
"""Stands in every rationale, explanation, working and follow-up: no byte of it may reach a candidate."""


def make_user(email: str = "", **fields: Any) -> User:
    return User.objects.create_user(email or f"person{next(_numbers)}@example.org", "a-long-password", **fields)


def make_organisation(name: str) -> Organisation:
    return Organisation.objects.create(name=name, slug=f"team-{next(_numbers)}")


def make_member(organisation: Organisation, role: Role) -> User:
    user = make_user(f"{role.value}{next(_numbers)}@example.org", name=role.value.title())
    Membership.objects.create(user=user, organisation=organisation, role=role)
    return user


def choice_payload(number: int, *, several: bool = False) -> dict[str, Any]:
    keys = 2 if several else 1
    return {
        "options": [
            {
                "id": f"option-{index}",
                "text": f"Option {index} of question {number}",
                "correct": index < keys,
                "rationale": f"{SENTINEL} rationale {index}",
            }
            for index in range(4)
        ],
        "shuffle": True,
    }


def numeric_payload(number: int) -> dict[str, Any]:
    return {
        "answer": float(number) + 0.123456,
        "tolerance": 0.01,
        "unit": "ms",
        "near_misses": [{"value": 1e6, "rationale": f"{SENTINEL} near miss"}],
        "working": f"{SENTINEL} working",
    }


def sample_payload(type: str, number: int = 0) -> dict[str, Any]:
    """A sample of a type, with the sentinel, as it is stored."""
    stored: dict[str, Any] = spoiled(TYPES[type].load(TYPES[type].samples()[number].payload).model_dump(mode="json"))
    return stored


def spoiled(payload: Any) -> Any:
    """The same payload with the sentinel in every text that is for people who may see keys."""
    if isinstance(payload, dict):
        hidden = {"rationale", "working", "message"}
        return {k: f"{SENTINEL} {v}" if k in hidden else spoiled(v) for k, v in payload.items()}
    return [spoiled(value) for value in payload] if isinstance(payload, list) else payload


def make_question(
    skill: Skill,
    number: int,
    *,
    type: str = "single_choice",
    difficulty: int = 2,
    organisation: Any = None,
    payload: dict[str, Any] | None = None,
) -> Question:
    question = Question.objects.create(
        organisation=organisation, external_id=f"{skill.slug}-{number}-{next(_numbers)}", skill=skill
    )
    payload = payload or {
        "single_choice": choice_payload(number),
        "multiple_choice": choice_payload(number, several=True),
        "numeric": numeric_payload(number),
    }.get(type)
    version = QuestionVersion.objects.create(
        question=question,
        number=1,
        type=type,
        topic=skill.topics.order_by("position")[number % 2],
        difficulty=difficulty,
        expected_seconds=60,
        stem=f"Question {number} on **{skill.title}**?",
        payload=payload or sample_payload(type),
        explanation=f"{SENTINEL} explanation",
        interview_follow_up=f"{SENTINEL} follow-up",
        author_name="Plumbline editors",
        content_hash=f"{next(_numbers):064}",
    )
    question.current = version
    question.status = Status.LIVE
    question.save()
    return question


def make_skill(slug: str) -> Skill:
    domain, _ = Domain.objects.get_or_create(slug="domain", defaults={"title": "Domain"})
    skill = Skill.objects.create(domain=domain, slug=slug, title=slug.title(), measures="something", position=1)
    for position in range(2):
        Topic.objects.create(skill=skill, title=f"topic {position}", position=position)
    return skill


# Type and difficulty go together in the test bank, so that a blueprint decides which types are drawn.
def make_bank(skills: tuple[str, ...] = ("serving", "drift"), each: int = 12) -> None:
    types = ("single_choice", "multiple_choice", "numeric")
    for slug in skills:
        skill = make_skill(slug)
        for number in range(each):
            make_question(skill, number, type=types[number % 3], difficulty=number % 3 + 1)


def blueprint(*lines: tuple[str, int | None, int]) -> list[dict[str, Any]]:
    return [{"skill": skill, "difficulty": difficulty, "count": count} for skill, difficulty, count in lines]


def make_assessment(
    organisation: Organisation | None, definition: dict[str, Any] | None = None, **fields: Any
) -> Assessment:
    definition = definition or {
        "time_limit_minutes": 30,
        "sections": [{"blueprint": blueprint(*((s, d, 1) for s in ("serving", "drift") for d in (1, 2, 3)))}],
    }
    number = next(_numbers)
    defaults = {"slug": f"assessment-{number}", "title": f"Assessment {number}"}
    assessment = Assessment.objects.create(organisation=organisation, draft=definition, **(defaults | fields))
    publish(assessment=assessment, by=None)
    assessment.refresh_from_db()
    return assessment


def make_invitation(
    organisation: Organisation, assessment: Assessment, *, email: str = "", name: str = "Candidate", **terms: Any
) -> Invitation:
    terms.setdefault("expires_at", timezone.now() + datetime.timedelta(days=7))
    return invite(
        organisation=organisation,
        assessment=assessment,
        email=email or f"candidate{next(_numbers)}@example.org",
        name=name,
        terms=InvitationTerms(**terms),
        by=None,
    )


def make_attempt(organisation: Organisation, assessment: Assessment, **terms: Any) -> Attempt:
    return start_invited(invitation=make_invitation(organisation, assessment, **terms)).attempt


def right_answer(item: AttemptItem) -> dict[str, Any]:
    """The answer that earns the whole point."""
    version = item.question_version
    if version.type == "numeric":
        value = version.payload["answer"]
        return {"value": value, "typed": str(value)}
    answer: dict[str, Any] | None = version.question_type.solved(version.asked(item.seed(item.attempt)))
    assert answer is not None, f"{version.type}: only a person can say what is right"
    return answer


def wrong_answer(item: AttemptItem) -> dict[str, Any]:
    """An answer that earns nothing."""
    version = item.question_version
    if version.type == "numeric":
        return {"value": -1.0, "typed": "-1"}
    if "options" in version.payload:
        return {"options": [next(o["id"] for o in version.payload["options"] if not o["correct"])]}
    samples = version.question_type.samples()[0].marks
    return next(answer for answer, mark in samples if answer is not None and mark == 0)
