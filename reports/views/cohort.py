"""Everybody who took one assessment: figures with their ranges, ties, and how the cohort spreads."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, member_with
from assessments import listing
from assessments.listing import Stage
from question_bank.models import Skill
from reports import cohort
from reports.access import exports_of, get_cohort_for
from reports.cohort import Spread
from reports.forms import cohort_filter

PER_PAGE = 50

HEADS = (("person", "Person"), ("stage", "State"), ("overall", "Overall"), ("time", "Time used"), ("sent", "Invited"))
DESCENDING_FIRST = ("sent", "time", "overall", "skill")


@require_GET
@member_with("see_candidates")
def cohort_table(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """The table of one assessment. Who is tied with whom is judged by the figure that it is sorted by."""
    organisation = request.membership.organisation
    assessment = get_cohort_for(request.membership, public_id)
    skills = listing.skills_of(assessment)
    form = cohort_filter(request.GET, organisation, assessment, skills)
    terms = form.terms(assessment)
    sort = cohort.ordering(terms, skills)[0]
    spread = Spread(organisation, assessment, sorted_skill(sort, skills))
    counts = cohort.state_counts(organisation, terms)
    pages = Paginator(cohort.listed(organisation, terms, skills), PER_PAGE)
    pages.count = counts.get(terms.state, 0) if terms.state else sum(counts.values())
    page = pages.get_page(request.GET.get("page"))
    context = {
        "assessment": assessment,
        "form": form,
        "skills": skills,
        "page": page,
        "rows": cohort.with_figures(page.object_list, skills, spread),
        "tabs": _tabs(request.GET, terms.state, counts),
        "heads": _heads(request.GET, sort, skills),
        "stages": {stage.slug: stage.title for stage in form.stages},
        "by_low": terms.by == cohort.LOW,
        "spread": spread,
        "bins": spread.bins() if len(spread) > 1 else [],
        "most": max((one.people for one in spread.bins()), default=0),
        "query": changed(request.GET, page=None),
        "exports": exports_of(organisation, assessment) if request.membership.may("export_results") else [],
        "filtered": any(request.GET.get(name) for name in ("q", "least", "tier", "state", "step", "tag")),
    }
    return render(request, "reports/cohort/cohort.html", context)


def sorted_skill(sort: str, skills: list[Skill]) -> Skill | None:
    """The skill whose figure decides the order; None for the overall figure and where another column does."""
    slug = sort.removeprefix("-").removeprefix("skill-")
    return next((skill for skill in skills if skill.slug == slug), None)


def _tabs(data: QueryDict, state: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    """A link for each state that somebody is in, with how many; the chosen one stays in sight."""
    chosen = [("", "All", sum(counts.values()))]
    chosen += [(s.value, str(s.label), counts.get(s, 0)) for s in Stage if counts.get(s) or s == state]
    return [
        {"label": label, "people": people, "current": value == state, "query": changed(data, state=value, page=None)}
        for value, label, people in chosen
    ]


def _heads(data: QueryDict, sort: str, skills: list[Skill]) -> dict[str, Any]:
    """The column heads by key, each with the link that sorts by it (the other way round where it is in force)."""
    named = [*HEADS, *((f"skill-{skill.slug}", skill.title) for skill in skills)]
    heads = {key: _head(data, sort, key, label) for key, label in named}
    return heads | {"skills": [heads[f"skill-{skill.slug}"] for skill in skills]}


def _head(data: QueryDict, sort: str, key: str, label: str) -> dict[str, str]:
    current = {key: "ascending", f"-{key}": "descending"}.get(sort, "")
    down = current == "ascending" or (not current and key.startswith(DESCENDING_FIRST))
    query = changed(data, sort=f"-{key}" if down else key, page=None)
    return {"label": label, "current": current, "query": query}


def changed(data: QueryDict, **values: str | None) -> str:
    """The query string with some values set; None takes one out."""
    copy = data.copy()
    for name, value in values.items():
        if value is None:
            copy.pop(name, None)
        else:
            copy[name] = value
    return copy.urlencode()
