"""Loads how the answers in free text were marked."""

from __future__ import annotations

from collections.abc import Sequence

from assessments.models import Attempt, ItemMark, Marking
from assessments.services.marking import outcomes
from question_bank.types import BY_PEOPLE
from reports.facts import MarkingFacts


def marking_facts(attempt: Attempt, marks: Sequence[ItemMark]) -> MarkingFacts | None:
    """None where nothing that counts was marked by people. Else two queries."""
    found = [mark for mark in marks if mark.item.counted and mark.item.question_version.type in BY_PEOPLE]
    answers = {mark.item_id: mark.response_id for mark in found if mark.response_id and mark.outcome != "skipped"}
    if not answers:
        return None
    needed = attempt.version.loaded().markers
    judged = outcomes((mark.item for mark in found if mark.item_id in answers), answers, {attempt.pk: needed})
    people = Marking.objects.filter(response__in=answers.values()).values("marker").distinct().count()
    doubly = [one for one in judged.values() if one.agreed is not None]
    return MarkingFacts(
        answers=len(answers),
        waiting=sum(one.mark is None for one in judged.values()),
        people=people,
        needed=needed,
        doubly=len(doubly),
        agreed=sum(one.agreed is True for one in doubly),
        settled=sum(one.agreed is False and one.mark is not None for one in doubly),
    )
