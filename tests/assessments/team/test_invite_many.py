"""Inviting a list: what is read from it, the preview, and that nothing happens before it is confirmed."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotPossible
from accounts.models import User
from assessments.models import Assessment, Candidate, Invitation
from assessments.services.invite import InvitationTerms, invite_many
from assessments.services.people import MAX_ROWS, decode, read_people
from tests.factories import make_assessment, make_invitation

SignIn = Callable[[User], Client]


def pairs(text: str) -> list[tuple[str, str]]:
    return [(row.email, row.name) for row in read_people(text)]


class TestReading:
    @pytest.mark.parametrize(
        "text",
        [
            "ada@example.org,Ada Example",
            "ada@example.org;Ada Example\r\n",
            "ada@example.org\tAda Example",
            "\ufeffemail,name\nada@example.org,Ada Example",
            "Name;E-Mail\nAda Example;ada@example.org",
            '"ada@example.org", "Ada Example"',
            "Ada Example, ADA@example.org",
            "\n\n ada@example.org , Ada   Example \n\n",
        ],
    )
    def test_columns_separators_and_headings(self, text):
        assert pairs(text) == [("ada@example.org", "Ada Example")]

    def test_a_name_may_hold_the_separator_and_a_line_break(self):
        assert pairs('ada@example.org,"Example, Ada\nB."\nben@example.org') == [
            ("ada@example.org", "Example, Ada B."),
            ("ben@example.org", ""),
        ]

    def test_problems_stand_at_their_line(self):
        rows = read_people("email,name\nada@example.org\nnot-an-address,Ben\n,Carl\nADA@example.org,Again\n")
        assert [(row.line, bool(row.problem)) for row in rows] == [(2, False), (3, True), (4, True), (5, True)]
        assert "line 2" in rows[3].problem

    def test_a_name_that_is_too_long_is_said(self):
        assert "longer" in read_people(f"ada@example.org,{'x' * 151}")[0].problem

    def test_a_null_character_does_not_reach_the_database(self):
        assert pairs("ada@example.org,A\x00da") == [("ada@example.org", "Ada")]

    @pytest.mark.parametrize("text", ["", " \n\t\n", "\ufeff"])
    def test_an_empty_list_is_refused(self, text):
        with pytest.raises(NotPossible, match="nobody"):
            read_people(text)

    def test_too_many_are_refused(self):
        text = "\n".join(f"p{number}@example.org" for number in range(MAX_ROWS + 1))
        with pytest.raises(NotPossible, match="at most"):
            read_people(text)

    def test_an_endless_cell_is_refused_with_its_line(self):
        with pytest.raises(NotPossible, match="Line"):
            read_people('ada@example.org,"' + "x" * 200_000)

    def test_files_of_spreadsheets_are_read(self):
        assert decode("Jörg".encode("utf-8-sig")) == "Jörg"
        assert decode("Jörg".encode("cp1252")) == "Jörg"
        assert decode("Jörg".encode("utf-16")) == "Jörg"

    def test_what_is_no_text_is_refused(self):
        with pytest.raises(NotPossible, match="not a text file"):
            decode(b"PK\x03\x04\x00\x00")
        with pytest.raises(NotPossible, match="1 MB"):
            decode(b"a" * 1_000_001)


@pytest.mark.django_db
class TestSteps:
    def address(self, assessment: Assessment) -> str:
        return reverse("invite_many", args=[assessment.public_id])

    def data(self, text: str = "", **more: Any) -> dict[str, Any]:
        end = (timezone.now() + datetime.timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
        return {"step": "preview", "people": text, "expires_at": end, "message": "Hello"} | more

    def payload(self, html: str) -> str:
        found = re.search(r'name="payload" value="([^"]+)"', html)
        assert found
        return found[1]

    def test_the_preview_sends_and_stores_nothing(self, signed_in, recruiter, organisation, assessment):
        invited = make_invitation(organisation, assessment)
        before = Invitation.objects.count(), Candidate.objects.count()
        text = f"ada@example.org,Ada\nnonsense\nada@example.org,Twice\n{invited.candidate.email}\n"
        html = signed_in(recruiter).post(self.address(assessment), self.data(text)).content.decode()
        assert "1 of 4 can be invited" in html
        assert "This is not an e-mail address." in html
        assert "already on line 1" in html
        assert "Already invited" in html
        assert (Invitation.objects.count(), Candidate.objects.count()) == before
        assert mail.outbox == []

    def test_confirming_invites_only_the_good_ones(self, signed_in, recruiter, assessment):
        client = signed_in(recruiter)
        html = client.post(self.address(assessment), self.data("ada@example.org,Ada\nnonsense")).content.decode()
        response = client.post(self.address(assessment), {"step": "confirm", "payload": self.payload(html)})
        assert response.status_code == 302
        invitation = Invitation.objects.get()
        assert (invitation.candidate.email, invitation.message) == ("ada@example.org", "Hello")
        assert invitation.mail_wanted_at
        assert invitation.created_by == recruiter

    def test_confirming_twice_invites_once(self, signed_in, recruiter, assessment):
        client = signed_in(recruiter)
        html = client.post(self.address(assessment), self.data("ada@example.org")).content.decode()
        confirm = {"step": "confirm", "payload": self.payload(html)}
        client.post(self.address(assessment), confirm)
        again = client.post(self.address(assessment), confirm, follow=True).content.decode()
        assert Invitation.objects.count() == 1
        assert "skipped" in again

    def test_a_file_works_as_well(self, signed_in, recruiter, assessment):
        upload = SimpleUploadedFile("people.csv", "email;name\nada@example.org;Jörg".encode("cp1252"))
        html = signed_in(recruiter).post(self.address(assessment), self.data(file=upload)).content.decode()
        assert "Jörg" in html
        assert "1 of 1 can be invited" in html

    def test_cells_are_shown_as_text(self, signed_in, recruiter, assessment):
        text = "ada@example.org,<img src=x onerror=alert(1)>\nben@example.org,=1+1"
        html = signed_in(recruiter).post(self.address(assessment), self.data(text)).content.decode()
        assert "<img src=x" not in html
        assert "=1+1" in html

    def test_a_payload_of_somebody_else_or_of_another_assessment_is_refused(
        self, signed_in, recruiter, owner, organisation, assessment
    ):
        html = signed_in(owner).post(self.address(assessment), self.data("ada@example.org")).content.decode()
        confirm = {"step": "confirm", "payload": self.payload(html)}
        other = make_assessment(organisation)
        for client, target in ((signed_in(recruiter), assessment), (signed_in(owner), other)):
            page = client.post(self.address(target), confirm, follow=True).content.decode()
            assert "too old" in page
        for forged in ("", "nonsense", confirm["payload"][:-1] + "x"):
            signed_in(owner).post(self.address(assessment), {"step": "confirm", "payload": forged})
        assert not Invitation.objects.exists()

    def test_an_empty_list_is_refused_in_words(self, signed_in, recruiter, assessment):
        response = signed_in(recruiter).post(self.address(assessment), self.data(" "))
        assert response.status_code == 422
        assert "Paste a list" in response.content.decode()

    def test_more_than_an_hour_allows_cannot_be_confirmed(self, signed_in, recruiter, assessment, settings):
        settings.INVITATIONS_PER_HOUR = 1
        html = signed_in(recruiter).post(self.address(assessment), self.data("a@example.org\nb@example.org"))
        assert "can send 1 more invitation this hour" in html.content.decode()
        assert 'name="payload"' not in html.content.decode()

    def test_a_long_list_takes_a_constant_number_of_queries(self, organisation, recruiter, assessment):
        terms = InvitationTerms(expires_at=timezone.now() + datetime.timedelta(days=1))
        counts = []
        for size in (3, 60):
            people = [(f"p{number}@size{size}.example.org", "") for number in range(size)]
            with CaptureQueriesContext(connection) as captured:
                made = invite_many(
                    organisation=organisation, assessment=assessment, people=people, terms=terms, by=recruiter
                )
            assert len({invitation.token_hash for invitation in made}) == size
            assert all(invitation.pk for invitation in made)
            counts.append(len(captured))
        assert counts[0] == counts[1]
