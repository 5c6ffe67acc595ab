"""The questions of an attempt as they were asked, with answer and key: for members who may see keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assessments.models import Attempt, ItemMark, Marking, Score
from question_bank.types.base import DescribedLine
from question_bank.types.variants import worded


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """One question with what was made of it. Options stand in the order in which the candidate saw them."""

    mark: ItemMark
    lines: Sequence[DescribedLine]
    answered: bool
    stimulus: str
    stem: str
    explanation: str
    markings: Sequence[Marking] = ()
    """What people gave this answer, oldest first."""


def answered_questions(attempt: Attempt, score: Score) -> list[AnsweredQuestion]:
    """Every question of the form by position. Two queries."""
    marks = score.marks.select_related(
        "item__question_version__topic", "item__question_version__question", "item__skill", "response"
    ).order_by("item__position")
    given: dict[int, list[Marking]] = {}
    for one in Marking.objects.filter(item__attempt=attempt).select_related("marker").order_by("pk"):
        given.setdefault(one.response_id, []).append(one)
    return [_answered(attempt, mark, given.get(mark.response_id or 0, [])) for mark in marks]


def _answered(attempt: Attempt, mark: ItemMark, markings: Sequence[Marking]) -> AnsweredQuestion:
    item = mark.item
    version, seed = item.question_version, item.seed(attempt)
    kind, payload = version.question_type, version.asked(seed)
    answer = mark.response.answer if mark.response else None
    shuffle = attempt.version.loaded().sections[item.section].shuffle_options
    shown = [option.text for option in kind.present(payload, seed, shuffle=shuffle).options]
    place = {text: index for index, text in enumerate(shown)}
    lines = sorted(kind.describe(payload, answer), key=lambda line: place.get(line.text, len(place)))
    return AnsweredQuestion(
        mark,
        lines,
        answered=answer is not None,
        stimulus=worded(version.stimulus, payload.draw),
        stem=worded(version.stem, payload.draw),
        explanation=worded(version.explanation, payload.draw),
        markings=markings,
    )
