"""Marking by people: what waits for whom, and taking a mark down."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F, Max, QuerySet

from accounts.errors import NotPossible
from accounts.models import Organisation, User
from assessments.agreement import Given, Outcome, Stage, outcome
from assessments.clock import database_now
from assessments.models import Attempt, AttemptItem, ItemMark, Marking, Response
from assessments.states import State
from question_bank.types import BY_PEOPLE

MAX_COMMENT = 2000
LOOK_BACK = datetime.timedelta(days=2)


def waiting_items(organisation: Organisation) -> QuerySet[AttemptItem]:
    """Counted items of the organisation's candidates whose newest score has no mark for the answer."""
    unmarked = ItemMark.objects.filter(
        score=F("item__attempt__score"),
        mark=None,
        dropped=False,
        item__counted=True,
        item__attempt__candidate__organisation=organisation,
        item__attempt__state__in=[State.NEEDS_REVIEW, State.SCORED],
        item__question_version__type__in=BY_PEOPLE,
    )
    return AttemptItem.objects.filter(pk__in=unmarked.values("item"))


def outcomes(items: Iterable[AttemptItem], answers: Mapping[int, int], needed: Mapping[int, int]) -> dict[int, Outcome]:
    """For each item the outcome of the marks that its answer got. One query.

    answers: the response that is marked, by item. needed: how many people have to mark, by attempt.
    """
    given: dict[int, list[Given]] = defaultdict(list)
    rows = Marking.objects.filter(response__in=answers.values()).order_by("pk")
    for item_id, marker, mark, settles in rows.values_list("item_id", "marker_id", "mark", "settles"):
        given[item_id].append(Given(marker, mark, settles))
    return {item.pk: outcome(given[item.pk], needed[item.attempt_id]) for item in items}


def stage_of(item: AttemptItem, response: Response) -> Stage:
    """How far the marking of one answer is. One query."""
    return outcomes([item], {item.pk: response.pk}, {item.attempt_id: item.attempt.version.loaded().markers})[
        item.pk
    ].stage


def newest_of(items: Iterable[AttemptItem]) -> dict[int, Response]:
    """The newest response of each item. One query."""
    rows = Response.objects.filter(item__in=[item.pk for item in items]).order_by("item_id", "-revision")
    return {response.item_id: response for response in rows.distinct("item_id")}


def settled(attempt: Attempt, responses: Mapping[int, Response]) -> dict[int, float]:
    """The marks that people have settled for these answers of one attempt, by item. At most one query."""
    items = [AttemptItem(pk=item, attempt_id=attempt.pk) for item in responses]
    answers = {item: response.pk for item, response in responses.items()}
    return settled_among(items, answers, {attempt.pk: attempt.version.loaded().markers})


def settled_among(
    items: Sequence[AttemptItem], answers: Mapping[int, int], needed: Mapping[int, int]
) -> dict[int, float]:
    """The marks that people have settled, by item; arguments as of `outcomes`. At most one query."""
    found = outcomes(items, answers, needed) if items else {}
    return {item: one.mark for item, one in found.items() if one.mark is not None}


@dataclass(frozen=True, slots=True)
class QueueRow:
    """An answer that waits. ``mine``: this person marked it already; ``code`` names it without naming anybody."""

    item: AttemptItem
    outcome: Outcome
    mine: bool
    since: datetime.datetime | None

    @property
    def code(self) -> str:
        return code_of(self.item)

    @property
    def to_settle(self) -> bool:
        return self.outcome.stage is Stage.DISAGREE

    @property
    def to_mark(self) -> bool:
        return not self.mine and self.outcome.stage in (Stage.OPEN, Stage.SECOND)


def code_of(item: AttemptItem) -> str:
    """A name for an answer that says nothing about whose it is."""
    return f"{item.seed(item.attempt) % 16**6:06X}"


def queue(organisation: Organisation, user: User) -> list[QueueRow]:
    """What waits for marks, question by question, in an order that says nothing about people. Four queries."""
    items = list(waiting_items(organisation).select_related("attempt__version", "question_version__question", "skill"))
    newest = newest_of(items)
    needed = {item.attempt_id: item.attempt.version.loaded().markers for item in items}
    answers = {item: response.pk for item, response in newest.items()}
    found = outcomes(items, answers, needed)
    own = set(Marking.objects.filter(response__in=answers.values(), marker=user).values_list("item_id", flat=True))
    rows = [QueueRow(item, found[item.pk], item.pk in own, item.attempt.submitted_at) for item in items]
    return sorted(rows, key=lambda row: (row.item.question_version.question.external_id, row.code))


def record_marking(
    *, item: AttemptItem, response_id: int, points: Mapping[str, float], comment: str, by: User, settles: bool = False
) -> Marking:
    """Take down what a person gives an answer. Nothing that was given before is changed.

    Whether it completes the score is a matter for `assessments.services.score.finish_marking`.

    Raises:
        NotPossible: the answer is not the newest, the points do not fit the rubric, or there is nothing to settle.
    """
    version = item.question_version
    newest = newest_of([item]).get(item.pk)
    if newest is None or newest.answer is None or version.type not in BY_PEOPLE:
        raise NotPossible("There is no answer to mark here.")
    if newest.pk != response_id:
        raise NotPossible("The answer was replaced meanwhile. Read the one below and mark that.")
    if settles and stage_of(item, newest) is not Stage.DISAGREE:
        raise NotPossible("There is no disagreement to settle here any more.")
    try:
        mark = version.asked(item.seed(item.attempt)).share_of(points)
    except ValueError as error:
        raise NotPossible(f"{error}.") from error
    return Marking.objects.create(
        item=item,
        response=newest,
        marker=by,
        points=dict(points),
        mark=mark,
        comment=comment.strip()[:MAX_COMMENT],
        settles=settles,
    )


def newly_marked() -> list[int]:
    """Ids of attempts that got marks of people since their newest score, within the last days: for the sweep."""
    recent = Attempt.objects.filter(
        state__in=[State.NEEDS_REVIEW, State.SCORED], items__markings__created_at__gt=database_now() - LOOK_BACK
    )
    rows = recent.annotate(marked_at=Max("items__markings__created_at")).filter(marked_at__gt=F("score__created_at"))
    return list(rows.order_by("pk").values_list("pk", flat=True))
