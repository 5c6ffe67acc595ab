"""Loads what a report is made from, in a number of queries that depends on nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from assessments.models import Attempt, ItemMark, Score, SkillScore
from assessments.rules import RULES
from assessments.services.integrity import KINDS
from question_bank.models import DIFFICULTIES, Resource
from reports.facts import (
    MethodFacts,
    QuestionFacts,
    ReportFacts,
    ResourceFacts,
    Share,
    SignalFacts,
    SkillFacts,
    TimeFacts,
)


def load_facts(score_id: int) -> ReportFacts:
    """Everything about one score. Raises Score.DoesNotExist."""
    score = Score.objects.select_related("attempt__assessment", "attempt__version").get(pk=score_id)
    return ReportFacts(
        overall=_share(score),
        skills=_skills(score),
        questions=_questions(score),
        resources=_resources(),
        time=_time(score.attempt),
        method=_method(score),
        signals=_signals(score.attempt),
    )


def _share(row: Score | SkillScore) -> Share:
    return Share(points=row.points, n=row.n, value=row.value, low=row.low, high=row.high)


def _skills(score: Score) -> tuple[SkillFacts, ...]:
    rows = score.skills.select_related("skill__domain").order_by("skill__domain__position", "skill__position")
    return tuple(
        SkillFacts(row.skill.slug, row.skill.title, row.skill.domain.title, row.skill.measures, _share(row))
        for row in rows
    )


def _questions(score: Score) -> tuple[QuestionFacts, ...]:
    rows = score.marks.select_related("item__question_version__topic", "item__skill").order_by("item__position")
    return tuple(_question(row) for row in rows)


def _question(row: ItemMark) -> QuestionFacts:
    version = row.item.question_version
    return QuestionFacts(
        position=row.item.position,
        section=row.item.section,
        skill=row.item.skill.slug,
        topic=version.topic.title if version.topic else "",
        difficulty=version.difficulty,
        expected_seconds=version.expected_seconds,
        stem=version.stem,
        follow_up=version.interview_follow_up,
        counted=row.item.counted,
        mark=row.mark,
        outcome=row.outcome,
        seconds=row.seconds,
    )


def _resources() -> tuple[ResourceFacts, ...]:
    rows: Iterable[Resource] = Resource.objects.prefetch_related("skills").order_by("position")
    return tuple(
        ResourceFacts(row.title, row.by, row.kind, row.why, tuple(skill.slug for skill in row.skills.all()))
        for row in rows
    )


def _time(attempt: Attempt) -> TimeFacts:
    deadline = attempt.deadline()
    limit = attempt.version.loaded().time_limit_minutes
    end = attempt.submitted_at or attempt.started_at
    return TimeFacts(
        used=(end - attempt.started_at).total_seconds(),
        allowed=(deadline - attempt.started_at).total_seconds() if deadline else None,
        standard=60.0 * limit if limit else None,
        ended_by=attempt.ended_by,
    )


def _signals(attempt: Attempt) -> tuple[SignalFacts, ...]:
    rows = attempt.events.filter(kind__in=KINDS).order_by("at", "pk").values_list("kind", "at", "data")
    return tuple(_signal(kind, (at - attempt.started_at).total_seconds(), data) for kind, at, data in rows)


def _signal(kind: str, after: float, data: dict[str, Any]) -> SignalFacts:
    position = data.get("position")
    size = data.get("seconds", data.get("characters"))
    return SignalFacts(kind, max(0.0, after), None if position is None else int(position), size)


def _method(score: Score) -> MethodFacts:
    attempt = score.attempt
    rule = RULES[score.rule]
    scoring = attempt.version.loaded().scoring
    return MethodFacts(
        assessment=attempt.assessment.title,
        version=attempt.version.number,
        section_titles=tuple(section.title for section in attempt.version.loaded().sections),
        difficulties=DIFFICULTIES,
        rule=rule.label,
        rule_version=score.rule_version,
        explanation=rule.explain(rule.config_model.model_validate(scoring.config)),
        level=score.level,
        score_number=score.number,
        score_reason=score.reason,
        scored_at=score.created_at,
        submitted_at=attempt.submitted_at,
    )
