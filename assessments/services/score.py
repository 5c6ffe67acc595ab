"""Scoring: marks the pinned questions, combines the marks by the assessment's rule, appends a score."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from django.db import transaction

from accounts.models import User
from assessments.models import (
    AssessmentVersion,
    Attempt,
    AttemptItem,
    ItemMark,
    Outcome,
    Regrade,
    RegradeKind,
    Response,
    Score,
    SkillScore,
)
from assessments.rules import RULES
from assessments.rules.base import ItemResult, RuleResult, ScoringRule, SkillResult
from assessments.services.corrections import corrected_mark, corrections_for, while_scoring
from assessments.services.marking import settled
from assessments.services.submit import newest_responses
from assessments.signals import attempt_scored
from assessments.states import WITH_SCORE, State
from question_bank.types import BY_PEOPLE


@transaction.atomic
def score_attempt(attempt_id: int) -> Score | None:
    """Score a submitted attempt, once; None where there is nothing to do.

    The lock on the attempt makes a second worker wait and then find the work done. A worker that
    dies here leaves the attempt submitted, and the sweep wakes another.
    """
    attempt = Attempt.objects.select_for_update(of=("self",)).select_related("version").get(pk=attempt_id)
    if attempt.state != State.SUBMITTED or attempt.rehearsal:
        return None
    again = attempt.scores.exists()
    score = _append_score(attempt, reason="scored again after reopening" if again else "first scoring", actor=None)
    attempt.move(_state_with(score), since=State.SUBMITTED, score=score)
    return score


def _state_with(score: Score) -> State:
    """Whether an answer still waits for people."""
    waits = score.marks.filter(mark=None, item__counted=True, dropped=False).exists()
    return State.NEEDS_REVIEW if waits else State.SCORED


@transaction.atomic
def finish_marking(attempt_id: int) -> Score | None:
    """Score anew what people have marked to the end; None where something still waits or nothing changed."""
    attempt = Attempt.objects.select_for_update(of=("self",)).select_related("version", "score").get(pk=attempt_id)
    if attempt.state not in WITH_SCORE or attempt.score is None:
        return None
    responses = _answers_for_people(attempt)
    found = settled(attempt, responses)
    known = dict(attempt.score.marks.filter(item__in=responses).values_list("item_id", "mark"))
    if len(found) < len(responses) or (attempt.state == State.SCORED and known == found):
        return None
    if attempt.state == State.SCORED:
        return rescore(attempt=attempt, reason="marks of people changed", actor=None)
    score = _append_score(attempt, reason="marked by people", actor=None)
    attempt.move(State.SCORED, since=State.NEEDS_REVIEW, score=score)
    return score


@transaction.atomic
def rescore(*, attempt: Attempt, reason: str, actor: User | None) -> Score:
    """Score an attempt again that has a score, as the next score; earlier scores and reports stay."""
    attempt = Attempt.objects.select_for_update(of=("self",)).select_related("version").get(pk=attempt.pk)
    if attempt.state not in WITH_SCORE:
        raise ValueError(f"attempt {attempt.pk} is {attempt.state}, not scored")
    score = _append_score(attempt, reason=reason, actor=actor)
    if (to := _state_with(score)) != attempt.state:
        attempt.move(to, since=State(attempt.state), actor=actor, score=score)
    else:
        attempt.score = score
        attempt.save(update_fields=["score"])
    return score


def _append_score(attempt: Attempt, *, reason: str, actor: User | None) -> Score:
    while_scoring()
    items = list(attempt.items.select_related("question_version", "skill"))
    responses = {response.item_id: response for response in newest_responses(attempt)}
    seconds = seconds_per_position(attempt)
    corrections = corrections_for(attempt, items)
    marks = [
        _mark(attempt, item, responses.get(item.pk), seconds, corrections.get(item.question_version_id))
        for item in items
    ]
    _take_marks_of_people(attempt, marks)
    results = [
        ItemResult(item.skill.slug, item.question_version.difficulty, mark.mark, mark.outcome != Outcome.NOT_REACHED)
        for item, mark in zip(items, marks, strict=True)
        if mark.counted and mark.mark is not None
    ]
    rule, result = combined(attempt.version, results)
    newest = attempt.scores.order_by("-number").first()
    score = new_score(attempt, rule, result, number=newest.number + 1 if newest else 1, reason=reason, actor=actor)
    score.save()
    skills = {item.skill.slug: item.skill_id for item in items}
    SkillScore.objects.bulk_create(new_skill_score(score, skills[part.skill], part) for part in result.skills)
    for mark in marks:
        mark.score = score
    ItemMark.objects.bulk_create(marks)
    transaction.on_commit(lambda: attempt_scored.send_robust(sender=Attempt, attempt_id=attempt.pk, score_id=score.pk))
    return score


def combined(version: AssessmentVersion, results: Sequence[ItemResult]) -> tuple[ScoringRule, RuleResult]:
    """What the assessment's rule makes of the marks that count."""
    scoring = version.loaded().scoring
    rule = RULES[scoring.rule]
    return rule, rule.combine(results, rule.config_model.model_validate(scoring.config))


def new_score(
    attempt: Attempt, rule: ScoringRule, result: RuleResult, *, number: int, reason: str, actor: User | None
) -> Score:
    """A score that is not saved yet."""
    return Score(
        attempt=attempt,
        number=number,
        rule=rule.slug,
        rule_version=rule.version,
        points=result.points,
        n=result.estimate.n,
        level=result.estimate.level,
        **_range(result.estimate),
        reason=reason,
        actor=actor,
    )


def new_skill_score(score: Score, skill_id: int, part: SkillResult) -> SkillScore:
    """The part of one skill; the score has to be saved."""
    return SkillScore(score=score, skill_id=skill_id, points=part.points, n=part.estimate.n, **_range(part.estimate))


def _answers_for_people(attempt: Attempt) -> dict[int, Response]:
    """The newest answers that need marks of people, by item: not where a correction drops or gives the point."""
    items = list(attempt.items.filter(question_version__type__in=BY_PEOPLE, counted=True))
    corrected = corrections_for(attempt, items)
    asked = [item for item in items if (found := corrected.get(item.question_version_id)) is None or found.target]
    newest = newest_responses(attempt).filter(item__in=asked, answer__isnull=False)
    return {response.item_id: response for response in newest}


def _take_marks_of_people(attempt: Attempt, marks: Sequence[ItemMark]) -> None:
    """Fill in what people gave the answers that no rule can mark, where it is settled."""
    waiting = {mark.item_id: (mark, mark.response) for mark in marks if mark.mark is None and mark.response is not None}
    found = settled(attempt, {item: response for item, (_, response) in waiting.items()})
    for item, (mark, _) in waiting.items():
        mark.mark = found.get(item)
        mark.outcome = outcome_of(mark.mark, answered=True, seen=True)


def _range(estimate: Any) -> dict[str, float | None]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}


def _mark(
    attempt: Attempt,
    item: AttemptItem,
    response: Response | None,
    seconds: dict[int, float],
    correction: Regrade | None,
) -> ItemMark:
    answer = response.answer if response else None
    mark = corrected_mark(item.question_version, item.seed(attempt), answer, correction)
    seen = item.position in seconds or response is not None
    return ItemMark(
        item=item,
        response=response,
        mark=mark,
        outcome=outcome_of(mark, answered=answer is not None, seen=seen),
        seconds=seconds.get(item.position),
        dropped=correction is not None and correction.kind == RegradeKind.DROP,
    )


def outcome_of(mark: float | None, *, answered: bool, seen: bool) -> str:
    """Wrong, skipped and not reached told apart; an answer that waits for marking counts as partly right so far."""
    if not answered:
        return Outcome.SKIPPED if seen else Outcome.NOT_REACHED
    if mark is None or 0 < mark < 1:
        return Outcome.PARTLY
    return Outcome.RIGHT if mark == 1 else Outcome.WRONG


def seconds_per_position(attempt: Attempt) -> dict[int, float]:
    """Seconds that each question was on the screen, by the server's record of pages shown.

    From one shown page to the next, and from the last one to the end of the attempt. Positions that
    were never shown are absent.
    """
    events = attempt.events.filter(kind="shown").order_by("at", "pk").values_list("at", "data")
    visits: list[tuple[datetime.datetime, int]] = [(at, int(data["position"])) for at, data in events]
    end = attempt.submitted_at or (visits[-1][0] if visits else attempt.started_at)
    return _sum_visits([*((at, position) for at, position in visits if at <= end), (end, 0)])


def _sum_visits(visits: Sequence[tuple[datetime.datetime, int]]) -> dict[int, float]:
    total: dict[int, float] = {}
    for (at, position), (until, _) in pairwise(visits):
        if position:
            total[position] = total.get(position, 0.0) + (until - at).total_seconds()
    return total
