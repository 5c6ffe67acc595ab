"""The home page, the team and the outbox."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlencode
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.access import (
    SESSION_KEY,
    MemberRequest,
    current_membership,
    may_found_team,
    member_with,
    memberships_of,
    outbox_readable,
)
from accounts.errors import NotPossible
from accounts.forms import ColleagueForm, OrganisationForm, RoleForm
from accounts.models import ColleagueInvitation, Membership, OutboxMail, User
from accounts.roles import ROLE_DOES, ROLE_LABELS
from accounts.services import team as team_service

MAILS_PER_PAGE = 30
# Where a signed-in member begins: the first page that the role may see. The pages belong to the
# rooms above, so they are known here by name only.
START_PAGES = (("see_candidates", "invitation_list"), ("see_assessments", "assessment_list"), ("see_team", "team"))


# --- home --------------------------------------------------------------------------------------
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Visitors read what this is; everybody else goes on to their own work."""
    if not request.user.is_authenticated:
        return render(request, "home.html")
    membership = current_membership(request)
    if membership is None:
        return redirect(_first_that_exists("self_list", "about"))
    return redirect(_first_that_exists(*(page for right, page in START_PAGES if membership.may(right))))


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """The same page for people who are signed in."""
    return render(request, "home.html")


def _first_that_exists(*names: str) -> str:
    for name in names:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return reverse("about")


# --- team --------------------------------------------------------------------------------------
@require_safe
@member_with("see_team")
def team(request: MemberRequest) -> HttpResponse:
    return _team_page(request, ColleagueForm())


def _team_page(request: MemberRequest, form: ColleagueForm, status: int = 200) -> HttpResponse:
    organisation = request.membership.organisation
    may_manage = request.membership.may("manage_team")
    invitations = team_service.open_colleague_invitations(organisation).select_related("invited_by")
    context = {
        "form": form,
        "may_manage": may_manage,
        "members": organisation.memberships.select_related("user").order_by("user__name", "user__email"),
        "invitations": invitations.order_by("-created_at") if may_manage else [],
        "roles": [(role.value, ROLE_LABELS[role], does) for role, does in ROLE_DOES.items()],
    }
    return render(request, "accounts/team.html", context, status=status)


@require_POST
@member_with("manage_team")
def team_invite(request: MemberRequest) -> HttpResponse:
    form = ColleagueForm(request.POST)
    if not form.is_valid():
        return _team_page(request, form, status=422)
    try:
        invitation = team_service.invite_colleague(
            organisation=request.membership.organisation, by=request.user, **form.cleaned_data
        )
    except NotPossible as reason:
        form.add_error(None, str(reason))
        return _team_page(request, form, status=422)
    messages.success(request, f"The invitation is on its way to {invitation.email}.")
    return redirect("team")


@require_POST
@member_with("manage_team")
def invitation_withdraw(request: MemberRequest, public_id: UUID) -> HttpResponse:
    invitations = ColleagueInvitation.objects.filter(organisation=request.membership.organisation)
    invitation = get_object_or_404(invitations, public_id=public_id)
    try:
        team_service.withdraw_colleague_invitation(invitation=invitation)
    except NotPossible as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, f"The invitation of {invitation.email} is withdrawn; its link no longer works.")
    return redirect("team")


def _member(request: MemberRequest, pk: int) -> Membership:
    members = request.membership.organisation.memberships.select_related("user", "organisation")
    return get_object_or_404(members, pk=pk)


@require_POST
@member_with("manage_team")
def member_role(request: MemberRequest, pk: int) -> HttpResponse:
    member, form = _member(request, pk), RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Pick one of the roles.")
        return redirect("team")
    role = form.cleaned_data["role"]
    try:
        team_service.change_role(membership=member, role=role, by=request.membership)
    except NotPossible as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, f"{member.user.get_full_name()} is now: {form.role_label}.")
    return redirect("team")


@member_with("manage_team")
def member_remove(request: MemberRequest, pk: int) -> HttpResponse:
    """Asks first; removes on POST."""
    member = _member(request, pk)
    if request.method != "POST":
        return render(request, "accounts/member_remove.html", {"member": member})
    try:
        team_service.remove_member(membership=member, by=request.membership)
    except NotPossible as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, f"{member.user.get_full_name()} is no longer in the team.")
    return redirect("team")


@login_required
def team_new(request: HttpRequest) -> HttpResponse:
    """Start an organisation and become its owner."""
    if not may_found_team(request):
        raise Http404
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        organisation = team_service.create_organisation(
            name=form.cleaned_data["name"], owner=cast("User", request.user)
        )
        request.session[SESSION_KEY] = organisation.pk
        messages.success(request, f"{organisation.name} is ready. Invite the colleagues who work with you.")
        return redirect("team")
    return render(request, "accounts/team_new.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@login_required
def team_switch(request: HttpRequest) -> HttpResponse:
    """Work in another of one's own organisations."""
    memberships = memberships_of(cast("User", request.user))
    picked = request.POST.get("organisation", "")
    membership = next((m for m in memberships if str(m.organisation.public_id) == picked), None)
    if membership is None:
        raise Http404
    request.session[SESSION_KEY] = membership.organisation_id
    return redirect("home")


def team_join(request: HttpRequest, token: str) -> HttpResponse:
    """What an invited colleague sees; GET changes nothing, POST accepts."""
    invitation = team_service.colleague_invitation_for(token)
    if invitation is None:
        return render(request, "accounts/join_gone.html", status=404)
    if request.method == "POST" and request.user.is_authenticated:
        return _accept(request, invitation)
    if not request.user.is_authenticated:
        # Who holds the link has read the mail, so signing up with this address needs no second mail.
        get_adapter(request).stash_verified_email(request, invitation.email)
    return _join_page(request, invitation)


def _join_page(request: HttpRequest, invitation: ColleagueInvitation, problem: str = "") -> HttpResponse:
    role = next(role for role in ROLE_LABELS if role.value == invitation.role)
    fits = request.user.is_authenticated and request.user.email.lower() == invitation.email.lower()
    context = {
        "invitation": invitation,
        "does": ROLE_DOES[role],
        "fits": fits,
        "problem": problem,
        "login_query": urlencode({"next": request.path}),
        "signup_query": urlencode({"next": request.path, "email": invitation.email}),
    }
    return render(request, "accounts/join.html", context, status=409 if problem else 200)


def _accept(request: HttpRequest, invitation: ColleagueInvitation) -> HttpResponse:
    try:
        membership = team_service.accept_colleague_invitation(invitation=invitation, user=cast("User", request.user))
    except NotPossible as reason:
        return _join_page(request, invitation, str(reason))
    request.session[SESSION_KEY] = membership.organisation_id
    messages.success(request, f"Welcome to {membership.organisation.name}.")
    return redirect("home")


# --- outbox ------------------------------------------------------------------------------------
@require_GET
@member_with("read_outbox")
def outbox(request: MemberRequest) -> HttpResponse:
    """Mails that were kept instead of sent."""
    if not outbox_readable(request):
        raise Http404
    page = Paginator(OutboxMail.objects.defer("body"), MAILS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "accounts/outbox.html", {"page": page})


@require_GET
@member_with("read_outbox")
def outbox_mail(request: MemberRequest, pk: int) -> HttpResponse:
    if not outbox_readable(request):
        raise Http404
    return render(request, "accounts/outbox_mail.html", {"mail": get_object_or_404(OutboxMail, pk=pk)})
