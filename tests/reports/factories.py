"""Scored attempts for report tests, made through the real services."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from django.utils import timezone

from accounts.models import Organisation, User
from assessments.models import Assessment, Attempt, AttemptEvent, AttemptItem
from assessments.services.invite import InvitationTerms, invite
from assessments.services.navigate import shown
from assessments.services.publish import publish
from assessments.services.save_answer import save_answer
from assessments.services.score import score_attempt
from assessments.services.start import start_invited
from assessments.services.submit import submit_attempt
from question_bank.models import Domain, Question, QuestionVersion, Resource, Skill, Topic

STEM, OPTION, RATIONALE, FOLLOW_UP = "SENTINELSTEM", "SENTINELOPTION", "SENTINELREASON", "SENTINELINTERVIEW"
SENTINELS = (STEM, OPTION, RATIONALE, FOLLOW_UP, "SENTINELEXPLANATION", "SENTINELTOPIC")
_numbers = count(1)

Plan = Callable[[AttemptItem], str]
"""What the candidate does with a question: right, partly, wrong, skipped or not_reached."""


def make_skill(title: str = "") -> Skill:
    number = next(_numbers)
    domain, _ = Domain.objects.get_or_create(slug="core", defaults={"title": "Core"})
    title = title or f"Skill {number}"
    skill = Skill.objects.create(
        domain=domain, slug=f"skill-{number}", title=title, measures=f"what {title} is about", position=number
    )
    Topic.objects.create(skill=skill, title=f"SENTINELTOPIC of {title}")
    resource = Resource.objects.create(title=f"Book on {title}", by="An author", kind="book", position=number)
    resource.skills.add(skill)
    return skill


def make_question(skill: Skill, difficulty: int = 1) -> Question:
    """Multiple choice with two right and two wrong options, so that every mark can be reached."""
    number = next(_numbers)
    question = Question.objects.create(external_id=f"question-{number}", skill=skill)
    options = [
        {"id": name, "text": f"{OPTION} {name} {number}", "correct": name in "ab", "rationale": f"{RATIONALE} {name}"}
        for name in "abcd"
    ]
    question.current = QuestionVersion.objects.create(
        question=question,
        number=1,
        type="multiple_choice",
        topic=skill.topics.first(),
        difficulty=difficulty,
        expected_seconds=60,
        stem=f"{STEM} {number}",
        payload={"options": options},
        explanation="SENTINELEXPLANATION",
        interview_follow_up=f"{FOLLOW_UP} {number}",
        author_name="An author",
        content_hash=str(number),
    )
    question.status = "live"
    question.save()
    return question


def make_assessment(organisation: Organisation, skills: int = 2, per_skill: int = 3, **definition: Any) -> Assessment:
    """Published, with as many questions in the bank as it asks; difficulties 1, 2, 3 in turn."""
    made = [make_skill() for _ in range(skills)]
    for skill in made:
        for index in range(per_skill):
            make_question(skill, index % 3 + 1)
    blueprint = [{"skill": skill.slug, "count": per_skill} for skill in made]
    number = next(_numbers)
    assessment = Assessment.objects.create(
        organisation=organisation,
        slug=f"assessment-{number}",
        title=f"Assessment {number}",
        draft={"sections": [{"blueprint": blueprint}], "time_limit_minutes": 40, **definition},
    )
    publish(assessment=assessment, by=None)
    assessment.refresh_from_db()
    return assessment


ANSWERS = {"right": {"options": ["a", "b"]}, "partly": {"options": ["a"]}, "wrong": {"options": ["c"]}, "skipped": None}


def everything(what: str) -> Plan:
    return lambda item: what


def in_turn(*what: str) -> Plan:
    return lambda item: what[(item.position - 1) % len(what)]


def make_attempt(
    assessment: Assessment, plan: Plan, *, seconds: float = 50, submit: bool = True, **terms: Any
) -> Attempt:
    """An attempt taken by plan, in order, ``seconds`` on each question that is seen. Submitted, not scored."""
    assert assessment.organisation is not None
    invitation = invite(
        organisation=assessment.organisation,
        assessment=assessment,
        email=f"candidate{next(_numbers)}@example.org",
        name="Robin Example",
        terms=InvitationTerms(expires_at=timezone.now() + datetime.timedelta(days=7), **terms),
        by=None,
    )
    attempt = start_invited(invitation=invitation).attempt
    seen = [_visit(attempt, item, plan(item)) for item in attempt.items.select_related("question_version")]
    if submit:
        submit_attempt(attempt=attempt)
        _spread_out(attempt, seconds, sum(seen))
    return attempt


def _visit(attempt: Attempt, item: AttemptItem, what: str) -> bool:
    if what == "not_reached":
        return False
    shown(attempt=attempt, position=item.position)
    if ANSWERS[what] is not None:
        save_answer(attempt=attempt.public_id, position=item.position, answer=ANSWERS[what], revision=0)
    return True


def _spread_out(attempt: Attempt, seconds: float, seen: int) -> None:
    """Tests do not wait: the record of shown pages is moved apart, and the end and the start around it."""
    end = attempt.submitted_at
    assert end is not None
    started = end - datetime.timedelta(seconds=seconds * seen)
    for index, event in enumerate(AttemptEvent.objects.filter(attempt=attempt, kind="shown").order_by("pk")):
        AttemptEvent.objects.filter(pk=event.pk).update(at=started + datetime.timedelta(seconds=seconds * index))
    moved = attempt.started_at - started
    closes_at = attempt.closes_at - moved if attempt.closes_at else None
    Attempt.objects.filter(pk=attempt.pk).update(started_at=started, closes_at=closes_at)
    attempt.refresh_from_db()


def make_scored(assessment: Assessment, plan: Plan, **options: Any) -> Attempt:
    attempt = make_attempt(assessment, plan, **options)
    score_attempt(attempt.pk)
    attempt.refresh_from_db()
    return attempt


def make_team(role: str = "owner") -> tuple[Organisation, User]:
    number = next(_numbers)
    organisation = Organisation.objects.create(name=f"Team {number}", slug=f"report-team-{number}")
    user = User.objects.create_user(f"member{number}@example.org", "correct-horse-battery", name="A Member")
    organisation_role = user.memberships.create(organisation=organisation, role=role)
    assert organisation_role.pk
    return organisation, user


def plans() -> Sequence[tuple[str, Plan]]:
    """Attempts that every section must survive."""
    return [
        ("strong", everything("right")),
        ("weak", everything("wrong")),
        ("empty", everything("not_reached")),
        ("skipped", everything("skipped")),
        ("partial", in_turn("right", "partly", "wrong", "skipped", "not_reached")),
    ]
