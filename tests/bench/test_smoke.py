"""The bench's loader and cast against a live server: that they work, not how fast."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from pytest_django.live_server_helper import LiveServer

from accounts.models import Organisation
from assessments.models import Assessment, Attempt, Response
from assessments.states import State
from bench import cast, figures
from bench.loader import Address, Broken, drive

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def address(live_server: LiveServer) -> Address:
    parts = urlsplit(live_server.url)
    return str(parts.hostname), int(parts.port or 80)


@pytest.fixture
def candidate(address: Address, organisation: Organisation, assessment: Assessment) -> cast.Candidate:
    """Somebody who has started through the pages, as the bench's people do."""
    invitation = cast.make_invitations(organisation, assessment, 1)[0]
    known = cast.get_pass(address, invitation)
    drive(address, [[cast.start_request(address, known, invitation)]]).expect(302)
    return cast.Candidate(address, Attempt.objects.get(invitation=invitation), known)


def test_every_request_of_a_whole_attempt_is_accepted(candidate: cast.Candidate, address: Address) -> None:
    questions = candidate.attempt.question_count
    drive(address, [candidate.pages()]).expect(200)
    saves = drive(address, [candidate.saves(questions + 2)]).expect(200)
    drive(address, [[candidate.submit()]]).expect(302)
    drive(address, [[candidate.receipt()]]).expect(200)

    assert saves.count == len(saves.latencies) == questions + 2
    assert all(b'"outcome": "saved"' in reply.body for reply in saves.replies[0])
    assert Response.objects.filter(item__attempt=candidate.attempt).count() == questions + 2
    candidate.attempt.refresh_from_db()
    assert candidate.attempt.state == State.SUBMITTED


def test_a_refused_request_stops_the_run(candidate: cast.Candidate, address: Address) -> None:
    drive(address, [[candidate.submit()]]).expect(302)
    with pytest.raises(Broken, match="409"):
        drive(address, [candidate.saves(1)]).expect(200)


def test_the_services_make_attempts_with_every_question_answered(
    organisation: Organisation, assessment: Assessment
) -> None:
    attempt = cast.answered(cast.make_invitations(organisation, assessment, 1)[0], submit=True)
    assert attempt.state == State.SUBMITTED
    assert Response.objects.filter(item__attempt=attempt).count() == attempt.question_count


def test_a_figure_has_what_the_file_promises() -> None:
    found = figures.figure("saves", 123.456, "per second", 250.0, conditions="here")
    assert (found.value, found.floor, found.ratio) == (123.5, 250.0, 0.4938)
    assert "saves" in figures.table([found])
    assert figures.quantile(list(range(1, 101)), 0.95) == 95
