"""Inviting people, withdrawing and mailing invitations."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotPossible
from accounts.models import Organisation, User
from accounts.tokens import hash_token, make_token, token_behind
from assessments.accommodations import accommodation_of
from assessments.definition import Definition
from assessments.models import Assessment, Attempt, Candidate, Invitation
from assessments.names import one_line
from assessments.states import State

MAILS_PER_ADDRESS_AND_DAY = 10
FIRST_RETRY, LAST_RETRY = datetime.timedelta(minutes=1), datetime.timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class InvitationTerms:
    """What an invitation offers. ``time_factor`` 1..10; ``pause_minutes`` in all; ``opens_at`` None means at once."""

    expires_at: datetime.datetime
    opens_at: datetime.datetime | None = None
    time_factor: Decimal = Decimal(1)
    untimed: bool = False
    pause_minutes: int = 0
    message: str = ""


def link_of(invitation: Invitation) -> str:
    """The address to send. Computed, never stored."""
    return settings.SITE_URL + path_of(invitation)


def path_of(invitation: Invitation) -> str:
    """As `link_of`, on this site."""
    token = token_behind(invitation.token_hash, "invitation", invitation.public_id, invitation.token_nonce)
    return reverse("invitation_landing", args=[token])


@transaction.atomic
def invite(
    *,
    organisation: Organisation,
    assessment: Assessment,
    email: str,
    name: str = "",
    terms: InvitationTerms,
    by: User | None,
    send: bool = True,
) -> Invitation:
    """Invite one person. The mail goes out after the commit, or with the next sweep.

    Raises:
        NotPossible: unpublished, already invited, or too many invitations in an hour.
    """
    _refuse_unready(organisation, assessment)
    _refuse_flood(organisation, by, [email])
    return _invite(organisation, assessment, email, name, terms, by, send)


@transaction.atomic
def invite_many(
    *,
    organisation: Organisation,
    assessment: Assessment,
    people: Sequence[tuple[str, str]],
    terms: InvitationTerms,
    by: User,
) -> list[Invitation]:
    """Invite several people, given as (e-mail, name): all of them or, on an error, none.

    Raises:
        NotPossible: as `invite`.
    """
    _refuse_unready(organisation, assessment)
    _refuse_flood(organisation, by, [email for email, _ in people])
    names = {email.strip().lower(): one_line(name) for email, name in people}
    Candidate.objects.bulk_create(
        [Candidate(organisation=organisation, email=email, name=name) for email, name in names.items()],
        ignore_conflicts=True,
    )
    candidates = _lock(Candidate.objects.filter(organisation=organisation, email__in=names))
    _refuse_invited(assessment, candidates)
    by_email = {candidate.email: candidate for candidate in candidates}
    return Invitation.objects.bulk_create(
        _unsaved(organisation, assessment, by_email[email], terms, by, send=True) for email in names
    )


def _invite(
    organisation: Organisation,
    assessment: Assessment,
    email: str,
    name: str,
    terms: InvitationTerms,
    by: User | None,
    send: bool,
) -> Invitation:
    candidate, _ = Candidate.objects.get_or_create(
        organisation=organisation, email=email.strip().lower(), defaults={"name": one_line(name)}
    )
    _refuse_invited(assessment, _lock(Candidate.objects.filter(pk=candidate.pk)))
    invitation = _unsaved(organisation, assessment, candidate, terms, by, send=send)
    invitation.save(force_insert=True)
    return invitation


def _lock(candidates: QuerySet[Candidate]) -> list[Candidate]:
    """Hold the candidates' rows, so that two invitations of one person are made one after the other."""
    return list(candidates.select_for_update().order_by("pk"))


def waiting_invitations(assessment: Assessment) -> QuerySet[Invitation]:
    """Invitations that can still be taken or are being taken: a person has at most one of an assessment.

    Withdrawn, expired and finished ones do not count, so that somebody can be invited again and the
    history stays.
    """
    attempts = Attempt.objects.filter(invitation=OuterRef("pk")).exclude(state=State.VOIDED)
    running = Exists(attempts.filter(state=State.IN_PROGRESS))
    untouched = ~Exists(attempts) & Q(expires_at__gt=timezone.now())
    return Invitation.objects.filter(Q(running) | untouched, assessment=assessment, revoked_at=None)


def _refuse_invited(assessment: Assessment, candidates: Sequence[Candidate]) -> None:
    """The rows of ``candidates`` are locked, so nobody else can invite them meanwhile."""
    invited = waiting_invitations(assessment).filter(candidate__in=candidates)
    email = invited.values_list("candidate__email", flat=True).first()
    if email:
        raise NotPossible(
            f"{email} is already invited to {assessment.title}. Withdraw that invitation first to send a new one."
        )


def _unsaved(
    organisation: Organisation,
    assessment: Assessment,
    candidate: Candidate,
    terms: InvitationTerms,
    by: User | None,
    *,
    send: bool,
) -> Invitation:
    public_id = uuid.uuid4()
    return Invitation(
        public_id=public_id,
        organisation=organisation,
        assessment=assessment,
        candidate=candidate,
        token_hash=hash_token(make_token("invitation", public_id)),
        message=terms.message,
        opens_at=terms.opens_at,
        expires_at=terms.expires_at,
        time_factor=terms.time_factor,
        untimed=terms.untimed,
        pause_minutes=terms.pause_minutes,
        created_by=by,
        mail_wanted_at=timezone.now() if send else None,
    )


def _refuse_unready(organisation: Organisation, assessment: Assessment) -> None:
    if assessment.organisation_id not in (None, organisation.pk):
        raise NotPossible("This assessment belongs to another team.")
    if assessment.published_id is None or assessment.archived_at:
        raise NotPossible(f"{assessment.title} is not published. Publish it before you invite somebody.")


def invitations_left(organisation: Organisation) -> int:
    """How many more mails the organisation may send now.

    Plumbline must not serve as a mail cannon: a cap per organisation and hour, counted in the database.
    """
    since = timezone.now() - datetime.timedelta(hours=1)
    recent = Invitation.objects.filter(organisation=organisation, mail_wanted_at__gt=since).count()
    return max(0, settings.INVITATIONS_PER_HOUR - recent)


def _refuse_flood(organisation: Organisation, by: User | None, emails: Sequence[str]) -> None:
    """Nobody floods mailboxes with us: caps by team, by sender over all teams, and by recipient over all teams."""
    since = timezone.now() - datetime.timedelta(hours=1)
    left = invitations_left(organisation)
    if by is not None:
        sent = Invitation.objects.filter(created_by=by, mail_wanted_at__gt=since).count()
        left = min(left, max(0, settings.INVITATIONS_PER_HOUR - sent))
    if len(emails) > left:
        raise NotPossible(
            f"A team can send {settings.INVITATIONS_PER_HOUR} invitations an hour; {left} are left. "
            "Send the rest later."
        )
    day = timezone.now() - datetime.timedelta(days=1)
    addresses = [email.strip().lower() for email in emails]
    busy = (
        Invitation.objects.filter(candidate__email__in=addresses, mail_wanted_at__gt=day)
        .values("candidate__email")
        .annotate(mails=Sum("mail_tries"))
        .filter(mails__gte=MAILS_PER_ADDRESS_AND_DAY)
        .order_by("candidate__email")
        .values_list("candidate__email", flat=True)
        .first()
    )
    if busy:
        raise NotPossible(f"{busy} has got many mails today. Try again tomorrow, or send the link yourself.")


@transaction.atomic
def revoke(*, invitation: Invitation, by: User) -> None:
    """Withdraw an invitation. What was already taken stays; a running attempt may be finished.

    Raises:
        NotPossible: the attempt is already finished, or the invitation already withdrawn.
    """
    if invitation.attempts.exclude(state__in=[State.IN_PROGRESS, State.VOIDED]).exists():
        raise NotPossible("The assessment was already taken; its result stays.")
    if not Invitation.objects.filter(pk=invitation.pk, revoked_at=None).update(revoked_at=timezone.now()):
        raise NotPossible("This invitation was already withdrawn.")


@transaction.atomic
def resend(*, invitation: Invitation, by: User, expires_at: datetime.datetime | None = None) -> None:
    """Mail the link again, with a later end of validity where given.

    Raises:
        NotPossible: withdrawn or finished; sent less than a minute ago; or too many mails in an hour.
    """
    invitation = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("organisation", "candidate")
        .get(pk=invitation.pk)
    )
    if invitation.revoked_at:
        raise NotPossible("This invitation was withdrawn. Invite the person again instead.")
    if invitation.attempts.exclude(state__in=[State.IN_PROGRESS, State.VOIDED]).exists():
        raise NotPossible("The assessment was already taken.")
    if invitation.mail_wanted_at and timezone.now() - invitation.mail_wanted_at < datetime.timedelta(minutes=1):
        raise NotPossible("The mail was sent less than a minute ago. Wait a moment before sending it again.")
    _refuse_flood(invitation.organisation, by, [invitation.candidate.email])
    invitation.mail_wanted_at = timezone.now()
    invitation.mailed_at = None
    invitation.mail_problem = ""
    invitation.mail_next_at = None
    if expires_at:
        invitation.expires_at = max(expires_at, invitation.expires_at)
    invitation.save(update_fields=["mail_wanted_at", "mailed_at", "mail_problem", "mail_next_at", "expires_at"])


def mail_waiting() -> list[int]:
    """Ids of invitations whose mail should have gone out and has not."""
    waiting = Invitation.objects.filter(
        Q(mail_next_at=None) | Q(mail_next_at__lte=timezone.now()),
        mail_wanted_at__isnull=False,
        mailed_at=None,
        revoked_at=None,
    )
    return list(waiting.order_by("mail_wanted_at").values_list("pk", flat=True)[:100])


@transaction.atomic
def send_invitation_mail(invitation_id: int) -> bool:
    """Send the waiting mail of one invitation; False where it is not waiting any more.

    The row is locked while the mail is handed over, so that two workers do not send it twice.
    A refused mail is noted for the recruiter to see, and tried again after a while that doubles each time.
    """
    invitation = (
        Invitation.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("organisation", "assessment__published", "candidate", "created_by")
        .filter(pk=invitation_id, mailed_at=None, revoked_at=None, mail_wanted_at__isnull=False)
        .first()
    )
    if invitation is None or invitation.assessment.published is None:
        return False
    definition = invitation.assessment.published.loaded()
    context = {
        "invitation": invitation,
        "definition": definition,
        "minutes": _minutes(invitation, definition),
        "link": link_of(invitation),
    }
    subject = f"{invitation.organisation.name} invites you: {invitation.assessment.title}"
    body = render_to_string("assessments/mail/invitation.txt", context)
    subject = " ".join(subject.split())  # a line break in a title must not reach a mail header
    try:
        send_mail(subject, body, None, [invitation.candidate.email])
    except (OSError, ValueError) as error:  # ValueError: an address that no mail can be written to
        wait = min(FIRST_RETRY * 2**invitation.mail_tries, LAST_RETRY)
        Invitation.objects.filter(pk=invitation.pk).update(
            mail_problem=f"{type(error).__name__}: {error}"[:500],
            mail_tries=F("mail_tries") + 1,
            mail_next_at=timezone.now() + wait,
        )
        return False
    Invitation.objects.filter(pk=invitation.pk).update(
        mailed_at=timezone.now(), mail_problem="", mail_tries=F("mail_tries") + 1, mail_next_at=None
    )
    return True


def _minutes(invitation: Invitation, definition: Definition) -> float | None:
    """The time that this person gets; None where untimed."""
    granted = accommodation_of(invitation.candidate, invitation)
    if granted.untimed or definition.time_limit_minutes is None:
        return None
    return definition.time_limit_minutes * float(granted.time_factor)


def invitation_for(token: str, *, offer: bool = True) -> Invitation | None:
    """The invitation behind a link, whatever its state; None for an unknown token. ``offer``: with what it is to."""
    found = Invitation.objects.select_related("candidate")
    if offer:
        found = found.select_related("organisation", "candidate", "assessment__published").defer("assessment__draft")
    rows = found.order_by().filter(token_hash=hash_token(token))
    return next(iter(rows), None)  # not first(), which would sort the one row


def mark_opened(invitation: Invitation) -> None:
    """Note the first visit. Link scanners visit too, so nothing depends on it."""
    if invitation.opened_at is not None:
        return
    Invitation.objects.filter(pk=invitation.pk, opened_at=None).update(opened_at=timezone.now())
