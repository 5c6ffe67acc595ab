"""What the team does with invitations: list, follow, send again, withdraw, give more time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import MemberRequest, member_with
from accounts.errors import NotPossible
from accounts.models import Membership
from assessments import listing, tasks
from assessments.access import attempts_visible_to, get_attempt_for, get_invitation_for
from assessments.forms import CandidateFilter, ExtendForm, ResendForm
from assessments.forms_board import HandInForm, ReopenForm, StandingForm, VoidForm
from assessments.listing import ListedInvitation, Stage
from assessments.models import Attempt, Invitation
from assessments.services import invite as invitations
from assessments.services.extend import extend
from assessments.states import HANDED_IN, State
from assessments.templatetags.durations import factor
from assessments.views.timeline import timeline_of

PER_PAGE = 50


# --- the list --------------------------------------------------------------------------------


@require_GET
@member_with("see_candidates")
def invitation_list(request: MemberRequest) -> HttpResponse:
    """Every invitation of the team. htmx fetches the same page's lower part alone."""
    organisation = request.membership.organisation
    form = CandidateFilter(request.GET, assessments=listing.assessments_used_by(organisation))
    query = form.query()
    counts = listing.stage_counts(organisation, query)
    pages = Paginator(listing.listed(organisation, query), PER_PAGE)
    pages.count = counts.get(query.stage, 0) if query.stage else sum(counts.values())
    page = pages.get_page(request.GET.get("page"))
    context = {
        "form": form,
        "picked": query.assessment,
        "page": page,
        "rows": listing.as_rows(page.object_list),
        "tabs": _tabs(request.GET, query.stage, counts),
        "heads": _heads(request.GET, listing.ordering(query.sort)[0]),
        "sort": query.sort,
        "query": _without(request.GET, "page"),
        "filtered": bool(query.search or query.assessment or query.stage),
    }
    return render(request, f"assessments/team/{'_candidates' if _is_partial(request) else 'candidates'}.html", context)


def _is_partial(request: Any) -> bool:
    """Whether htmx asks for the lower part alone; after "back" it needs the whole page."""
    return bool(request.htmx and not request.htmx.history_restore_request)


def _tabs(data: QueryDict, stage: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    """A link for each stage that somebody is in, with how many; the chosen one stays in sight."""
    chosen = [("", "All", sum(counts.values()))]
    chosen += [(s.value, str(s.label), counts.get(s, 0)) for s in Stage if counts.get(s) or s == stage]
    return [
        {"label": label, "people": people, "current": value == stage, "query": _with(data, "state", value)}
        for value, label, people in chosen
    ]


_HEADS = (
    ("person", "Person"),
    ("assessment", "Assessment"),
    ("stage", "State"),
    ("sent", "Invited"),
    ("expires", "Valid until"),
    ("time", "Time used"),
    ("points", "Points"),
)
_DESCENDING_FIRST = ("sent", "time", "points")


def _heads(data: QueryDict, sort: str) -> dict[str, Any]:
    """The column heads by key, each with the link that sorts by it (the other way round where it is in force)."""
    return {key: _head(data, sort, key, label) for key, label in _HEADS}


def _head(data: QueryDict, sort: str, key: str, label: str) -> dict[str, str]:
    current = {key: "ascending", f"-{key}": "descending"}.get(sort, "")
    down = current == "ascending" or (not current and key.startswith(_DESCENDING_FIRST))
    return {"label": label, "current": current, "query": _with(data, "sort", f"-{key}" if down else key)}


def _with(data: QueryDict, name: str, value: str) -> str:
    """The query string with one value changed, from the first page on."""
    changed = data.copy()
    changed.pop("page", None)
    changed[name] = value
    return changed.urlencode()


def _without(data: QueryDict, name: str) -> str:
    changed = data.copy()
    changed.pop(name, None)
    return changed.urlencode()


# --- one invitation --------------------------------------------------------------------------


@require_GET
@member_with("see_candidates")
def invitation_detail(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """The facts of one invitation, what happened when, and what can be done now."""
    invitation = get_invitation_for(request.membership, public_id)
    return render(request, "assessments/team/invitation.html", detail_context(request.membership, invitation))


def detail_context(membership: Membership, invitation: Invitation, **more: Any) -> dict[str, Any]:
    """What the page needs; ``more`` are forms that were refused."""
    row = listing.facts_of(invitation)
    attempt = _attempt(membership, row)
    may = membership.may("invite_candidates")
    waits = row.stage in (Stage.INVITED, Stage.OPENED, Stage.EXPIRED) or _running(row)
    return {
        "invitation": invitation,
        "row": row,
        "attempt": attempt,
        "deadline": attempt.deadline() if attempt and _running(row) and may else None,
        "timeline": timeline_of(invitation, row, granted=may),
        "link": invitations.link_of(invitation) if may and waits and not row.revoked_at else "",
        "may_resend": may and waits and not row.revoked_at,
        "may_revoke": may and waits and not row.revoked_at,
        "may_extend": may and _running(row) and attempt is not None and attempt.closes_at is not None,
        "may_invite": may,
        **_interventions(invitation, attempt, may=may),
        "resend_form": ResendForm(initial={"expires_at": invitation.expires_at}),
        "extend_form": ExtendForm(),
        **more,
    }


def _interventions(invitation: Invitation, attempt: Attempt | None, *, may: bool) -> dict[str, Any]:
    """What staff did and can do beyond mail and time."""
    over = attempt is not None and attempt.state in HANDED_IN
    extensions = attempt.extensions.select_related("granted_by", "outage").order_by("pk") if attempt else ()
    person = invitation.candidate
    return {
        "extensions": list(extensions) if may else [],
        "set_aside": list(invitation.attempts.filter(state=State.VOIDED).select_related("score").order_by("pk")),
        "may_reopen": may and over,
        "may_hand_in": may and over,
        "may_void": may and attempt is not None,
        "reopen_form": ReopenForm(),
        "hand_in_form": HandInForm(),
        "void_form": VoidForm(),
        "standing_form": StandingForm(initial={"time_factor": factor(person.time_factor), "untimed": person.untimed}),
    }


def _running(row: ListedInvitation) -> bool:
    return row.stage == Stage.IN_PROGRESS


def _attempt(membership: Membership, row: ListedInvitation) -> Attempt | None:
    if row.attempt is None:
        return None
    visible = attempts_visible_to(membership.organisation).select_related("score", "version")
    return visible.filter(public_id=row.attempt).first()


@require_http_methods(["GET", "POST"])
@member_with("invite_candidates")
def invitation_revoke(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Ask first, then withdraw."""
    invitation = get_invitation_for(request.membership, public_id)
    if request.method == "GET":
        context = {"invitation": invitation, "row": listing.facts_of(invitation)}
        return render(request, "assessments/team/invitation_revoke.html", context)
    try:
        invitations.revoke(invitation=invitation, by=request.user)
        messages.success(
            request, f"The invitation of {invitation.candidate} is withdrawn. Nobody can start with its link any more."
        )
    except NotPossible as refused:
        messages.error(request, str(refused))
    return redirect("invitation_detail", public_id=public_id)


@require_POST
@member_with("invite_candidates")
def invitation_resend(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Mail the link again, with a later end where one is given."""
    invitation = get_invitation_for(request.membership, public_id)
    form = ResendForm(request.POST)
    if not form.is_valid():
        context = detail_context(request.membership, invitation, resend_form=form)
        return render(request, "assessments/team/invitation.html", context, status=422)
    try:
        invitations.resend(invitation=invitation, by=request.user, expires_at=form.cleaned_data["expires_at"])
        tasks.wake(tasks.send_invitation_mail, invitation.pk)
        messages.success(request, f"The mail to {invitation.candidate.email} is on its way again.")
    except NotPossible as refused:
        messages.error(request, str(refused))
    return redirect("invitation_detail", public_id=public_id)


@require_POST
@member_with("invite_candidates")
def invitation_extend(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """More time for the running attempt of an invitation."""
    invitation = get_invitation_for(request.membership, public_id)
    form = ExtendForm(request.POST)
    if not form.is_valid():
        context = detail_context(request.membership, invitation, extend_form=form)
        return render(request, "assessments/team/invitation.html", context, status=422)
    try:
        _extend(request, invitation, form.cleaned_data["minutes"], form.cleaned_data["reason"])
        messages.success(request, f"{form.cleaned_data['minutes']} minutes were added. The open page shows them soon.")
    except NotPossible as refused:
        messages.error(request, str(refused))
    return redirect("invitation_detail", public_id=public_id)


def _extend(request: MemberRequest, invitation: Invitation, minutes: int, reason: str) -> None:
    row = listing.facts_of(invitation)
    if row.attempt is None:
        raise NotPossible("The assessment was not started yet. Only a running attempt can get more time.")
    attempt = get_attempt_for(request.membership, row.attempt)
    extend(attempt=attempt, seconds=minutes * 60, reason=reason, by=request.user)
