"""Marking by people: what waits for whom, and taking a mark down."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from accounts.errors import NotPossible
from accounts.models import Organisation, User
from assessments.agreement import Given, Outcome, Stage, outcome
from assessments.clock import database_now
from assessments.models import ERASED_DOMAIN, Attempt, AttemptItem, ItemMark, Marking, Response
from assessments.states import WITH_SCORE
from question_bank.types import BY_PEOPLE

MAX_COMMENT = 2000
MOST_TO_SETTLE = 200
LOOK_BACK = datetime.timedelta(days=2)


def waiting_items(organisation: Organisation) -> QuerySet[AttemptItem]:
    """Counted items of the organisation's candidates whose newest score has no mark for the answer. Of people who were
    erased there is nothing left to read.
    """
    unmarked = ItemMark.objects.filter(
        score=F("item__attempt__score"),
        mark=None,
        dropped=False,
        item__counted=True,
        item__attempt__candidate__organisation=organisation,
        item__attempt__state__in=WITH_SCORE,
        item__question_version__type__in=BY_PEOPLE,
    )
    erased = Q(attempt__candidate__email__endswith=f"@{ERASED_DOMAIN}")
    return AttemptItem.objects.filter(~erased, pk__in=unmarked.values("item"))


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
    if not responses:
        return {}
    items = [AttemptItem(pk=item, attempt_id=attempt.pk) for item in responses]
    answers = {item: response.pk for item, response in responses.items()}
    return settled_among(items, answers, {attempt.pk: attempt.version.loaded().markers})


def settled_among(
    items: Sequence[AttemptItem], answers: Mapping[int, int], needed: Mapping[int, int]
) -> dict[int, float]:
    """The marks that people have settled, by item; arguments as of `outcomes`. One query."""
    found = outcomes(items, answers, needed)
    return {item: one.mark for item, one in found.items() if one.mark is not None}


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for a person, question by question, in an order that says nothing about people.

    ``to_settle``: two marks differ. ``for_others``: how many this person has marked that wait for somebody else.
    """

    to_mark: QuerySet[AttemptItem]
    to_settle: list[AttemptItem]
    for_others: int


def queue(organisation: Organisation, user: User) -> Queue:
    """What waits for marks of people. Four queries, and those that read ``to_mark``."""
    newest = Response.objects.filter(item=OuterRef("pk")).order_by("-revision").values("pk")[:1]
    marks = Marking.objects.filter(response=OuterRef("newest")).order_by().values("response")
    # As in `agreement.outcome`, all who have left count as one.
    people = marks.annotate(n=Count(Coalesce("marker_id", 0), distinct=True)).values("n")
    waiting = (
        waiting_items(organisation)
        .select_related("attempt__version", "question_version__question", "skill")
        .annotate(newest=Subquery(newest))
        .annotate(
            people=Coalesce(Subquery(people), 0),
            mine=Exists(Marking.objects.filter(response=OuterRef("newest"), marker=user)),
            needed=Coalesce(Cast(KeyTextTransform("markers", "attempt__version__definition"), IntegerField()), 1),
        )
        .order_by("question_version__question__external_id", "attempt__seed", "pk")
    )
    judged = list(waiting.filter(people__gte=F("needed"), needed__gt=1)[:MOST_TO_SETTLE])
    answers = {item.pk: item.newest for item in judged}
    found = outcomes(judged, answers, {item.attempt_id: item.needed for item in judged})
    unmarked = waiting.filter(people__lt=F("needed"))
    return Queue(
        to_mark=unmarked.filter(mine=False),
        to_settle=[item for item in judged if found[item.pk].stage is Stage.DISAGREE],
        for_others=unmarked.filter(mine=True).count(),
    )


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
    recent = Attempt.objects.filter(state__in=WITH_SCORE, items__markings__created_at__gt=database_now() - LOOK_BACK)
    rows = recent.annotate(marked_at=Max("items__markings__created_at")).filter(marked_at__gt=F("score__created_at"))
    return list(rows.order_by("pk").values_list("pk", flat=True))
