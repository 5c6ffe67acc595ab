"""A person takes the own data along, and has the name erased."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from assessments.models import Attempt, Invitation
from assessments.services.integrity import comment
from assessments.services.invite import path_of
from assessments.services.navigate import report_problem
from assessments.services.start import start_invited
from reports.services.build import build_report
from tests.factories import SENTINEL, make_assessment, make_invitation
from tests.walkthrough import Walkthrough

pytestmark = pytest.mark.django_db


@pytest.fixture
def sitting(invitation: Invitation) -> Walkthrough:
    story = Walkthrough(invitation).start()
    story.see(1).answer(1).see(2).answer(2, right=False).answer(2, revision=1)
    report_problem(attempt=story.attempt, position=1, text="There are two right answers.")
    story.submit()
    build_report(story.score().pk)
    comment(attempt=story.attempt, text="The fire alarm went off.")
    return story


@pytest.fixture
def holder(sitting: Walkthrough) -> Client:
    client = Client()
    client.post(path_of(sitting.invitation) + "start/")
    return client


def test_the_file_holds_every_answer_in_words_and_no_key(holder: Client, sitting: Walkthrough) -> None:
    reply = holder.get(reverse("own_data", args=[sitting.attempt.public_id]))
    assert "attachment" in reply["Content-Disposition"]
    assert SENTINEL not in reply.content.decode()
    data = json.loads(reply.content)
    assert data["person"]["email"] == sitting.attempt.candidate.email
    assert data["attempt"]["comment"] == "The fire alarm went off."
    assert [row["question"] for row in data["answers"]] == [1, 2, 2]
    for row in data["answers"]:
        assert row["saved_at"]
        for words in row["answer"]:
            assert words.startswith("Option ") or words.replace(".", "").lstrip("-").isdigit()
    assert data["notes_on_questions"][0]["text"] == "There are two right answers."
    assert data["report"]
    for word in ("correct", "rationale", "option-0"):
        assert word not in reply.content.decode()


def test_there_is_no_file_while_the_attempt_runs(invitation: Invitation) -> None:
    attempt = start_invited(invitation=invitation).attempt
    client = Client()
    client.post(path_of(invitation) + "start/")
    reply = client.get(reverse("own_data", args=[attempt.public_id]))
    assert reply["Location"] == reverse("attempt_resume", args=[attempt.public_id])


def test_erasing_takes_name_address_and_texts_away_and_keeps_the_score(holder: Client, sitting: Walkthrough) -> None:
    address = reverse("own_erasure", args=[sitting.attempt.public_id])
    candidate = sitting.attempt.candidate
    other = make_invitation(
        sitting.invitation.organisation, make_assessment(sitting.invitation.organisation), email=candidate.email
    )
    assert "Tick the box" in holder.post(address, follow=True).content.decode()
    candidate.refresh_from_db()
    assert "@erased.invalid" not in candidate.email
    assert "are erased" in holder.post(address, {"sure": "on"}, follow=True).content.decode()
    candidate.refresh_from_db()
    attempt = Attempt.objects.get(pk=sitting.attempt.pk)
    assert (candidate.name, candidate.email) == ("", f"{candidate.public_id}@erased.invalid")
    assert (attempt.candidate_comment, attempt.state) == ("", "scored")
    other.refresh_from_db()
    assert other.revoked_at is not None
    assert "already" in holder.post(address, {"sure": "on"}, follow=True).content.decode()


def test_nobody_else_gets_the_file_or_erases_the_name(sitting: Walkthrough, recruiter: User, signed_in) -> None:
    for client in (Client(), signed_in(recruiter)):
        assert client.get(reverse("own_data", args=[sitting.attempt.public_id])).status_code == 404
        reply = client.post(reverse("own_erasure", args=[sitting.attempt.public_id]), {"sure": "on"})
        assert reply.status_code == 404
    sitting.attempt.candidate.refresh_from_db()
    assert sitting.attempt.candidate.name


def test_not_while_another_assessment_of_the_team_runs(holder: Client, sitting: Walkthrough) -> None:
    team = sitting.invitation.organisation
    email = sitting.attempt.candidate.email
    start_invited(invitation=make_invitation(team, make_assessment(team), email=email))
    reply = holder.post(reverse("own_erasure", args=[sitting.attempt.public_id]), {"sure": "on"}, follow=True)
    assert "Hand it in first" in reply.content.decode()
