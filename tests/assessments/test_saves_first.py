"""Saves go a shorter way (assessments.middleware): whatever happens on it must look as it does on the usual way."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import Organisation, User
from assessments import middleware
from assessments.access import hand_over
from assessments.models import Assessment, Attempt, Response
from assessments.services.extend import extend
from assessments.services.start import start_self
from tests.factories import make_assessment, make_attempt

JSON = {"Accept": "application/json"}


@pytest.fixture
def attempt(organisation: Organisation, assessment: Assessment) -> Attempt:
    return make_attempt(organisation, assessment)


@pytest.fixture
def client(attempt: Attempt) -> Client:
    """A browser with the cookie of the attempt."""
    client, response = Client(), HttpResponse()
    hand_over(response, attempt, secure=False)
    client.cookies.update(response.cookies)
    return client


@pytest.fixture
def usual_way(settings: Any) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.endswith("SavesFirst")]


def path(attempt: Attempt, position: int = 1) -> str:
    return reverse("attempt_save", args=[attempt.public_id, position])


def clear(client: Client, attempt: Attempt, position: int = 1, **more: Any) -> Any:
    return client.post(path(attempt, position), {"go": "clear", "revision": "0"}, headers=JSON, **more)


def told(reply: Any) -> tuple[int, Any, dict[str, str]]:
    body = {name: value for name, value in reply.json().items() if name not in ("saved_at", "remaining_ms")}
    return reply.status_code, body, {k: v for k, v in reply.headers.items() if k not in ("Vary", "Content-Length")}


def test_the_short_way_is_taken(client: Client, attempt: Attempt, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[Any] = []
    way = middleware.SavesFirst._saved
    monkeypatch.setattr(middleware.SavesFirst, "_saved", lambda *args: taken.append(way(*args)) or taken[-1])
    assert clear(client, attempt).status_code == 200
    assert [reply.status_code for reply in taken] == [200]


def test_both_ways_say_the_same(client: Client, attempt: Attempt, request: pytest.FixtureRequest) -> None:
    short = [told(clear(client, attempt, position)) for position in (1, 2)]
    request.getfixturevalue("usual_way")
    other = Client()
    other.cookies.update(client.cookies)
    assert [told(clear(other, attempt, position)) for position in (1, 2)] == short


def test_an_account_without_the_cookie_takes_the_usual_way(visitor: User, bank: None, signed_in: Any) -> None:
    attempt = start_self(assessment=make_assessment(None, open_to_all=True), user=visitor).attempt
    assert clear(signed_in(visitor), attempt).status_code == 200
    assert clear(Client(), attempt).status_code == 404


def test_a_host_that_is_not_ours_is_refused(client: Client, attempt: Attempt, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["plumbline.example"]
    assert clear(client, attempt).status_code == 400


def test_a_page_without_script_is_led_on(client: Client, attempt: Attempt) -> None:
    reply = client.post(path(attempt), {"revision": "0", "go": "next"})
    assert reply.status_code == 302
    assert reply.url == reverse("attempt_question", args=[attempt.public_id, 2])


def test_a_database_that_is_away_is_answered_with_when_to_try_again(
    client: Client, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: Any) -> None:
        raise OperationalError("away")

    monkeypatch.setattr("assessments.views.taking.save_answer", away)
    reply = clear(client, attempt)
    assert (reply.status_code, reply["Retry-After"], reply.json()["outcome"]) == (503, "2", "unavailable")


def test_a_save_that_failed_on_the_short_way_only_is_stored_once(
    client: Client, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reply is lost after the answer was stored: the usual way finds it and says so."""
    item = attempt.items.get(position=1)
    kind, payload = item.question_version.question_type, item.question_version.loaded_payload()
    values = list(kind.filled_in(payload, kind.solved(payload), item.seed(attempt)))
    way = middleware.SavesFirst._saved

    def lost(*arguments: Any) -> None:
        way(*arguments)
        raise OperationalError("gone after the commit")

    monkeypatch.setattr(middleware.SavesFirst, "_saved", lost)
    reply = client.post(path(attempt), {"answer": values, "revision": "0"}, headers=JSON)
    assert (reply.status_code, reply.json()["outcome"], reply.json()["revision"]) == (200, "unchanged", 1)
    assert Response.objects.filter(item=item).count() == 1


def test_a_reply_tells_of_time_that_the_page_does_not_know_of(
    client: Client, attempt: Attempt, owner: User, request: pytest.FixtureRequest
) -> None:
    def told_of(position: int, given: str | None) -> Any:
        more = {} if given is None else {"given": given}
        reply = client.post(path(attempt, position), {"go": "clear", "revision": "0", **more}, headers=JSON)
        return reply.json().get("given")

    assert told_of(1, "0") is None
    newest = extend(attempt=attempt, seconds=600, reason="A fire alarm.", by=owner)
    expected = [{"id": newest.pk, "seconds": 600, "kind": newest.kind, "reason": "A fire alarm."}]
    assert told_of(1, "0") == expected
    assert told_of(1, str(newest.pk)) is None
    assert told_of(1, None) is None  # an older page, which asks the clock
    request.getfixturevalue("usual_way")
    assert told_of(2, "0") == expected
