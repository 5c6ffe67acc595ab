"""A person can be invited again once nothing is open any more, and the history stays."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from accounts.errors import NotPossible
from accounts.models import Organisation, User
from assessments.models import Assessment, AttemptItem, Candidate, Invitation
from assessments.services.invite import revoke
from assessments.services.start import start_invited
from tests.factories import make_invitation
from tests.walkthrough import Walkthrough

pytestmark = pytest.mark.django_db
EMAIL = "again@example.org"


@pytest.fixture
def first(organisation: Organisation, assessment: Assessment) -> Invitation:
    return make_invitation(organisation, assessment, email=EMAIL)


def again(first: Invitation) -> Invitation:
    return make_invitation(first.organisation, first.assessment, email=EMAIL)


def test_an_open_invitation_bars_a_second_one(first: Invitation) -> None:
    with pytest.raises(NotPossible, match="already invited"):
        again(first)


def test_a_running_attempt_bars_a_second_invitation_also_after_expiry(first: Invitation) -> None:
    Walkthrough(first).start()
    Invitation.objects.filter(pk=first.pk).update(expires_at=timezone.now() - datetime.timedelta(hours=1))
    with pytest.raises(NotPossible, match="already invited"):
        again(first)


def test_after_a_finished_attempt_a_second_sitting_gets_other_questions(first: Invitation) -> None:
    one = Walkthrough(first).start().submit()
    two = Walkthrough(again(first)).start()
    questions = [
        set(AttemptItem.objects.filter(attempt=sitting.attempt).values_list("question_version__question", flat=True))
        for sitting in (one, two)
    ]
    assert not questions[0] & questions[1]
    assert Candidate.objects.filter(email=EMAIL).count() == 1


def test_an_expired_and_a_withdrawn_invitation_do_not_bar(first: Invitation, owner: User) -> None:
    Invitation.objects.filter(pk=first.pk).update(expires_at=timezone.now() - datetime.timedelta(hours=1))
    second = again(first)
    revoke(invitation=second, by=owner)
    assert again(first).pk


def test_a_withdrawn_invitation_whose_attempt_still_runs_cannot_be_doubled(first: Invitation, owner: User) -> None:
    Walkthrough(first).start()
    revoke(invitation=first, by=owner)
    with pytest.raises(NotPossible, match="taking this assessment already"):
        start_invited(invitation=again(first))
