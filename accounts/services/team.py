"""Organisations, members and the invitation of colleagues."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from accounts.errors import NotPossible
from accounts.models import ColleagueInvitation, Membership, Organisation, User
from accounts.roles import Role
from accounts.tokens import hash_token, make_token

COLLEAGUE_DAYS = 14
COLLEAGUE_INVITATIONS_PER_DAY = 50  # per organisation, so that it cannot be used to send mail to strangers


@transaction.atomic
def create_organisation(*, name: str, owner: User, is_demo: bool = False) -> Organisation:
    """A new organisation with its first owner."""
    slug = slugify(name)[:50] or "team"
    if Organisation.objects.filter(slug=slug).exists():
        slug = f"{slug}-{uuid.uuid4().hex[:6]}"
    organisation = Organisation.objects.create(name=name, slug=slug, is_demo=is_demo)
    Membership.objects.create(user=owner, organisation=organisation, role=Role.OWNER)
    return organisation


def invite_colleague(*, organisation: Organisation, email: str, role: str, by: User) -> ColleagueInvitation:
    """Mail a colleague a link that lasts `COLLEAGUE_DAYS` days.

    Raises:
        NotPossible: already a member, already invited, too many today, or the mail could not be sent.
    """
    public_id = uuid.uuid4()
    token = make_token("colleague", public_id)
    with transaction.atomic():
        # The lock lets one invitation of an organisation through at a time, so that the checks hold.
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        _check_invitable(organisation, email := email.strip().lower())
        invitation = ColleagueInvitation.objects.create(
            public_id=public_id,
            organisation=organisation,
            email=email,
            role=role,
            token_hash=hash_token(token),
            invited_by=by,
            expires_at=timezone.now() + timedelta(days=COLLEAGUE_DAYS),
        )
    _mail_colleague(invitation, token, by)
    return invitation


def _check_invitable(organisation: Organisation, email: str) -> None:
    if Membership.objects.filter(organisation=organisation, user__email__iexact=email).exists():
        raise NotPossible(f"{email} is already in the team.")
    if open_colleague_invitations(organisation).filter(email=email).exists():
        raise NotPossible(f"{email} already has an open invitation. Withdraw it first to send a new one.")
    since = timezone.now() - timedelta(days=1)
    sent = ColleagueInvitation.objects.filter(organisation=organisation, created_at__gt=since).count()
    if sent >= COLLEAGUE_INVITATIONS_PER_DAY:
        raise NotPossible(f"{COLLEAGUE_INVITATIONS_PER_DAY} invitations were sent within a day. Go on tomorrow.")


def _mail_colleague(invitation: ColleagueInvitation, token: str, by: User) -> None:
    organisation = invitation.organisation
    context = {
        "invitation": invitation,
        "organisation": organisation,
        "invited_by": by,
        "link": settings.SITE_URL + reverse("team_join", args=[token]),
        "days": COLLEAGUE_DAYS,
    }
    # A line break in a name must not become a header of the mail.
    subject = " ".join(f"{by.get_full_name()} invites you to {organisation.name} on Plumbline".split())
    body = render_to_string("accounts/mail/colleague.txt", context)
    try:
        send_mail(subject, body, None, [invitation.email])
    except OSError as error:  # smtplib's errors are OSErrors, too
        withdraw_colleague_invitation(invitation=invitation)
        raise NotPossible("The mail could not be sent, so nobody was invited. Try again in a while.") from error


def withdraw_colleague_invitation(*, invitation: ColleagueInvitation) -> None:
    """Make an invitation's link useless.

    Raises:
        NotPossible: it was accepted or withdrawn meanwhile.
    """
    changed = ColleagueInvitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    if not changed:
        raise NotPossible("This invitation was already used or withdrawn.")


def open_colleague_invitations(organisation: Organisation) -> QuerySet[ColleagueInvitation]:
    """Invitations that can still be accepted."""
    return ColleagueInvitation.objects.filter(
        organisation=organisation, accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()
    )


def colleague_invitation_for(token: str) -> ColleagueInvitation | None:
    """The open invitation behind a link; unknown, used, withdrawn and expired ones are all None."""
    return (
        ColleagueInvitation.objects.select_related("organisation", "invited_by")
        .filter(token_hash=hash_token(token), accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())
        .first()
    )


@transaction.atomic
def accept_colleague_invitation(*, invitation: ColleagueInvitation, user: User) -> Membership:
    """Make a signed-in user a member. The link works for the invited address only.

    Raises:
        NotPossible: signed in with another address, or the invitation was used meanwhile.
    """
    if user.email.lower() != invitation.email.lower():
        raise NotPossible(f"This invitation is for {invitation.email}. Sign in with that address.")
    used = ColleagueInvitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(
        accepted_at=timezone.now()
    )
    if not used:
        raise NotPossible("This invitation was already used or withdrawn.")
    membership, _ = Membership.objects.get_or_create(
        user=user, organisation=invitation.organisation, defaults={"role": invitation.role}
    )
    return membership


@transaction.atomic
def change_role(*, membership: Membership, role: str, by: Membership) -> None:
    """Give a member another role.

    Raises:
        NotPossible: own role, or the last owner would go.
    """
    if membership.pk == by.pk:
        raise NotPossible("You cannot change your own role. Ask another owner.")
    _keep_an_owner(membership, role)
    Membership.objects.filter(pk=membership.pk).update(role=role)


@transaction.atomic
def remove_member(*, membership: Membership, by: Membership) -> None:
    """Take a member out of the organisation.

    Raises:
        NotPossible: oneself, or the last owner would go.
    """
    if membership.pk == by.pk:
        raise NotPossible("You cannot remove yourself. Ask another owner.")
    _keep_an_owner(membership, None)
    membership.delete()


def _keep_an_owner(membership: Membership, new_role: str | None) -> None:
    owners = list(
        Membership.objects.select_for_update()
        .filter(organisation=membership.organisation, role=Role.OWNER)
        .values_list("pk", flat=True)
    )
    if owners == [membership.pk] and new_role != Role.OWNER:
        raise NotPossible("A team needs at least one owner.")
