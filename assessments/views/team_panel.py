"""A panel that sets a pass mark: rating one question after the other, and what comes of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import MemberRequest, member_with
from accounts.errors import NotPossible
from assessments.access import get_own_assessment_for, get_panel_for
from assessments.models import CutPanel
from assessments.services.panel import (
    ROUNDS,
    Judgement,
    close_panel,
    cut_of,
    judgements,
    next_round,
    open_panel,
    rate,
)
from question_bank.preview import key_of, page_of, template_of


class RatingForm(forms.Form):
    """Percent, as people think of a hundred candidates."""

    percent = forms.IntegerField(
        label="Of 100 people who are just good enough for this, how many would get it right?",
        min_value=0,
        max_value=100,
        widget=forms.NumberInput({"inputmode": "numeric", "autocomplete": "off"}),
    )


@require_POST
@member_with("edit_assessments")
def panel_open(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Draw a form of the draft and let the team rate it."""
    assessment = get_own_assessment_for(request.membership, public_id)
    try:
        return redirect("panel", public_id=open_panel(assessment=assessment, by=request.user).public_id)
    except NotPossible as refused:
        messages.error(request, str(refused))
        return redirect("assessment_detail", public_id=public_id)


@require_GET
@member_with("see_questions")
def panel(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """How far the judges are. What they said is shown once the reader is through, or the panel is closed."""
    found = get_panel_for(request.membership, public_id)
    judged = judgements(found)
    own = _own(judged, request)
    through = bool(own and own.complete)
    questions = list(found.questions.select_related("version__question__skill"))
    rated = own.shares if own else {}
    context = {
        "panel": found,
        "rounds": ROUNDS,
        "judged": judged,
        "through": through,
        "shown": through or found.closed_at is not None or found.round > 1,
        "complete": sum(one.complete for one in judged),
        "cut": cut_of(judged),
        "questions": [(question, rated.get(question.position)) for question in questions],
        "next": next((q.position for q in questions if q.position not in rated), None),
        "rated": len(rated),
    }
    return render(request, "assessments/team/panel.html", context)


@require_http_methods(["GET", "POST"])
@member_with("see_questions")
def panel_question(request: MemberRequest, public_id: UUID, position: int) -> HttpResponse:
    """One question as candidates see it, with its key, and the judge's estimate."""
    found = get_panel_for(request.membership, public_id)
    question = found.questions.select_related("version__question").filter(position=position).first()
    if question is None:
        raise Http404
    own = _own(judgements(found), request)
    form = RatingForm(request.POST or None, initial=_initial(own, position))
    if request.method == "POST" and form.is_valid():
        try:
            rate(panel=found, position=position, judge=request.user, share=form.cleaned_data["percent"] / 100)
            return _on(found, position)
        except NotPossible as refused:
            form.add_error(None, str(refused))
    version = question.version
    context: dict[str, Any] = {
        "panel": found,
        "question": question,
        "version": version,
        "count": found.questions.count(),
        "page": page_of(version),
        "type_template": template_of(version.type),
        "key": key_of(version.type, version.payload),
        "form": form,
        "before": _before(found, position),
    }
    return render(request, "assessments/team/panel_question.html", context, status=422 if form.errors else 200)


@require_POST
@member_with("edit_assessments")
def panel_round(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Begin the second round."""
    found = get_panel_for(request.membership, public_id)
    try:
        next_round(panel=found)
        messages.success(request, "Round 2 is open: each judge sees what the panel said and may say something else.")
    except NotPossible as refused:
        messages.error(request, str(refused))
    return redirect("panel", public_id=public_id)


@require_POST
@member_with("edit_assessments")
def panel_close(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Take the mean as the draft's pass mark."""
    found = get_panel_for(request.membership, public_id)
    try:
        closed = close_panel(panel=found, by=request.user)
        messages.success(request, f"The draft's pass mark is now {closed.cut:.0%}. Publish the draft to use it.")
    except NotPossible as refused:
        messages.error(request, str(refused))
    return redirect("panel", public_id=public_id)


def _own(judged: list[Judgement], request: MemberRequest) -> Judgement | None:
    return next((one for one in judged if one.judge == request.user), None)


def _initial(own: Judgement | None, position: int) -> dict[str, int]:
    if own is None or position not in own.shares:
        return {}
    return {"percent": round(100 * own.shares[position])}


def _before(found: CutPanel, position: int) -> list[int] | None:
    """In the second round: what the judges said of this question in the first, lowest first, without names."""
    if found.round == 1:
        return None
    first = judgements(found, round=1)
    return sorted(round(100 * one.shares[position]) for one in first if position in one.shares)


def _on(found: CutPanel, position: int) -> HttpResponse:
    """To the next question, and after the last one back to the panel."""
    if found.questions.filter(position=position + 1).exists():
        return redirect("panel_question", public_id=found.public_id, position=position + 1)
    return redirect("panel", public_id=found.public_id)
