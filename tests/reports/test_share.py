"""Links to reports: what their readers see, when they end, who opened them, and that they tell nothing else."""

from __future__ import annotations

import datetime
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from assessments.models import Attempt
from assessments.services.intervene import reopen
from assessments.services.score import rescore
from reports.models import ShareKind, ShareLink, ShareView
from reports.services import share
from reports.services.build import build_report
from tests.reports.factories import SENTINELS, in_turn, make_assessment, make_scored, make_team
from tests.reports.test_pages import candidate_of, signed_in

pytestmark = pytest.mark.django_db
MIXED = in_turn("right", "partly", "wrong", "skipped", "not_reached")


def reported(**options: str) -> tuple[Attempt, User]:
    organisation, user = make_team("recruiter")
    attempt = make_scored(make_assessment(organisation, per_skill=5, **options), MIXED)
    build_report(attempt.score_id)
    return attempt, user


def link(attempt: Attempt, user: User, kind: ShareKind = ShareKind.TEAM_FULL, days: int = 7) -> ShareLink:
    return share.share(report=attempt.reports.get(), kind=kind, days=days, note="The interviewer", by=user)


def opened(one: ShareLink, name: str = "shared_report") -> tuple[int, str]:
    response = Client().get(reverse(name, args=[share.token_of(one)]))
    assert response["Cache-Control"] == "no-store, private"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response["X-Robots-Tag"]
    return response.status_code, response.content.decode()


def test_the_team_makes_a_link_sees_it_opened_and_takes_it_back() -> None:
    attempt, user = reported()
    client, address = signed_in(user), reverse("share_links", args=[attempt.public_id])
    form = {"kind": ShareKind.TEAM_FULL, "days": "14", "note": "For the interview"}
    assert client.post(address, form).status_code == 302
    html = client.get(address).content.decode()
    assert "Not opened yet" in html
    path = re.search(r'value="http[^"]*(/shared/[^"]+)"', html)
    assert path
    page = Client().get(path[1])
    assert page.status_code == 200
    assert "Robin Example" in page.content.decode()
    assert "Opened 1 time" in client.get(address).content.decode()
    one = ShareLink.objects.get()
    assert share.token_of(one) in path[1]
    assert share.token_of(one) not in str(ShareLink.objects.values())
    client.post(reverse("share_revoke", args=[one.public_id]))
    assert Client().get(path[1]).status_code == 404
    assert "Taken back" in client.get(address).content.decode()


def test_the_redacted_variant_names_nobody_and_no_question_time_or_signal() -> None:
    attempt, user = reported()
    status, html = opened(link(attempt, user, ShareKind.TEAM_REDACTED))
    assert status == 200
    for words in ("Robin", "example.org", "Around the sitting", "Interview", "By question", "question-list"):
        assert words not in html
    assert not [sentinel for sentinel in SENTINELS if sentinel in html]
    assert "Skill profile" in html
    assert "How this score was made" in html


def test_unknown_ended_and_taken_back_links_give_one_and_the_same_reply() -> None:
    attempt, user = reported()
    ended, revoked, wrong_kind, voided = (link(attempt, user) for _ in range(4))
    ShareLink.objects.filter(pk=ended.pk).update(expires_at=timezone.now() - datetime.timedelta(seconds=1))
    share.revoke(link=revoked)
    replies = [opened(ended), opened(revoked), opened(wrong_kind, "result_page")]
    unknown = Client().get(reverse("shared_report", args=["x" * 43]))
    replies.append((unknown.status_code, unknown.content.decode()))
    reopen(attempt=attempt, seconds=600, reason="The network was down", by=user)
    replies.append(opened(voided))
    plain = {(status, re.sub(r'"X-CSRFToken": "[^"]*"', "", html)) for status, html in replies}
    assert len(plain) == 1
    assert next(iter(plain))[0] == 404
    assert not ShareView.objects.exists()


def test_a_link_stays_with_the_version_that_it_was_made_for() -> None:
    attempt, user = reported()
    one = link(attempt, user)
    build_report(rescore(attempt=attempt, reason="a key was corrected", actor=user).pk)
    assert "Report 1" in opened(one)[1]


@pytest.mark.parametrize("days", ["0", "91", "x"])
def test_a_link_does_not_hold_for_ever(days: str) -> None:
    attempt, user = reported()
    form = {"kind": ShareKind.TEAM_FULL, "days": days}
    assert signed_in(user).post(reverse("share_links", args=[attempt.public_id]), form).status_code == 422
    assert not ShareLink.objects.exists()


def test_other_teams_and_readers_share_nothing() -> None:
    attempt, user = reported()
    one = link(attempt, user)
    _, stranger = make_team("owner")
    _, reader = make_team("reader")
    reader.memberships.update(organisation=attempt.candidate.organisation)
    for who in (stranger, reader):
        client = signed_in(who)
        assert client.get(reverse("share_links", args=[attempt.public_id])).status_code == 404
        assert client.post(reverse("share_revoke", args=[one.public_id])).status_code == 404
    one.refresh_from_db()
    assert one.revoked_at is None


def test_a_candidate_makes_a_result_page_that_can_be_verified_and_takes_it_back() -> None:
    attempt, user = reported()
    client, address = candidate_of(attempt), reverse("candidate_share", args=[attempt.public_id])
    assert "Make the page" in client.get(address).content.decode()
    for _ in range(2):
        client.post(address, {"do": "share"})
    one = ShareLink.objects.get()
    status, html = opened(one, "result_page")
    assert status == 200
    for words in ("Robin Example", "Skill profile", "How to verify this", "How this score was made", "90"):
        assert words in html
    assert not [sentinel for sentinel in SENTINELS if sentinel in html]
    assert "Around the sitting" not in html
    assert opened(one)[0] == 404
    assert "Opened 1 time" in client.get(address).content.decode()
    assert signed_in(user).post(reverse("share_revoke", args=[one.public_id])).status_code == 404
    client.post(address, {"do": "revoke"})
    assert opened(one, "result_page")[0] == 404
    client.post(address, {"do": "share"})
    again = ShareLink.objects.latest("pk")
    assert share.token_of(again) != share.token_of(one)


def test_nobody_else_publishes_a_result_and_nobody_before_its_release() -> None:
    attempt, user = reported()
    other, _ = reported()
    address = reverse("candidate_share", args=[attempt.public_id])
    for client in (Client(), signed_in(user), candidate_of(other)):
        assert client.post(address, {"do": "share"}).status_code == 404
    held_back, _ = reported(feedback="receipt")
    assert candidate_of(held_back).get(reverse("candidate_share", args=[held_back.public_id])).status_code == 404
    reopen(attempt=attempt, seconds=600, reason="The network was down", by=user)
    assert candidate_of(attempt).post(address, {"do": "share"}).status_code == 404
    assert not ShareLink.objects.exists()
