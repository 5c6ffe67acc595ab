"""One invitation: what is shown, and what can be done with it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotPossible
from accounts.models import User
from assessments.models import AttemptExtension, Invitation
from assessments.services.invite import InvitationTerms, invite, link_of, revoke, send_invitation_mail
from tests.factories import make_assessment, make_invitation
from tests.walkthrough import Walkthrough

SignIn = Callable[[User], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mails_in_memory(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def at(name: str, invitation: Invitation) -> str:
    return reverse(name, args=[invitation.public_id])


def test_the_page_shows_facts_link_and_what_happened(signed_in, recruiter, invitation):
    html = signed_in(recruiter).get(at("invitation_detail", invitation)).content.decode()
    assert invitation.candidate.email in html
    assert link_of(invitation) in html
    assert "Mail on its way" in html


def test_a_finished_one_has_no_link_and_no_actions(signed_in, recruiter, invitation):
    Walkthrough(invitation).start().answer(1).submit().score()
    html = signed_in(recruiter).get(at("invitation_detail", invitation)).content.decode()
    assert link_of(invitation) not in html
    assert at("invitation_revoke", invitation) not in html
    assert at("invitation_resend", invitation) not in html
    assert "Handed in by the candidate" in html


def test_a_mail_problem_is_said(signed_in, recruiter, invitation):
    Invitation.objects.update(mail_problem="SMTPRecipientsRefused: no such mailbox")
    html = signed_in(recruiter).get(at("invitation_detail", invitation)).content.decode()
    assert "The mail could not be sent" in html


class TestRevoke:
    def test_asks_first_and_then_withdraws(self, signed_in, recruiter, invitation):
        client = signed_in(recruiter)
        assert "Withdraw the invitation of" in client.get(at("invitation_revoke", invitation)).content.decode()
        invitation.refresh_from_db()
        assert invitation.revoked_at is None
        assert client.post(at("invitation_revoke", invitation)).status_code == 302
        invitation.refresh_from_db()
        assert invitation.revoked_at

    def test_refused_after_the_finish(self, signed_in, recruiter, invitation):
        Walkthrough(invitation).start().submit().score()
        with pytest.raises(NotPossible, match="already taken"):
            revoke(invitation=invitation, by=recruiter)
        html = signed_in(recruiter).post(at("invitation_revoke", invitation), follow=True).content.decode()
        assert "already taken" in html
        invitation.refresh_from_db()
        assert invitation.revoked_at is None

    def test_twice_is_said(self, recruiter, invitation):
        revoke(invitation=invitation, by=recruiter)
        with pytest.raises(NotPossible, match="already withdrawn"):
            revoke(invitation=invitation, by=recruiter)

    def test_the_person_can_be_invited_again(self, organisation, assessment, recruiter, invitation):
        revoke(invitation=invitation, by=recruiter)
        again = make_invitation(organisation, assessment, email=invitation.candidate.email)
        assert again.candidate == invitation.candidate
        assert Invitation.objects.filter(candidate=invitation.candidate).count() == 2


class TestResend:
    def test_sends_again_with_a_later_end(self, signed_in, recruiter, invitation):
        send_invitation_mail(invitation.pk)
        Invitation.objects.update(mail_wanted_at=timezone.now() - datetime.timedelta(minutes=5))
        later = (timezone.now() + datetime.timedelta(days=30)).replace(second=0, microsecond=0)
        signed_in(recruiter).post(at("invitation_resend", invitation), {"expires_at": later.strftime("%Y-%m-%dT%H:%M")})
        invitation.refresh_from_db()
        assert invitation.expires_at == later
        assert invitation.mailed_at is None
        assert send_invitation_mail(invitation.pk)
        assert len(mail.outbox) == 2

    def test_an_end_in_the_past_is_refused(self, signed_in, recruiter, invitation):
        response = signed_in(recruiter).post(at("invitation_resend", invitation), {"expires_at": "2020-01-01T00:00"})
        assert response.status_code == 422
        assert "already over" in response.content.decode()

    def test_too_soon_is_said(self, signed_in, recruiter, invitation):
        html = signed_in(recruiter).post(at("invitation_resend", invitation), follow=True).content.decode()
        assert "less than a minute ago" in html


class TestExtend:
    def test_adds_time_to_a_running_attempt(self, signed_in, recruiter, invitation):
        Walkthrough(invitation).start()
        data = {"minutes": 15, "reason": "power cut"}
        signed_in(recruiter).post(at("invitation_extend", invitation), data)
        assert AttemptExtension.objects.get().seconds == 900
        html = signed_in(recruiter).get(at("invitation_detail", invitation)).content.decode()
        assert "15 minutes added" in html

    def test_needs_a_reason(self, signed_in, recruiter, invitation):
        Walkthrough(invitation).start()
        response = signed_in(recruiter).post(at("invitation_extend", invitation), {"minutes": 15, "reason": " "})
        assert response.status_code == 422
        assert not AttemptExtension.objects.exists()

    def test_refused_before_the_start(self, signed_in, recruiter, invitation):
        data = {"minutes": 15, "reason": "power cut"}
        html = signed_in(recruiter).post(at("invitation_extend", invitation), data, follow=True).content.decode()
        assert "not started yet" in html


class TestInvite:
    def form(self, **changes: str) -> dict[str, str]:
        end = timezone.now() + datetime.timedelta(days=3)
        return {"name": "Ada", "email": "Ada@Example.org", "expires_at": end.strftime("%Y-%m-%dT%H:%M")} | changes

    def test_stores_and_shows_the_link(self, signed_in, recruiter, assessment):
        response = signed_in(recruiter).post(
            reverse("invite", args=[assessment.public_id]), self.form(time_factor="1.5", message="Hello"), follow=True
        )
        invitation = Invitation.objects.get()
        html = response.content.decode()
        assert link_of(invitation) in html
        assert "is invited" in html
        assert invitation.candidate.email == "ada@example.org"
        assert invitation.time_factor == Decimal("1.5")
        assert invitation.created_by == recruiter

    @pytest.mark.parametrize("factor", ["0.99", "0", "-1", "10.01", "1e9", "nan", "many"])
    def test_a_time_factor_out_of_range_is_refused(self, signed_in, recruiter, assessment, factor):
        address = reverse("invite", args=[assessment.public_id])
        assert signed_in(recruiter).post(address, self.form(time_factor=factor)).status_code == 422
        assert not Invitation.objects.exists()

    def test_an_end_before_the_opening_is_refused(self, signed_in, recruiter, assessment):
        opens = (timezone.now() + datetime.timedelta(days=5)).strftime("%Y-%m-%dT%H:%M")
        response = signed_in(recruiter).post(reverse("invite", args=[assessment.public_id]), self.form(opens_at=opens))
        assert response.status_code == 422

    def test_twice_is_refused_in_words(self, signed_in, recruiter, assessment):
        client, address = signed_in(recruiter), reverse("invite", args=[assessment.public_id])
        client.post(address, self.form())
        response = client.post(address, self.form())
        assert response.status_code == 422
        assert "already invited" in response.content.decode()
        assert Invitation.objects.count() == 1

    def test_a_draft_cannot_be_offered(self, signed_in, recruiter, organisation, assessment):
        assessment.published = None
        assessment.save()
        html = signed_in(recruiter).get(reverse("invite", args=[assessment.public_id])).content.decode()
        assert "Not published yet" in html
        terms = InvitationTerms(expires_at=timezone.now() + datetime.timedelta(days=1))
        with pytest.raises(NotPossible, match="not published"):
            invite(organisation=organisation, assessment=assessment, email="a@example.org", terms=terms, by=recruiter)


class TestMail:
    def text(self, invitation: Invitation) -> str:
        assert send_invitation_mail(invitation.pk)
        return str(mail.outbox[0].body)

    def test_says_what_when_how_and_whom_to_ask(self, organisation, assessment, recruiter, invitation):
        Invitation.objects.update(created_by=recruiter, message="We look forward to it & <b>good luck</b>")
        text = self.text(invitation)
        assert link_of(invitation) in text
        assert assessment.title in text
        assert "30 minutes" in text
        assert recruiter.email in text
        assert "We look forward to it & <b>good luck</b>" in text, "plain text is not escaped"
        assert "Start" in text

    def test_says_the_time_of_this_person(self, organisation, assessment):
        assert "45 minutes" in self.text(make_invitation(organisation, assessment, time_factor=Decimal("1.5")))

    def test_says_no_time_limit(self, organisation, assessment):
        assert "no time limit" in self.text(make_invitation(organisation, assessment, untimed=True))

    def test_a_line_break_in_a_title_does_not_break_the_header(self, organisation, bank):
        assessment = make_assessment(organisation, title="Two\nlines")
        assert send_invitation_mail(make_invitation(organisation, assessment).pk)
        assert "Two lines" in mail.outbox[0].subject
