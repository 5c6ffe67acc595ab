"""Loads what a report is made from, in a number of queries that depends on nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from assessments.models import Attempt, ItemMark, Score
from assessments.rules import RULES
from assessments.services.integrity import KINDS
from psychometrics.estimates import Estimate
from question_bank.models import DIFFICULTIES, JobRole, Resource
from question_bank.types.variants import worded
from reports.facts import (
    EstimateFacts,
    MethodFacts,
    QuestionFacts,
    ReportFacts,
    ResourceFacts,
    Share,
    SignalFacts,
    SkillFacts,
    TimeFacts,
)
from reports.services.estimates import Estimates, estimates_of
from reports.services.groups import place_in_group
from reports.services.marking import marking_facts


def load_facts(score_id: int) -> ReportFacts:
    """Everything about one score. Raises Score.DoesNotExist."""
    score = Score.objects.select_related(
        "attempt__assessment__organisation", "attempt__assessment__role", "attempt__version"
    ).get(pk=score_id)
    marks = list(score.marks.select_related("item__question_version__topic", "item__skill").order_by("item__position"))
    estimates = estimates_of(score, marks, score.level)
    overall = estimates.profile.overall
    role = score.attempt.assessment.role
    skills = _skills(score, estimates, _weights(role))
    return ReportFacts(
        overall=_share(overall, estimates.profile.points),
        skills=skills,
        questions=tuple(_question(score.attempt, row) for row in marks),
        resources=_resources(skills),
        time=_time(score.attempt),
        method=_method(score, estimates),
        signals=_signals(score.attempt),
        place=place_in_group(score.attempt, overall, estimates),
        marking=marking_facts(score.attempt, marks),
        role=role.title if role else "",
    )


def _share(figure: Estimate, points: float) -> Share:
    return Share(points=points, n=figure.n, value=figure.value, low=figure.low, high=figure.high)


def _weights(role: JobRole | None) -> dict[int, int]:
    """How much each skill matters in the role, by the skill's key. One query, or none."""
    return dict(role.weights.values_list("skill", "weight")) if role else {}


def _skills(score: Score, estimates: Estimates, weights: dict[int, int]) -> tuple[SkillFacts, ...]:
    """In the order of the taxonomy; a skill of which nothing was counted has no figure."""
    figures = {found.skill: found for found in estimates.profile.skills}
    rows = score.skills.select_related("skill__domain").order_by("skill__domain__position", "skill__position")
    return tuple(
        SkillFacts(
            row.skill.slug,
            row.skill.title,
            row.skill.domain.title,
            row.skill.measures,
            _share(figures[row.skill.slug].share, figures[row.skill.slug].points),
            figures[row.skill.slug].own,
            weights.get(row.skill_id, 0),
        )
        for row in rows
    )


def _question(attempt: Attempt, row: ItemMark) -> QuestionFacts:
    version = row.item.question_version
    return QuestionFacts(
        position=row.item.position,
        section=row.item.section,
        skill=row.item.skill.slug,
        topic=version.topic.title if version.topic else "",
        difficulty=version.difficulty,
        expected_seconds=version.expected_seconds,
        stem=worded(version.stem, version.asked(row.item.seed(attempt)).draw),
        follow_up=version.interview_follow_up,
        counted=row.counted,
        mark=row.mark,
        outcome=row.outcome,
        seconds=row.seconds,
    )


def _resources(skills: Iterable[SkillFacts]) -> tuple[ResourceFacts, ...]:
    """Those for these skills, in their order. Plain values: a model each would cost more than all the rest."""
    wanted = [skill.slug for skill in skills]
    fields = ("title", "by", "kind", "why", "skills__slug")
    rows = Resource.objects.filter(skills__slug__in=wanted).order_by("position", "pk").values_list(*fields)
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for title, by, kind, why, slug in rows:
        found.setdefault((title, by, kind, why), []).append(slug)
    return tuple(ResourceFacts(*words, skills=tuple(slugs)) for words, slugs in found.items())


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
    rows = attempt.events.filter(kind__in=[*KINDS, "handed_in"]).order_by("at", "pk").values_list("kind", "at", "data")
    return tuple(_signal(kind, (at - attempt.started_at).total_seconds(), data) for kind, at, data in rows)


def _signal(kind: str, after: float, data: dict[str, Any]) -> SignalFacts:
    position = data.get("position")
    size = next((data[name] for name in ("seconds", "characters", "count", "answers") if name in data), None)
    return SignalFacts(kind, max(0.0, after), None if position is None else int(position), size)


def _estimates(estimates: Estimates) -> EstimateFacts:
    cut = estimates.cut
    return EstimateFacts(
        method=estimates.profile.overall.method,
        parameters=estimates.parameters,
        provisional=estimates.provisional,
        settled=estimates.settled,
        correlation_known=estimates.correlation_known,
        cut=cut.share if cut else None,
        cut_set_by=cut.set_by if cut else "",
        probability=estimates.profile.probability,
        verdict=estimates.verdict,
    )


def _method(score: Score, estimates: Estimates) -> MethodFacts:
    attempt = score.attempt
    rule = RULES[score.rule]
    scoring = attempt.version.loaded().scoring
    return MethodFacts(
        assessment=attempt.assessment.title,
        version=attempt.version.number,
        estimates=_estimates(estimates),
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
        unreached_left_out=attempt.version.loaded().scoring.leaves_out_unreached,
    )
