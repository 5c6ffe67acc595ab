"""Scores of many attempts anew after a correction: the newest score's marks, with the corrected question marked again.

The dry run and the carrying out both replay, so that what was shown is what happens. All other marks stay as they
were given, but for those that people have settled since. A handful of statements, however many attempts there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Max, OuterRef, Subquery

from accounts.models import User
from assessments.models import (
    IN_FORCE,
    Attempt,
    AttemptItem,
    ItemMark,
    Outcome,
    Regrade,
    RegradeKind,
    Response,
    Score,
    SkillScore,
    item_seed,
)
from assessments.results import MarkSheet
from assessments.rules.base import ItemResult
from assessments.services.corrections import corrected_mark
from assessments.services.marking import settled_among
from assessments.services.score import combined, new_score, new_skill_score, outcome_of
from question_bank.types import BY_PEOPLE

EPSILON = 1e-9


@dataclass(frozen=True, slots=True)
class Line:
    """One question of a score: of which item, and the mark with all that `ItemMark` keeps beside it."""

    item: int
    position: int
    version: int
    type: str
    difficulty: int
    skill: int
    slug: str
    on_form: bool
    response: int | None
    mark: float | None
    outcome: str
    seconds: float | None
    dropped: bool

    @property
    def counted(self) -> bool:
        return self.on_form and not self.dropped and self.mark is not None

    @property
    def waits(self) -> bool:
        """Has a person to mark it before the score is complete?"""
        return self.on_form and not self.dropped and self.mark is None


_COLUMNS = (
    "score_id", "item_id", "item__position", "item__question_version_id", "item__question_version__type",
    "item__question_version__difficulty", "item__skill_id", "item__skill__slug", "item__counted", "response_id",
    "mark", "outcome", "seconds", "dropped",
)  # fmt: skip


def lines_of(attempts: Iterable[Attempt]) -> dict[int, list[Line]]:
    """What the newest score of each attempt holds, by attempt, in the order of the form. One query."""
    by_score = {attempt.score_id: attempt.pk for attempt in attempts}
    found: dict[int, list[Line]] = {pk: [] for pk in by_score.values()}
    rows = ItemMark.objects.filter(score__in=by_score).order_by("score_id", "item__position")
    for score, *values in rows.values_list(*_COLUMNS):
        found[by_score[score]].append(Line(*values))
    return found


def replayed(regrade: Regrade, attempts: Sequence[Attempt], before: Mapping[int, list[Line]]) -> dict[int, list[Line]]:
    """The same lines under a correction. The attempts need their version and candidate. At most three queries."""
    in_force = _in_force(regrade, attempts, before)
    asked = [line.response for lines in before.values() for line in lines if line.version == regrade.version_id]
    answers = dict(Response.objects.filter(pk__in=[pk for pk in asked if pk]).values_list("pk", "answer"))
    after, by_people = {}, []
    for attempt in attempts:
        after[attempt.pk] = lines = list(before[attempt.pk])
        for index, line in enumerate(lines):
            correction = in_force.get((line.version, attempt.candidate.organisation_id))
            if line.version == regrade.version_id:
                lines[index] = line = _corrected(attempt, line, answers.get(line.response or 0), correction or regrade)
            elif line.type not in BY_PEOPLE or (correction and correction.kind == RegradeKind.FULL):
                continue
            if line.response and (line.mark is None or line.version != regrade.version_id):
                by_people.append((attempt, index))
    _take_marks_of_people(after, by_people)
    return after


def _in_force(
    regrade: Regrade, attempts: Iterable[Attempt], before: Mapping[int, list[Line]]
) -> dict[tuple[int, int | None], Regrade]:
    """By version and organisation, the newest correction that holds: of what people mark, and newer ones of this. One
    query."""
    versions = {line.version for lines in before.values() for line in lines if line.type in BY_PEOPLE}
    organisations = {attempt.candidate.organisation_id for attempt in attempts}
    found: dict[tuple[int, int | None], Regrade] = {}
    rows = Regrade.objects.filter(version__in=versions | {regrade.version_id}, state__in=IN_FORCE)
    for one in rows.select_related("version", "target").order_by("pk"):
        if one.version_id != regrade.version_id or one.pk > regrade.pk:
            theirs = organisations if one.organisation_id is None else {one.organisation_id}
            found |= {(one.version_id, organisation): one for organisation in theirs}
    return found


def _corrected(attempt: Attempt, line: Line, answer: Any, correction: Regrade) -> Line:
    mark = corrected_mark(correction.version, item_seed(attempt.seed, line.position), answer, correction)
    if mark is not None and line.mark is not None and abs(mark - line.mark) < EPSILON:
        mark = line.mark
    outcome = _outcome(line, mark, answered=answer is not None)
    return replace(line, mark=mark, outcome=outcome, dropped=correction.kind == RegradeKind.DROP)


def _outcome(line: Line, mark: float | None, *, answered: bool) -> str:
    return outcome_of(mark, answered=answered, seen=line.seconds is not None or line.response is not None)


def _take_marks_of_people(after: Mapping[int, list[Line]], places: Sequence[tuple[Attempt, int]]) -> None:
    """Fill in what people have settled by now: a mark that came since the last score must not wait for another one."""
    lines = {(attempt.pk, index): after[attempt.pk][index] for attempt, index in places}
    if not lines:
        return
    marks = settled_among(
        [AttemptItem(pk=line.item, attempt_id=pk) for (pk, _), line in lines.items()],
        {line.item: line.response for line in lines.values() if line.response},
        {attempt.pk: attempt.version.loaded().markers for attempt, _ in places},
    )
    for (pk, index), line in lines.items():
        if (mark := marks.get(line.item)) is not None:
            after[pk][index] = replace(line, mark=mark, outcome=_outcome(line, mark, answered=True))


def results(lines: Iterable[Line]) -> list[ItemResult]:
    """What a rule combines."""
    return [
        ItemResult(line.slug, line.difficulty, line.mark, line.outcome != Outcome.NOT_REACHED)
        for line in lines
        if line.counted and line.mark is not None
    ]


def mark_sheet(attempt: Attempt, lines: Iterable[Line]) -> MarkSheet:
    """What counts of these lines, and what the assessment's rule makes of it."""
    lines = list(lines)
    result = combined(attempt.version, results(lines))[1]
    left_out = attempt.version.loaded().scoring.leaves_out_unreached
    marks = tuple(
        (line.version, line.slug, line.mark)
        for line in lines
        if line.counted and line.mark is not None and not (left_out and line.outcome == Outcome.NOT_REACHED)
    )
    return MarkSheet(attempt, marks, result.points, result.estimate.level)


def append_scores(
    attempts: Sequence[Attempt], lines: Mapping[int, list[Line]], *, reason: str, actor: User | None
) -> list[Score]:
    """The next score of each attempt, out of these lines. Belongs into a transaction that has locked the attempts."""
    pks = [attempt.pk for attempt in attempts]
    numbers = dict(
        Score.objects.filter(attempt__in=pks).order_by().values_list("attempt").annotate(newest=Max("number"))
    )
    made = [(attempt, *combined(attempt.version, results(lines[attempt.pk]))) for attempt in attempts]
    scores = Score.objects.bulk_create(
        new_score(attempt, rule, result, number=numbers.get(attempt.pk, 0) + 1, reason=reason, actor=actor)
        for attempt, rule, result in made
    )
    parts, marks = [], []
    for score, (attempt, _, result) in zip(scores, made, strict=True):
        skills = {line.slug: line.skill for line in lines[attempt.pk]}
        parts += [new_skill_score(score, skills[part.skill], part) for part in result.skills]
        marks += [_item_mark(score, line) for line in lines[attempt.pk]]
    SkillScore.objects.bulk_create(parts)
    ItemMark.objects.bulk_create(marks)
    newest = Score.objects.filter(attempt=OuterRef("pk")).order_by("-number").values("pk")
    Attempt.objects.filter(pk__in=pks).update(score=Subquery(newest[:1]))
    return scores


def _item_mark(score: Score, line: Line) -> ItemMark:
    return ItemMark(
        score=score,
        item_id=line.item,
        response_id=line.response,
        mark=line.mark,
        outcome=line.outcome,
        seconds=line.seconds,
        dropped=line.dropped,
    )
