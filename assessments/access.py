"""Who may see which assessment, invitation and attempt. Everything else gets a 404."""

from __future__ import annotations

import time
from functools import lru_cache
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from accounts.models import Membership, Organisation, User
from assessments.models import Assessment, Attempt, AttemptItem, Candidate, CutPanel, Invitation, Regrade
from assessments.pinned import PinnedForm, pinned_form
from assessments.states import WITH_SCORE

COOKIE_DAYS = 60


def assessments_visible_to(organisation: Organisation) -> QuerySet[Assessment]:
    """The shipped library and the organisation's own, without archived ones."""
    return Assessment.objects.filter(Q(organisation=None) | Q(organisation=organisation), archived_at=None)


def open_to_everybody() -> QuerySet[Assessment]:
    """Published assessments that anybody with an account may take for themselves."""
    return Assessment.objects.filter(open_to_all=True, archived_at=None, published__isnull=False)


def get_assessment_for(membership: Membership, public_id: UUID) -> Assessment:
    """One assessment that the member may see. Raises Http404."""
    visible = assessments_visible_to(membership.organisation).select_related("published", "role", "organisation")
    return get_object_or_404(visible, public_id=public_id)


def get_own_assessment_for(membership: Membership, public_id: UUID) -> Assessment:
    """One assessment of the member's organisation: the library cannot be edited here. Raises Http404."""
    own = Assessment.objects.filter(organisation=membership.organisation).select_related("published", "organisation")
    return get_object_or_404(own, public_id=public_id)


def get_panel_for(membership: Membership, public_id: UUID) -> CutPanel:
    """A panel on one of the organisation's own assessments. Raises Http404."""
    own = CutPanel.objects.filter(assessment__organisation=membership.organisation).select_related("assessment")
    return get_object_or_404(own, public_id=public_id)


def regrades_visible_to(membership: Membership) -> QuerySet[Regrade]:
    """The organisation's own corrections; for operators those for everybody, too."""
    found = Regrade.objects.select_related("version__question", "target", "actor", "organisation")
    if membership.user.is_superuser:
        return found.filter(Q(organisation=membership.organisation) | Q(organisation=None))
    return found.filter(organisation=membership.organisation)


def scored_items(organisation: Organisation | None) -> QuerySet[AttemptItem]:
    """Counted questions of attempts with a score, of one organisation's candidates or (None) of everybody's."""
    found = AttemptItem.objects.filter(counted=True, attempt__state__in=WITH_SCORE, attempt__score__isnull=False)
    return found if organisation is None else found.filter(attempt__candidate__organisation=organisation)


def get_regrade_for(membership: Membership, public_id: UUID) -> Regrade:
    """One correction that the member may see. Raises Http404."""
    return get_object_or_404(regrades_visible_to(membership), public_id=public_id)


def invitations_visible_to(organisation: Organisation) -> QuerySet[Invitation]:
    return Invitation.objects.filter(organisation=organisation)


def get_invitation_for(membership: Membership, public_id: UUID) -> Invitation:
    """One invitation of the member's organisation. Raises Http404."""
    visible = invitations_visible_to(membership.organisation).select_related("candidate", "assessment", "organisation")
    return get_object_or_404(visible, public_id=public_id)


def attempts_visible_to(organisation: Organisation) -> QuerySet[Attempt]:
    """Attempts of the organisation's candidates."""
    return Attempt.objects.filter(candidate__organisation=organisation)


def get_attempt_for(membership: Membership, public_id: UUID) -> Attempt:
    """One attempt of the organisation's candidates. Raises Http404."""
    visible = attempts_visible_to(membership.organisation).select_related(
        "candidate", "assessment", "version", "score", "invitation"
    )
    return get_object_or_404(visible, public_id=public_id)


def own_attempts(user: User) -> QuerySet[Attempt]:
    """Attempts that belong to an account: its self-assessments."""
    return Attempt.objects.filter(candidate__user=user, candidate__organisation=None)


def self_candidate(user: User) -> Candidate | None:
    return Candidate.objects.filter(user=user, organisation=None).first()


# --- the candidate's own way in: a signed cookie for one attempt -----------------------------


def _cookie_name(public_id: UUID) -> str:
    return f"attempt-{public_id.hex}"


def hand_over(response: HttpResponse, attempt: Attempt, *, secure: bool) -> None:
    """Bind an attempt to this browser: a signed cookie that is sent to this attempt's pages only."""
    response.set_signed_cookie(
        _cookie_name(attempt.public_id),
        str(attempt.candidate_id),
        salt="attempt",
        max_age=COOKIE_DAYS * 86400,
        path=f"/attempt/{attempt.public_id}/",
        secure=secure,
        httponly=True,
        samesite="Lax",
    )


# What the pages of an attempt show: each of them asks for it, and each column takes its time. The definition is left
# out, for `loaded` knows it once it was parsed.
_HELD = (
    Attempt.objects.select_related("candidate", "assessment", "version", "invitation__organisation")
    .only(
        *(field.name for field in Attempt._meta.concrete_fields),
        *("candidate__public_id", "candidate__user", "candidate__organisation", "candidate__email", "candidate__name"),
        *("assessment__public_id", "assessment__title", "assessment__organisation"),
        *("version__number", "version__question_count"),
        *("invitation__public_id", "invitation__pause_minutes", "invitation__organisation__name"),
    )
    .order_by()
)


def get_held_attempt(request: HttpRequest, public_id: UUID) -> Attempt:
    """The attempt that this browser, or this signed-in person, is taking. Raises Http404 for everybody else."""
    attempt = next(iter(_HELD.filter(public_id=public_id)), None)  # not first(), which would sort the one row
    if attempt is None or not may_take(request, attempt):
        raise Http404
    return attempt


def may_take(request: HttpRequest, attempt: Attempt) -> bool:
    """Whether the request comes from the person who takes the attempt."""
    if _cookie_names(request, attempt.public_id, attempt.candidate_id):
        return True
    owner = attempt.candidate.user_id if attempt.candidate.organisation_id is None else None
    return bool(owner and request.user.is_authenticated and request.user.pk == owner)


def get_held_form(request: HttpRequest, public_id: UUID) -> PinnedForm:
    """As `get_held_attempt`, of an attempt's unchanging part only: mostly without a query. Raises Http404."""
    try:
        form = pinned_form(public_id)
    except Attempt.DoesNotExist:
        raise Http404 from None
    if not _cookie_names(request, public_id, form.candidate):
        get_held_attempt(request, public_id)  # a signed-in person without the cookie, or nobody who may
    return form


def held_by_cookie(request: HttpRequest, public_id: UUID) -> bool:
    """Whether the request brings the signed cookie of this attempt: mostly without a query."""
    if _cookie_name(public_id) not in request.COOKIES:
        return False
    try:
        return _cookie_names(request, public_id, pinned_form(public_id).candidate)
    except Attempt.DoesNotExist:
        return False


def bears_cookie(request: HttpRequest, public_id: UUID) -> bool:
    """Whether the request brings a cookie that we have signed for this attempt. Asks no database."""
    name = _cookie_name(public_id)
    value = request.COOKIES.get(name)
    return value is not None and _signed_value(name, value, int(time.time()) // 3600) is not None


def _cookie_names(request: HttpRequest, public_id: UUID, candidate_id: int) -> bool:
    name = _cookie_name(public_id)
    value = request.COOKIES.get(name)
    return value is not None and _signed_value(name, value, int(time.time()) // 3600) == str(candidate_id)


@lru_cache(maxsize=8192)
def _signed_value(name: str, value: str, hour: int) -> str | None:
    """What a cookie holds if we have signed it in the last `COOKIE_DAYS`, else None; looked at anew each ``hour``."""
    bearer = HttpRequest()
    bearer.COOKIES[name] = value
    return bearer.get_signed_cookie(name, default=None, salt="attempt", max_age=COOKIE_DAYS * 86400)
