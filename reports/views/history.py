"""A person's own results over time."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.history import MOST, history_of


@login_required
@require_safe
def own_history(request: HttpRequest) -> HttpResponse:
    """The own self-assessments, each with its range, and whether they show a change."""
    if not request.user.is_authenticated:
        raise Http404
    return render(request, "reports/history/history.html", {"history": history_of(request.user), "most": MOST})
