"""What a person was granted is seen by the person and by who invites, never by who only reads results."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assessments.board import board_of
from assessments.models import Attempt
from assessments.services import intervene
from assessments.services.pauses import take_pause
from tests.factories import make_attempt, make_invitation
from tests.walkthrough import Walkthrough

pytestmark = pytest.mark.django_db
A_TIME = re.compile(r"\b\d{1,2}:\d\d\b|T\d\d:\d\d")


@pytest.fixture
def sitting(organisation, assessment, recruiter) -> Walkthrough:
    """With half as much time again, a pause that was taken, and more time on top."""
    terms = {"time_factor": "1.5", "pause_minutes": 17}
    sitting = Walkthrough(make_invitation(organisation, assessment, name="Ada", **terms)).start().answer(1)
    take_pause(attempt=sitting.attempt)
    intervene.extend_many(attempts=[sitting.attempt], seconds=780, reason="Her screen reader", by=recruiter)
    return sitting


def detail(client: Client, sitting: Walkthrough) -> str:
    html = client.get(reverse("invitation_detail", args=[sitting.invitation.public_id])).content.decode()
    return html.split('id="main"')[1].split("</main>")[0]


def test_the_page_of_an_invitation(signed_in, recruiter, reader, sitting):
    theirs, readers = detail(signed_in(recruiter), sitting), detail(signed_in(reader), sitting)
    for words in ("1.5 times", "17 minutes", "screen reader", "Ends at", "Pause", "13 minutes"):
        assert words in theirs, words
        assert words not in readers, words
    sitting.submit()
    happened = detail(signed_in(reader), sitting).split("What happened")[1]
    assert "Finished" in happened
    assert not A_TIME.search(happened)  # from start to end is more than the limit


def test_the_board(signed_in, recruiter, reader, organisation, assessment, sitting):
    make_attempt(organisation, assessment, untimed=True, name="Untimed")
    usual = make_attempt(organisation, assessment, name="Usual")
    Attempt.objects.filter(pk=usual.pk).update(started_at=usual.started_at - datetime.timedelta(minutes=5))
    theirs, readers = (signed_in(user).get(reverse("board")).content.decode() for user in (recruiter, reader))
    for words in ("Time left", "no limit", "near the end"):
        assert words in theirs, words
        assert words not in readers, words
    rows = board_of(organisation, granted=False).rows
    assert [row.person for row in rows] == ["Usual", "Ada", "Untimed"]  # as they started
    assert {(row.left, row.ends_at) for row in rows} == {(None, None)}


def test_the_interface_for_programs(signed_in, recruiter, reader, sitting):
    sitting.submit()
    address = reverse("api_invitation", args=[sitting.invitation.public_id])

    def told(user: Any, address: str) -> dict[str, Any]:
        body = signed_in(user).get(address).json()
        return body["results"][0] if "results" in body else body

    for place in (address, reverse("api_invitations")):
        theirs, readers = told(recruiter, place), told(reader, place)
        assert (theirs["time_factor"], theirs["untimed"]) == ("1.50", False)
        assert (readers["time_factor"], readers["untimed"]) == (None, None)
        for name in ("started_at", "submitted_at"):
            assert A_TIME.search(theirs[name])
            assert readers[name] == theirs[name][:10]
