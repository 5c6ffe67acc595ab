"""The questions of an attempt as they were asked, with answer and key: for members who may see keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assessments.models import Attempt, ItemMark, Score
from question_bank.types.base import DescribedLine


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """One question with what was made of it. Options stand in the order in which the candidate saw them."""

    mark: ItemMark
    lines: Sequence[DescribedLine]
    answered: bool


def answered_questions(attempt: Attempt, score: Score) -> list[AnsweredQuestion]:
    """Every question of the form by position. One query."""
    marks = score.marks.select_related(
        "item__question_version__topic", "item__question_version__question", "item__skill", "response"
    ).order_by("item__position")
    return [_answered(attempt, mark) for mark in marks]


def _answered(attempt: Attempt, mark: ItemMark) -> AnsweredQuestion:
    item = mark.item
    kind, payload = item.question_version.question_type, item.question_version.loaded_payload()
    answer = mark.response.answer if mark.response else None
    shuffle = attempt.version.loaded().sections[item.section].shuffle_options
    shown = [option.text for option in kind.present(payload, item.seed(attempt), shuffle=shuffle).options]
    place = {text: index for index, text in enumerate(shown)}
    lines = sorted(kind.describe(payload, answer), key=lambda line: place.get(line.text, len(place)))
    return AnsweredQuestion(mark, lines, answered=answer is not None)
