"""Marking answers in free text: what waits, and one answer with its rubric. Nothing here says whose answer it is."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import MemberRequest, member_with
from accounts.errors import NotPossible
from accounts.models import Organisation
from assessments import tasks
from assessments.agreement import Stage
from assessments.forms_marking import RubricForm
from assessments.models import AttemptItem, Marking
from assessments.services.marking import (
    newest_of,
    queue,
    record_marking,
    stage_of,
    waiting_items,
)
from question_bank.types import BY_PEOPLE
from question_bank.types.free_text import word_count
from question_bank.types.variants import worded

PER_PAGE = 50
NEXT_WORDS = {
    Stage.SETTLED: "Kept. This answer is marked.",
    Stage.SECOND: "Kept. It waits for a second person now.",
    Stage.DISAGREE: "Kept. The two marks differ: somebody has to settle it.",
}


@require_GET
@member_with("mark_answers")
def marking_queue(request: MemberRequest) -> HttpResponse:
    """What waits for this person, then what waits for others."""
    found = queue(request.membership.organisation, request.user)
    context = {
        "page": Paginator(found.to_mark, PER_PAGE).get_page(request.GET.get("page")),
        "to_settle": found.to_settle,
        "for_others": found.for_others,
    }
    return render(request, "assessments/team/marking_queue.html", context)


@require_http_methods(["GET", "POST"])
@member_with("mark_answers")
def marking_answer(request: MemberRequest, pk: int) -> HttpResponse:
    """Read one answer and mark it by the rubric; where two marks differ, settle it in view of both."""
    item = _item(request.membership.organisation, pk)
    newest = newest_of([item]).get(item.pk)
    if newest is None or newest.answer is None or not waiting_items(request.membership.organisation).filter(pk=pk):
        messages.info(request, "This answer does not wait for a mark any more.")
        return redirect("marking_queue")
    payload = item.question_version.asked(item.seed(item.attempt))
    settling = stage_of(item, newest) is Stage.DISAGREE
    given = list(newest.markings.select_related("marker"))
    own = next((one for one in reversed(given) if one.marker_id == request.user.pk), None)
    form = RubricForm(request.POST or None, payload=payload, initial=_initial(newest.pk, own, settling=settling))
    if request.method == "POST" and form.is_valid():
        try:
            return _take_down(request, item, form)
        except NotPossible as refused:
            form = RubricForm(payload=payload, initial={"response": newest.pk, "settles": settling})
            messages.warning(request, str(refused))
    context = {
        "item": item,
        "code": item.code,
        "stem": worded(item.question_version.stem, payload.draw),
        "form": form,
        "payload": payload,
        "answer": newest.answer["text"],
        "words": word_count(newest.answer),
        "given": _in_columns(payload, given) if settling else None,
        "own": own,
        "form_status": 422 if form.errors else 200,
    }
    return render(request, "assessments/team/marking_answer.html", context, status=context["form_status"])


def _item(organisation: Organisation, pk: int) -> AttemptItem:
    """Any answer of the team's candidates that people mark. Raises Http404."""
    theirs = AttemptItem.objects.filter(attempt__candidate__organisation=organisation)
    wanted = theirs.select_related("attempt__version", "question_version__question", "skill")
    return get_object_or_404(wanted, pk=pk, question_version__type__in=BY_PEOPLE)


def _initial(response: int, own: Marking | None, *, settling: bool) -> dict[str, Any]:
    start: dict[str, Any] = {"response": response, "settles": settling}
    if own is not None and not settling:
        start |= {f"c-{name}": f"{points:g}" for name, points in own.points.items()} | {"comment": own.comment}
    return start


def _take_down(request: MemberRequest, item: AttemptItem, form: RubricForm) -> HttpResponse:
    said = form.cleaned_data
    marking = record_marking(
        item=item,
        response_id=said["response"],
        points=form.points(),
        comment=said["comment"],
        by=request.user,
        settles=said["settles"],
    )
    tasks.wake(tasks.finish_marking, item.attempt_id)
    messages.success(request, NEXT_WORDS[stage_of(item, marking.response)])
    following = _following(queue(request.membership.organisation, request.user).to_mark, item)
    return redirect("marking_answer", following.pk) if following else redirect("marking_queue")


def _following(to_mark: QuerySet[AttemptItem], item: AttemptItem) -> AttemptItem | None:
    """The next answer to mark: of the same question where there is one, so that one measure is kept."""
    others = to_mark.exclude(pk=item.pk)
    return others.filter(question_version=item.question_version_id).first() or others.first()


def _in_columns(payload: Any, given: list[Marking]) -> dict[str, Any]:
    """The newest marks of each person side by side: names on top, a row per criterion."""
    newest = {one.marker_id: one for one in given if not one.settles}
    marks = list(newest.values())
    return {
        "marks": marks,
        "rows": [
            (criterion.title, [one.points.get(criterion.id) for one in marks], criterion.most)
            for criterion in payload.criteria
        ],
    }
