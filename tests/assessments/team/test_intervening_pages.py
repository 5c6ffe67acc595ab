"""One attempt from the team's side: open it again, set it aside, hand in a file, what a person is granted."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Candidate, HandIn, Invitation, Score
from assessments.services.integrity import comment
from assessments.services.start import start_invited
from reports.services.build import build_report
from tests.assessments.test_interventions import file_of
from tests.assessments.test_taking_pages import raw
from tests.walkthrough import Walkthrough

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(signed_in, recruiter) -> Client:
    return signed_in(recruiter)


@pytest.fixture
def scored(invitation: Invitation) -> Walkthrough:
    sitting = Walkthrough(invitation).start().answer(1).submit()
    sitting.score()
    return sitting


def page(client: Client, invitation: Invitation) -> str:
    return client.get(reverse("invitation_detail", args=[invitation.public_id])).content.decode()


def post(client: Client, name: str, invitation: Invitation, **data: Any) -> Any:
    return client.post(reverse(name, args=[invitation.public_id]), data, follow=True)


class TestReopening:
    def test_the_page_offers_it_and_tells_of_it(self, client, scored, invitation):
        assert reverse("invitation_reopen", args=[invitation.public_id]) in page(client, invitation)
        html = post(client, "invitation_reopen", invitation, minutes=45, reason="power cut").content.decode()
        assert "open again for 45 more minutes" in html
        assert "Opened again" in html
        assert "power cut" in html
        assert "Finished" in html
        scored.attempt.refresh_from_db()
        assert scored.attempt.state == "in_progress"

    def test_before_the_end_it_is_refused_in_words(self, client, invitation):
        Walkthrough(invitation).start()
        assert reverse("invitation_reopen", args=[invitation.public_id]) not in page(client, invitation)
        reply = post(client, "invitation_reopen", invitation, minutes=45, reason="x")
        assert reply.status_code == 422

    @pytest.mark.parametrize("data", [{}, {"minutes": 0, "reason": "x"}, {"minutes": 5, "reason": " "}])
    def test_needs_minutes_and_a_reason(self, client, scored, invitation, data):
        reply = post(client, "invitation_reopen", invitation, **data)
        assert reply.status_code == 422
        assert "Please correct this first" in reply.content.decode()
        scored.attempt.refresh_from_db()
        assert scored.attempt.state == "scored"


class TestSettingAside:
    def test_the_link_works_again_and_the_old_attempt_stays_in_sight(self, client, scored, invitation):
        html = post(client, "invitation_void", invitation, reason="wrong person took it").content.decode()
        assert "wrong person took it" in html
        assert "its report" in html
        scored.attempt.refresh_from_db()
        assert scored.attempt.state == "voided"
        assert start_invited(invitation=invitation).created

    def test_needs_a_reason(self, client, scored, invitation):
        assert post(client, "invitation_void", invitation, reason="").status_code == 422
        scored.attempt.refresh_from_db()
        assert scored.attempt.state == "scored"

    def test_before_the_start_there_is_nothing_to_set_aside(self, client, invitation):
        reply = post(client, "invitation_void", invitation, reason="x")
        assert reply.status_code == 422
        assert "not started yet" in reply.content.decode()


class TestHandingIn:
    def upload(self, sitting: Walkthrough, *positions: int) -> SimpleUploadedFile:
        answers = {str(p): {"answer": raw(sitting.item(p), sitting.attempt)} for p in positions}
        return SimpleUploadedFile("answers.json", file_of(sitting.attempt, answers), "application/json")

    def test_is_taken_over_and_scored_anew(self, client, scored, invitation):
        file = self.upload(scored, 1, 2, 3)
        html = post(client, "invitation_hand_in", invitation, file=file, note="no network").content.decode()
        assert "2 answers were taken over" in html
        assert "Answers handed in by file" in html
        assert list(Score.objects.order_by("number").values_list("number", "points")) == [(1, 1), (2, 3)]
        assert Score.objects.get(number=2).reason == "answers handed in by file"

    def test_a_file_with_nothing_new_makes_no_score(self, client, scored, invitation):
        html = post(client, "invitation_hand_in", invitation, file=self.upload(scored, 1), note="x").content.decode()
        assert "nothing changes" in html
        assert Score.objects.count() == 1

    def test_what_is_wrong_with_the_file_is_said(self, client, scored, invitation):
        for file, words in (
            (SimpleUploadedFile("a.json", b"{}"), "not a file of answers"),
            (SimpleUploadedFile("a.json", b"x" * 1_000_001), "too large"),
            (SimpleUploadedFile("a.json", b""), "empty"),
        ):
            reply = post(client, "invitation_hand_in", invitation, file=file, note="x")
            assert reply.status_code == 422
            assert words in reply.content.decode()
        assert not HandIn.objects.exists()


def test_extra_time_and_the_comment_are_listed(client, recruiter, scored, invitation):
    comment(attempt=scored.attempt, text="The fire alarm went off.")
    post(client, "invitation_reopen", invitation, minutes=45, reason="fire alarm")
    html = page(client, invitation)
    assert "The fire alarm went off." in html
    assert "Reopened" in html
    assert recruiter.get_full_name() in html


class TestAccommodations:
    def test_a_standing_one_holds_from_the_next_start(self, client, invitation):
        html = post(client, "invitation_accommodation", invitation, time_factor="1.5").content.decode()
        assert "1.5 times the usual time" in html
        attempt = start_invited(invitation=invitation).attempt
        assert attempt.closes_at - attempt.started_at == datetime.timedelta(minutes=45)

    @pytest.mark.parametrize("factor", ["", "0.5", "11", "nan", "much"])
    def test_a_factor_out_of_range_is_refused(self, client, invitation, factor):
        assert post(client, "invitation_accommodation", invitation, time_factor=factor).status_code == 422
        assert Candidate.objects.get().time_factor == 1

    def test_pauses_are_granted_when_inviting(self, client, assessment):
        end = (timezone.now() + datetime.timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
        form = {"name": "Ada", "email": "ada@example.org", "expires_at": end, "pause_minutes": "20"}
        client.post(reverse("invite", args=[assessment.public_id]), form)
        assert Invitation.objects.get().pause_minutes == 20
        form |= {"email": "other@example.org", "pause_minutes": "241"}
        assert client.post(reverse("invite", args=[assessment.public_id]), form).status_code == 422

    def test_the_list_and_the_report_do_not_show_them(self, client, scored, invitation):
        build_report(scored.attempt.score_id)
        Candidate.objects.update(time_factor=Decimal("1.75"), untimed=True)
        Invitation.objects.update(time_factor=Decimal("1.75"), pause_minutes=17)
        report = reverse("report_for_team", args=[scored.attempt.public_id])
        for address in (reverse("invitation_list"), report):
            html = client.get(address).content.decode()
            assert "1.75" not in html
            assert "17 minutes" not in html
            assert "ccommodation" not in html


class TestLimitsOfSections:
    def form(self, assessment: Any, **changes: str) -> dict[str, str]:
        return {
            "seen": assessment.updated_at.isoformat(),
            "section": "0",
            "do": "save",
            "rules-title": assessment.title,
            "rules-feedback": "report",
            "rules-retake_after_days": "1",
            "rules-time_limit_minutes": "30",
            "section-title": "Questions",
            "section-navigation": "one_way",
            **changes,
        }

    def test_are_kept_and_shown(self, signed_in, owner, assessment):
        client = signed_in(owner)
        address = reverse("assessment_edit", args=[assessment.public_id])
        html = client.get(address).content.decode()
        counts = dict(re.findall(r'<input type="number" name="([^"]+)"[^>]*value="(\d+)"', html))
        limits = {"section-time_limit_minutes": "12", "section-question_seconds": "45"}
        reply = client.post(address, self.form(assessment, **counts, **limits))
        assert reply.status_code == 302
        assessment.refresh_from_db()
        section = assessment.draft_definition().sections[0]
        assert (section.time_limit_minutes, section.question_seconds) == (12, 45)
        assert 'value="45"' in client.get(address).content.decode()
        assert (
            "45 seconds for each question"
            in client.get(reverse("assessment_publish", args=[assessment.public_id])).content.decode()
        )
        free = self.form(assessment, **counts, **limits, **{"section-navigation": "free"})
        reply = client.post(address, free)
        assert reply.status_code == 422
        assert "needs a section that goes one way" in reply.content.decode()
