"""The practice run: real pages, no trace in what counts."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Organisation, User
from assessments.board import board_of
from assessments.clock import database_now
from assessments.models import Assessment, Attempt, Candidate, Invitation, Response
from assessments.services.accommodate import set_standing
from assessments.services.invite import path_of, revoke
from assessments.services.outages import affected
from assessments.services.rehearsal import MINUTES, load_rehearsal, old_rehearsals, rehearse_invited
from assessments.services.score import score_attempt
from assessments.services.start import start_invited
from assessments.services.submit import close_overdue
from assessments.services.waiting import unscored
from assessments.tasks import erase_old
from question_bank.access import drawable
from question_bank.models import Question, Topic
from tests.factories import make_assessment, make_invitation, make_skill, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _practice_run(db: None) -> None:
    Topic.objects.create(skill=make_skill("mlops-fundamentals"), title="what MLOps is and is not")
    load_rehearsal()


def practise(client: Client, invitation: Invitation) -> Attempt:
    reply = client.post(path_of(invitation) + "practice-run/")
    attempt = Attempt.objects.get(rehearsal=True)
    assert reply["Location"] == reverse("attempt_resume", args=[attempt.public_id])
    return attempt


def test_loading_it_again_changes_nothing_and_nothing_of_it_can_be_drawn_or_offered() -> None:
    assert load_rehearsal() is False
    practice = Question.objects.filter(external_id__startswith="practice-run-")
    assert practice.count() == 3
    assert not drawable(None).filter(pk__in=practice).exists()
    assert Assessment.objects.get(slug="practice-run").archived_at is not None


def test_it_is_offered_before_the_start_and_not_after(client: Client, invitation: Invitation) -> None:
    words = "Start the practice run"
    assert words in client.get(path_of(invitation)).content.decode()
    start_invited(invitation=invitation)
    assert words not in client.get(path_of(invitation)).content.decode()


def test_the_whole_run_on_the_real_pages_leaves_the_invitation_alone(
    client: Client, invitation: Invitation, organisation: Organisation
) -> None:
    attempt = practise(client, invitation)
    page = client.get(reverse("attempt_question", args=[attempt.public_id, 1])).content.decode()
    assert "Practice run" in page
    assert "does not count" in page
    typed = {"answer": "2", "revision": "0"}
    saved = client.post(
        reverse("attempt_save", args=[attempt.public_id, 3]), typed, headers={"Accept": "application/json"}
    )
    assert saved.json()["outcome"] == "saved"
    receipt = client.post(reverse("attempt_submit", args=[attempt.public_id]), follow=True).content.decode()
    assert "This was the practice run" in receipt
    assert f'href="{path_of(invitation)}"' in receipt
    assert "Open my report" not in receipt
    attempt.refresh_from_db()
    assert attempt.state == "submitted"
    assert (attempt.pk in unscored(), score_attempt(attempt.pk)) == (False, None)
    assert not invitation.attempts.exists()
    assert board_of(organisation).rows == []
    real = start_invited(invitation=invitation)
    assert real.created
    assert not Attempt.objects.get(pk=real.attempt.pk).rehearsal
    drawn = real.attempt.items.values_list("question_version__question__external_id", flat=True)
    assert not [name for name in drawn if name.startswith("practice-run-")]


def test_two_clicks_go_on_with_the_same_run_and_another_run_replaces_the_last(
    client: Client, invitation: Invitation
) -> None:
    first = practise(client, invitation)
    assert practise(client, invitation) == first
    client.post(reverse("attempt_submit", args=[first.public_id]))
    second = practise(client, invitation)
    assert second != first
    assert Candidate.objects.filter(attempts__rehearsal=True).distinct().count() == 1


def test_a_run_whose_time_is_over_is_closed_by_the_sweep_and_replaced_by_the_next(
    client: Client, invitation: Invitation
) -> None:
    first = practise(client, invitation)
    Attempt.objects.filter(pk=first.pk).update(closes_at=database_now() - datetime.timedelta(minutes=5))
    assert practise(client, invitation) != first
    second = Attempt.objects.get(rehearsal=True)
    Attempt.objects.filter(pk=second.pk).update(closes_at=database_now() - datetime.timedelta(minutes=5))
    assert close_overdue() == [second.pk]


@pytest.mark.parametrize(
    ("terms", "standing", "minutes"),
    [
        ({}, {}, 2),
        ({"time_factor": Decimal("1.5")}, {}, 3),
        ({}, {"time_factor": Decimal(2)}, 4),
        ({"untimed": True}, {}, None),
        ({}, {"untimed": True}, None),
    ],
)
def test_what_the_person_was_granted_works_in_it(
    client: Client,
    organisation: Organisation,
    assessment: Assessment,
    terms: dict[str, Any],
    standing: dict[str, Any],
    minutes: float | None,
) -> None:
    invitation = make_invitation(organisation, assessment, **terms)
    set_standing(candidate=invitation.candidate, **({"time_factor": Decimal(1), "untimed": False} | standing))
    attempt = practise(client, Invitation.objects.get(pk=invitation.pk))
    given = attempt.closes_at and (attempt.closes_at - attempt.started_at).total_seconds() / 60
    assert given == minutes
    assert attempt.untimed == (minutes is None)
    assert MINUTES == 2


def test_a_withdrawn_link_leads_to_no_practice_run(client: Client, invitation: Invitation, owner: User) -> None:
    revoke(invitation=invitation, by=owner)
    assert client.post(path_of(invitation) + "practice-run/").status_code == 404
    assert not Attempt.objects.exists()


def test_whoever_has_started_is_led_back_to_the_real_one(client: Client, invitation: Invitation) -> None:
    start_invited(invitation=invitation)
    assert client.post(path_of(invitation) + "practice-run/")["Location"] == path_of(invitation)
    assert not Attempt.objects.filter(rehearsal=True).exists()


def test_somebody_else_cannot_open_it(client: Client, invitation: Invitation) -> None:
    attempt = practise(client, invitation)
    assert Client().get(reverse("attempt_question", args=[attempt.public_id, 1])).status_code == 404


def test_before_a_self_assessment_it_is_there_for_whoever_is_signed_in(
    signed_in: Any, visitor: User, bank: None
) -> None:
    practice = make_assessment(None, group="taster", open_to_all=True)
    client = signed_in(visitor)
    assert "Start the practice run" in client.get(reverse("self_start", args=[practice.public_id])).content.decode()
    client.post(reverse("self_rehearse", args=[practice.public_id]))
    attempt = Attempt.objects.get(rehearsal=True)
    receipt = client.post(reverse("attempt_submit", args=[attempt.public_id]), follow=True).content.decode()
    assert reverse("self_start", args=[practice.public_id]) in receipt
    assert "Practice run" not in client.get(reverse("self_list")).content.decode()


def test_outages_are_not_given_back_to_practice_runs(client: Client, invitation: Invitation) -> None:
    from assessments.models import Outage

    practise(client, invitation)
    now = database_now()
    outage = Outage.objects.create(service="web", began_at=now, ended_at=now + datetime.timedelta(minutes=1))
    assert not affected(outage, None).exists()


def test_after_a_day_nothing_of_it_is_left(client: Client, invitation: Invitation) -> None:
    attempt = practise(client, invitation)
    save = reverse("attempt_save", args=[attempt.public_id, 3])
    client.post(save, {"answer": "2", "revision": "0"}, headers={"Accept": "application/json"})
    other = make_invitation(
        invitation.organisation, invitation.assessment, email=f"{make_user().pk}@practice.example.org"
    )
    real = start_invited(invitation=other).attempt
    erase_old()
    assert Attempt.objects.filter(pk=attempt.pk).exists()
    Attempt.objects.update(started_at=database_now() - datetime.timedelta(hours=25))
    assert old_rehearsals() == [attempt.candidate_id]
    erase_old()
    assert list(Attempt.objects.all()) == [real]
    assert not Response.objects.exists()
    assert not Candidate.objects.filter(pk=attempt.candidate_id).exists()


def test_without_the_library_nothing_is_offered_and_asking_for_it_says_so(
    client: Client, invitation: Invitation
) -> None:
    Assessment.objects.filter(slug="practice-run").update(published=None)
    assert "practice run" not in client.get(path_of(invitation)).content.decode()
    reply = client.post(path_of(invitation) + "practice-run/", follow=True)
    assert "There is no practice run here" in reply.content.decode()


def test_running_it_counts_no_question_as_seen(invitation: Invitation) -> None:
    attempt = rehearse_invited(invitation=invitation)
    assert not invitation.candidate.attempts.exists()
    assert attempt.candidate.name == ""
    assert attempt.candidate.organisation is None
