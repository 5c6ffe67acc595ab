"""Links to reports: made, opened, taken back."""

from __future__ import annotations

import datetime
import uuid

from django.db import transaction
from django.utils import timezone

from accounts.errors import NotPossible
from accounts.models import User
from accounts.tokens import hash_token, make_token, token_behind
from assessments.clock import database_now
from reports.models import ShareKind, ShareLink, ShareView, SkillReport

MAX_DAYS = 90
MAX_OPEN = 20  # links of one report at a time
PURPOSE = "share"


@transaction.atomic
def share(*, report: SkillReport, kind: ShareKind, days: int, note: str, by: User) -> ShareLink:
    """A link of the team's to this version of a report.

    Raises:
        NotPossible: too many days, or too many links are out already.
    """
    if not 1 <= days <= MAX_DAYS:
        raise NotPossible(f"A link holds between 1 and {MAX_DAYS} days. Make a new one later if it is still needed.")
    now = timezone.now()
    out = ShareLink.objects.filter(report__attempt=report.attempt_id, revoked_at=None, expires_at__gt=now).count()
    if out >= MAX_OPEN:
        raise NotPossible(f"{out} links to this person's reports are out already. Take one back first.")
    return _make(report, kind, note=note, by=by, expires_at=now + datetime.timedelta(days=days))


@transaction.atomic
def publish_result(*, report: SkillReport) -> ShareLink:
    """The candidate's own result page: the one that is out, or a new one. It holds until it is taken back."""
    SkillReport.objects.select_for_update().only("pk").get(pk=report.pk)
    there = ShareLink.objects.filter(report=report, kind=ShareKind.RESULT, revoked_at=None).first()
    return there or _make(report, ShareKind.RESULT)


def _make(
    report: SkillReport,
    kind: ShareKind,
    *,
    note: str = "",
    by: User | None = None,
    expires_at: datetime.datetime | None = None,
) -> ShareLink:
    public_id = uuid.uuid4()
    return ShareLink.objects.create(
        public_id=public_id,
        report=report,
        kind=kind,
        token_hash=hash_token(make_token(PURPOSE, public_id)),
        note=note.strip(),
        created_by=by,
        expires_at=expires_at,
    )


def token_of(link: ShareLink) -> str:
    """The secret part of the address, computed again."""
    return token_behind(link.token_hash, PURPOSE, link.public_id)


def revoke(*, link: ShareLink) -> None:
    """Take a link back, at once. A second time changes nothing."""
    ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=database_now())


def note_view(*, link: ShareLink) -> None:
    ShareView.objects.create(link=link)
