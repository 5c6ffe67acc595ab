"""The demo: a team, its accounts, invitations in every state, and finished attempts.

The attempts are taken through the real services; only their times are moved into the past, so that
lists and reports look as they do after a week of use. Everybody here is made up and labelled so.
"""

from __future__ import annotations

import datetime
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Membership, Organisation, User
from accounts.roles import Role
from accounts.services.team import create_organisation
from assessments.models import Assessment, Attempt, AttemptEvent, AttemptItem, Candidate, Invitation, Response
from assessments.services.invite import InvitationTerms, invite, link_of, revoke
from assessments.services.navigate import shown
from assessments.services.save_answer import save_answer
from assessments.services.score import score_attempt
from assessments.services.start import start_invited
from assessments.services.submit import submit_attempt
from question_bank.models import QuestionVersion
from reports.services.build import build_report

TEAM = "Demo team"
DOMAIN = "demo.example"
STAFF = (
    ("owner", Role.OWNER, "Demo Owner"),
    ("recruiter", Role.RECRUITER, "Demo Recruiter"),
    ("author", Role.AUTHOR, "Demo Author"),
    ("reviewer", Role.REVIEWER, "Demo Reviewer"),
)


@dataclass(frozen=True, slots=True)
class Sitting:
    """A finished demo attempt. ``ability`` on the logistic scale; ``pace`` in expected times; ``reach`` share seen."""

    assessment: str
    ability: float
    pace: float
    days_ago: int
    reach: float = 1.0
    skips: float = 0.0


SITTINGS = (
    Sitting("mlops-core", 2.3, 0.75, 6),
    Sitting("mlops-core", 1.2, 0.90, 6),
    Sitting("mlops-core", 0.9, 1.00, 5),
    Sitting("mlops-core", 0.3, 0.85, 5, skips=0.05),
    Sitting("mlops-core", -0.2, 1.05, 4),
    Sitting("mlops-core", -0.9, 0.60, 3, skips=0.15),
    Sitting("mlops-core", 0.4, 1.60, 3, reach=0.75),
    Sitting("role-mlops-engineer", 1.8, 0.80, 4),
    Sitting("role-mlops-engineer", 0.6, 0.95, 2),
    Sitting("role-mlops-engineer", -0.4, 0.90, 2, skips=0.10),
    Sitting("role-data-scientist", 1.0, 0.85, 1),
    Sitting("skill-model-monitoring", 0.8, 0.80, 1),
)


def create_demo() -> Iterator[str]:
    """Create what is missing, step by step; yields a line for each step. Running it again adds nothing."""
    owner = _accounts()
    organisation = _organisation(owner)
    yield f"{TEAM}: {len(STAFF)} accounts"
    done = Candidate.objects.filter(organisation=organisation).count()
    for number, sitting in enumerate(SITTINGS, start=1):
        if number > done:
            _take(organisation, owner, number, sitting)
            yield f"Demo attempt {number} of {len(SITTINGS)}"
    if done <= len(SITTINGS):
        _open_invitations(organisation, owner, len(SITTINGS))
        yield "Invitations in every state"


def logins() -> list[str]:
    """The lines that tell how to get in."""
    lines = [f"{email}@{DOMAIN}  ({role.value})" for email, role, _ in STAFF]
    waiting = (
        Invitation.objects.filter(organisation__is_demo=True, revoked_at=None, attempts=None, opened_at=None)
        .filter(expires_at__gt=timezone.now())
        .order_by("pk")
        .first()
    )
    lines.append(f"password: {settings.DEMO_PASSWORD}")
    if waiting:
        lines.append(f"take an assessment as a candidate: {link_of(waiting)}")
    return lines


@transaction.atomic
def _accounts() -> User:
    for name, _, full_name in STAFF:
        email = f"{name}@{DOMAIN}"
        user = User.objects.filter(email=email).first()
        if user is None:
            operator = name == "owner"  # may found teams and see the whole installation
            user = User.objects.create_user(email, settings.DEMO_PASSWORD, name=full_name, is_staff=operator)
        elif not user.check_password(settings.DEMO_PASSWORD):
            user.set_password(settings.DEMO_PASSWORD)
            user.save(update_fields=["password"])
        EmailAddress.objects.get_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
    return User.objects.get(email=f"owner@{DOMAIN}")


@transaction.atomic
def _organisation(owner: User) -> Organisation:
    organisation = Organisation.objects.filter(is_demo=True).first() or create_organisation(
        name=TEAM, owner=owner, is_demo=True
    )
    for name, role, _ in STAFF:
        user = User.objects.get(email=f"{name}@{DOMAIN}")
        Membership.objects.get_or_create(user=user, organisation=organisation, defaults={"role": role})
    return organisation


def _invite(organisation: Organisation, owner: User, number: int, slug: str, days: int = 14) -> Invitation:
    return invite(
        organisation=organisation,
        assessment=Assessment.objects.get(organisation=None, slug=slug),
        email=f"candidate{number:02}@{DOMAIN}",
        name=f"Demo Candidate {number:02}",
        terms=InvitationTerms(expires_at=timezone.now() + datetime.timedelta(days=days)),
        by=owner,
        send=False,
    )


@transaction.atomic
def _take(organisation: Organisation, owner: User, number: int, sitting: Sitting) -> None:
    rng = random.Random(number)  # noqa: S311 - the same demo each time
    invitation = _invite(organisation, owner, number, sitting.assessment)
    attempt = start_invited(invitation=invitation).attempt
    items = list(AttemptItem.objects.filter(attempt=attempt).select_related("question_version"))
    reached = items[: math.ceil(len(items) * sitting.reach)]
    for item in reached:
        shown(attempt=attempt, position=item.position)
        if rng.random() >= sitting.skips:
            answer = _answer(item.question_version, item.seed(attempt), sitting.ability, rng)
            save_answer(attempt=attempt.public_id, position=item.position, answer=answer, revision=0)
    _move_into_the_past(attempt, invitation, reached, sitting, rng)
    submit_attempt(attempt=attempt, ended_by="deadline" if sitting.reach < 1 else "candidate")
    if sitting.reach == 1:
        Attempt.objects.filter(pk=attempt.pk).update(submitted_at=_last_save(attempt))
    score = score_attempt(attempt.pk)
    if score:
        build_report(score.pk)


def _answer(version: QuestionVersion, seed: int, ability: float, rng: random.Random) -> dict[str, object] | None:
    """Right with the probability that a logistic model gives to this ability and difficulty, otherwise guessed."""
    right = rng.random() < 1 / (1 + math.exp(-(ability - (version.difficulty - 2) * 0.9)))
    kind, payload = version.question_type, version.asked(seed)
    if right:
        return kind.solved(payload)
    guesses = (kind.guess(payload, rng) for _ in range(20))
    return next((guess for guess in guesses if guess and kind.mark(payload, guess) != 1), None)


def _move_into_the_past(
    attempt: Attempt, invitation: Invitation, reached: list[AttemptItem], sitting: Sitting, rng: random.Random
) -> None:
    start = timezone.now() - datetime.timedelta(days=sitting.days_ago, minutes=rng.randrange(600))
    limit = datetime.timedelta(minutes=attempt.version.loaded().time_limit_minutes or 60)
    spans = [i.question_version.expected_seconds * sitting.pace * rng.uniform(0.5, 1.4) for i in reached]
    room = limit.total_seconds() * 0.97
    squeeze = min(1.0, room / sum(spans)) if sitting.reach == 1 else room / sum(spans)
    at = start
    for item, span in zip(reached, spans, strict=True):
        AttemptEvent.objects.filter(attempt=attempt, kind="shown", data__position=item.position).update(at=at)
        at += datetime.timedelta(seconds=span * squeeze)
        Response.objects.filter(item=item).update(saved_at=at)
    AttemptEvent.objects.filter(attempt=attempt, kind="started").update(at=start)
    Attempt.objects.filter(pk=attempt.pk).update(started_at=start, consented_at=start, closes_at=start + limit)
    earlier = start - datetime.timedelta(days=1)
    Invitation.objects.filter(pk=invitation.pk).update(
        created_at=earlier, mail_wanted_at=earlier, mailed_at=earlier, opened_at=start
    )
    attempt.refresh_from_db()


def _last_save(attempt: Attempt) -> datetime.datetime:
    newest = Response.objects.filter(item__attempt=attempt).order_by("-saved_at").values_list("saved_at", flat=True)
    return newest[0] + datetime.timedelta(seconds=30)


@transaction.atomic
def _open_invitations(organisation: Organisation, owner: User, offset: int) -> None:
    now = timezone.now()
    _invite(organisation, owner, offset + 1, "mlops-core")
    opened = _invite(organisation, owner, offset + 2, "role-ml-engineer")
    expired = _invite(organisation, owner, offset + 3, "role-mlops-engineer")
    withdrawn = _invite(organisation, owner, offset + 4, "mlops-core")
    week = datetime.timedelta(days=7)
    Invitation.objects.filter(organisation=organisation, mailed_at=None).update(mail_wanted_at=now, mailed_at=now)
    Invitation.objects.filter(pk=opened.pk).update(opened_at=now)
    Invitation.objects.filter(pk=expired.pk).update(created_at=now - 3 * week, expires_at=now - week)
    revoke(invitation=withdrawn, by=owner)
    Candidate.objects.filter(organisation=organisation, name="").update(name=F("email"))
