"""What the team does with invitations: list, follow, send again, withdraw, give more time, invite."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import MemberRequest, member_with
from accounts.errors import NotPossible
from accounts.models import Membership
from assessments import listing, tasks
from assessments.access import attempts_visible_to, get_assessment_for, get_attempt_for, get_invitation_for
from assessments.forms import CandidateFilter, ExtendForm, InviteForm, InviteManyForm, ResendForm, check_end
from assessments.listing import ListedInvitation, Stage
from assessments.models import Assessment, Attempt, Invitation
from assessments.services import invite as invitations
from assessments.services.extend import extend
from assessments.services.people import ReadRow, decode, good, mark_invited, read_people
from assessments.views.timeline import timeline_of
from question_bank.models import Skill

PER_PAGE = 50
PREVIEW_SALT = "invite-many"
PREVIEW_SECONDS = 6 * 3600


# --- the list --------------------------------------------------------------------------------


@require_GET
@member_with("see_candidates")
def invitation_list(request: MemberRequest) -> HttpResponse:
    """Every invitation of the team. htmx fetches the same page's lower part alone."""
    organisation = request.membership.organisation
    form = CandidateFilter(request.GET, assessments=listing.assessments_used_by(organisation))
    query = form.query()
    skills = listing.skills_of(organisation, query.assessment) if query.assessment else []
    counts = listing.stage_counts(organisation, query)
    pages = Paginator(listing.listed(organisation, query, skills), PER_PAGE)
    pages.count = counts.get(query.stage, 0) if query.stage else sum(counts.values())
    page = pages.get_page(request.GET.get("page"))
    context = {
        "form": form,
        "picked": query.assessment,
        "skills": skills,
        "page": page,
        "rows": listing.with_skills(listing.as_rows(page.object_list), skills),
        "tabs": _tabs(request.GET, query.stage, counts),
        "heads": _heads(request.GET, listing.ordering(query.sort, skills)[0], skills),
        "sort": query.sort,
        "query": _without(request.GET, "page"),
        "filtered": bool(query.search or query.assessment or query.stage),
    }
    partial = request.htmx and not request.htmx.history_restore_request
    return render(request, f"assessments/team/{'_candidates' if partial else 'candidates'}.html", context)


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
    ("result", "Result"),
    ("low", "Low end"),
)
_DESCENDING_FIRST = ("sent", "time", "result", "low", "skill")


def _heads(data: QueryDict, sort: str, skills: list[Skill]) -> dict[str, Any]:
    """The column heads by key, each with the link that sorts by it (the other way round where it is in force)."""
    named = [*_HEADS, *((f"skill-{skill.slug}", skill.title) for skill in skills)]
    heads = {key: _head(data, sort, key, label) for key, label in named}
    return heads | {"skills": [heads[f"skill-{skill.slug}"] for skill in skills]}


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
    return render(request, "assessments/team/invitation.html", _detail(request.membership, invitation))


def _detail(membership: Membership, invitation: Invitation, **more: Any) -> dict[str, Any]:
    row = listing.facts_of(invitation)
    attempt = _attempt(membership, row)
    may = membership.may("invite_candidates")
    waits = row.stage in (Stage.INVITED, Stage.OPENED, Stage.EXPIRED) or _running(row)
    return {
        "invitation": invitation,
        "row": row,
        "attempt": attempt,
        "deadline": attempt.deadline() if attempt and _running(row) else None,
        "timeline": timeline_of(invitation, row, attempt),
        "link": invitations.link_of(invitation) if may and waits and not row.revoked_at else "",
        "may_resend": may and waits and not row.revoked_at,
        "may_revoke": may and waits and not row.revoked_at,
        "may_extend": may and _running(row) and attempt is not None and attempt.closes_at is not None,
        "may_invite": may,
        "resend_form": ResendForm(initial={"expires_at": invitation.expires_at}),
        "extend_form": ExtendForm(),
        **more,
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
        messages.success(request, f"The invitation of {invitation.candidate} is withdrawn. The link works no more.")
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
        context = _detail(request.membership, invitation, resend_form=form)
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
        context = _detail(request.membership, invitation, extend_form=form)
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


# --- inviting --------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@member_with("invite_candidates")
def invite(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Invite one person."""
    assessment = get_assessment_for(request.membership, public_id)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        invitation = _invite_one(request, assessment, form)
        if invitation:
            address = reverse("invitation_detail", args=[invitation.public_id])
            return redirect(f"{address}?sent=1")
    context = {"assessment": assessment, "form": form, "definition": _definition(assessment)}
    return render(request, "assessments/team/invite.html", context, status=422 if form.errors else 200)


def _invite_one(request: MemberRequest, assessment: Assessment, form: InviteForm) -> Invitation | None:
    """The invitation, its mail on the way; None where it was refused, with the reason on the form."""
    try:
        invitation = invitations.invite(
            organisation=request.membership.organisation,
            assessment=assessment,
            email=form.cleaned_data["email"],
            name=form.cleaned_data["name"],
            terms=form.terms(),
            by=request.user,
        )
    except NotPossible as refused:
        form.add_error(None, str(refused))
        return None
    tasks.wake(tasks.send_invitation_mail, invitation.pk)
    return invitation


def _definition(assessment: Assessment) -> Any:
    return assessment.published.loaded() if assessment.published else None


@require_http_methods(["GET", "POST"])
@member_with("invite_candidates")
def invite_many(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Invite a list of people: look at it first; nothing is stored or sent before the second step."""
    assessment = get_assessment_for(request.membership, public_id)
    if request.POST.get("step") == "confirm":
        return _confirm(request, assessment)
    form = InviteManyForm(request.POST or None, request.FILES or None)
    preview: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            form, preview = _preview(request, assessment, form)
        except NotPossible as refused:
            form.add_error("file" if form.cleaned_data["file"] else "people", str(refused))
    context = {"assessment": assessment, "form": form, "definition": _definition(assessment), **preview}
    return render(request, "assessments/team/invite_many.html", context, status=422 if form.errors else 200)


def _preview(
    request: MemberRequest, assessment: Assessment, form: InviteManyForm
) -> tuple[InviteManyForm, dict[str, Any]]:
    """What would happen, and the form with the text as it was read, to be corrected."""
    upload = form.cleaned_data["file"]
    text = decode(upload.read()) if upload else form.cleaned_data["people"]
    organisation = request.membership.organisation
    rows = mark_invited(read_people(text), organisation, assessment)
    people = good(rows)
    left = invitations.invitations_left(organisation)
    again = InviteManyForm(initial={**form.cleaned_data, "people": text})
    preview = {
        "rows": rows,
        "good": [row for row in rows if not row.problem],
        "bad": [row for row in rows if row.problem],
        "left": left,
        "too_many": len(people) > left,
        "payload": _pack(request, assessment, people, form),
        "terms": form.terms(),
    }
    return again, preview


def _pack(request: MemberRequest, assessment: Assessment, people: list[tuple[str, str]], form: InviteManyForm) -> str:
    """The previewed people and terms, signed: what is confirmed is what was seen, in this tab, by this person."""
    terms = form.terms()
    payload = {
        "for": _bound_to(request, assessment),
        "people": people,
        "message": terms.message,
        "expires_at": terms.expires_at.isoformat(),
        "opens_at": terms.opens_at.isoformat() if terms.opens_at else None,
    }
    return signing.dumps(payload, salt=PREVIEW_SALT, compress=True)


def _bound_to(request: MemberRequest, assessment: Assessment) -> list[Any]:
    return [request.membership.organisation_id, str(assessment.public_id), request.user.pk]


def _confirm(request: MemberRequest, assessment: Assessment) -> HttpResponse:
    try:
        made, skipped = _invite_confirmed(request, assessment)
    except NotPossible as refused:
        messages.error(request, str(refused))
        return redirect("invite_many", public_id=assessment.public_id)
    if made:
        tasks.wake_each(tasks.send_invitation_mail, [invitation.pk for invitation in made])
        messages.success(request, f"{_people(len(made))} invited. The mails are on their way.")
    if skipped:
        messages.warning(request, f"{_people(skipped)} skipped: invited already since the preview.")
    return redirect(f"{reverse('invitation_list')}?assessment={assessment.public_id}")


def _invite_confirmed(request: MemberRequest, assessment: Assessment) -> tuple[list[Invitation], int]:
    """Invite whom the preview found good and nobody has invited since. Returns also how many were left out."""
    try:
        payload = signing.loads(request.POST.get("payload", ""), salt=PREVIEW_SALT, max_age=PREVIEW_SECONDS)
    except signing.BadSignature:
        payload = {}
    if payload.get("for") != _bound_to(request, assessment):
        raise NotPossible("This preview is too old. Please give the list again.")
    rows = [ReadRow(0, email, name) for email, name in payload["people"]]
    people = good(mark_invited(rows, request.membership.organisation, assessment))
    if not people:
        return [], len(rows)
    made = invitations.invite_many(
        organisation=request.membership.organisation,
        assessment=assessment,
        people=people,
        terms=_terms(payload),
        by=request.user,
    )
    return made, len(rows) - len(people)


def _terms(payload: dict[str, Any]) -> invitations.InvitationTerms:
    expires_at = parse_datetime(payload["expires_at"])
    assert expires_at is not None  # noqa: S101 - signed here
    try:
        check_end(expires_at)
    except ValidationError as error:
        raise NotPossible(" ".join(error.messages)) from error
    opens_at = parse_datetime(payload["opens_at"]) if payload["opens_at"] else None
    return invitations.InvitationTerms(expires_at=expires_at, opens_at=opens_at, message=payload["message"])


def _people(count: int) -> str:
    return "1 person was" if count == 1 else f"{count} people were"


