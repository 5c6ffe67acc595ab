"""Inviting: one person, or a list that is looked at before anything is sent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods

from accounts.access import MemberRequest, member_with
from accounts.errors import NotPossible
from assessments import tasks
from assessments.access import get_assessment_for
from assessments.forms import InviteForm, InviteManyForm, check_end
from assessments.models import Assessment, Invitation
from assessments.services import invite as invitations
from assessments.services.people import ReadRow, decode, good, mark_invited, read_people

PREVIEW_SALT = "invite-many"
PREVIEW_SECONDS = 6 * 3600


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
