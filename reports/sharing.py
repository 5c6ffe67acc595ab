"""Reading shared reports: which link is good, and what its readers see."""

from __future__ import annotations

import hashlib
import json
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import Membership
from accounts.tokens import hash_token
from assessments.clock import database_now
from assessments.models import Attempt
from assessments.states import State
from reports.access import ShownSection, sections_for_candidate, sections_for_team
from reports.models import ShareKind, ShareLink, SkillReport

REDACTED = ("summary", "profile", "strengths_and_gaps", "difficulty", "method")
"""The sections that say something about skill and nothing about the person, the questions or the sitting."""


def open_link(token: str, *kinds: ShareKind) -> ShareLink:
    """The link behind a token. Raises Http404, the same for unknown, expired, taken back and not valid any more."""
    good = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=database_now()))
    found = ShareLink.objects.filter(
        good, token_hash=hash_token(token), kind__in=kinds, report__attempt__state=State.SCORED
    )
    link = found.select_related("report__score", "report__attempt__candidate__organisation").first()
    if link is None:
        raise Http404
    return link


def sections_for(link: ShareLink) -> list[ShownSection]:
    """What the readers of a link see."""
    if link.kind == ShareKind.TEAM_FULL:
        return sections_for_team(link.report)
    return [shown for shown in sections_for_candidate(link.report) if shown.slug in REDACTED]


def links_of(attempt: Attempt) -> QuerySet[ShareLink]:
    """The team's links to reports of an attempt, with how often and when last they were opened."""
    links = ShareLink.objects.filter(report__attempt=attempt).exclude(kind=ShareKind.RESULT)
    counted = links.annotate(times=Count("views"), last=Max("views__at"))
    return counted.select_related("created_by", "report").defer("report__data").order_by("-pk")


def get_link_for(membership: Membership, public_id: UUID) -> ShareLink:
    """A link of the member's organisation. Raises Http404."""
    links = ShareLink.objects.filter(report__attempt__candidate__organisation=membership.organisation)
    links = links.exclude(kind=ShareKind.RESULT).select_related("report__attempt").defer("report__data")
    return get_object_or_404(links, public_id=public_id)


def result_link(report: SkillReport) -> ShareLink | None:
    """The candidate's result page that is out."""
    out = ShareLink.objects.filter(report=report, kind=ShareKind.RESULT, revoked_at=None)
    return out.annotate(times=Count("views")).first()


def fingerprint(report: SkillReport) -> str:
    """Sixteen signs that stand for everything in this report: another figure gives other signs."""
    text = json.dumps(report.data, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(f"{report.public_id}:{report.number}:{text}".encode()).hexdigest()[:16]
    return "-".join(digest[at : at + 4] for at in range(0, 16, 4))
