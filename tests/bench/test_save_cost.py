"""What a save may ask of the database: the bench's figures rest on it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import Organisation
from assessments.access import COOKIE_DAYS, hand_over
from assessments.models import Assessment, Attempt
from assessments.services.invite import link_of
from tests.factories import make_attempt, make_invitation


@pytest.fixture
def attempt(organisation: Organisation, assessment: Assessment) -> Attempt:
    return make_attempt(organisation, assessment)


def browser_of(attempt: Attempt) -> Client:
    client, response = Client(), HttpResponse()
    hand_over(response, attempt, secure=False)
    client.cookies.update(response.cookies)
    return client


def clear(client: Client, attempt: Attempt, position: int = 1) -> Any:
    path = reverse("attempt_save", args=[attempt.public_id, position])
    return client.post(path, {"go": "clear", "revision": "0"}, headers={"Accept": "application/json"})


def test_a_save_is_one_statement_once_the_form_is_known(attempt: Attempt, django_assert_num_queries: Any) -> None:
    client = browser_of(attempt)
    clear(client, attempt)
    with django_assert_num_queries(1):
        reply = clear(client, attempt)
    assert json.loads(reply.content)["outcome"] in ("saved", "unchanged")


def test_a_form_that_is_known_opens_to_its_own_cookie_only(
    attempt: Attempt, organisation: Organisation, assessment: Assessment
) -> None:
    clear(browser_of(attempt), attempt)
    assert clear(browser_of(make_attempt(organisation, assessment)), attempt).status_code == 404
    assert clear(Client(), attempt).status_code == 404


def test_there_is_no_question_before_the_first_or_after_the_last(attempt: Attempt) -> None:
    client = browser_of(attempt)
    for position in (0, attempt.question_count + 1):
        assert clear(client, attempt, position).status_code == 404


def test_a_deleted_attempt_takes_no_answer(attempt: Attempt) -> None:
    client = browser_of(attempt)
    clear(client, attempt)
    Attempt.objects.filter(pk=attempt.pk).delete()
    assert clear(client, attempt).status_code == 404


def test_what_each_page_on_the_way_asks_of_the_database(
    organisation: Organisation, assessment: Assessment, django_assert_max_num_queries: Any
) -> None:
    """Once its process knows the form; a higher number needs a reason, a lower one belongs here."""
    clear(browser_of(make_attempt(organisation, assessment)), Attempt.objects.latest("pk"))
    invitation, client = make_invitation(organisation, assessment), Client()
    link = "/" + link_of(invitation).split("/", 3)[3]
    with django_assert_max_num_queries(5):
        client.get(link)
    with django_assert_max_num_queries(15):
        client.post(f"{link}start/", {"consent": "on"})
    attempt = invitation.attempts.get()
    clear(client, attempt)
    client.get(reverse("attempt_question", args=[attempt.public_id, 1]))
    for name, most, arguments in (
        ("attempt_question", 5, [1]),
        ("attempt_overview", 4, []),
    ):
        with django_assert_max_num_queries(most):
            assert client.get(reverse(name, args=[attempt.public_id, *arguments])).status_code == 200
    with django_assert_max_num_queries(8):
        client.post(reverse("attempt_submit", args=[attempt.public_id]))
    with django_assert_max_num_queries(4):
        assert client.get(reverse("attempt_receipt", args=[attempt.public_id])).status_code == 200


def test_the_reply_to_a_save_carries_the_headers_of_a_page(attempt: Attempt) -> None:
    client = browser_of(attempt)
    page, saved = client.get(reverse("attempt_question", args=[attempt.public_id, 1])), clear(client, attempt)
    for name in (
        "Content-Security-Policy", "Cache-Control", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy",
        "Cross-Origin-Opener-Policy",
    ):  # fmt: skip
        assert saved.headers[name] == page.headers[name]
    assert "default-src 'none'" in saved.headers["Content-Security-Policy"]


def test_a_save_without_the_token_against_cross_site_posts_is_refused(attempt: Attempt) -> None:
    client = browser_of(attempt)
    client.handler.enforce_csrf_checks = True
    assert clear(client, attempt).status_code == 403


def test_a_cookie_that_was_changed_or_has_expired_opens_nothing(attempt: Attempt, monkeypatch: Any) -> None:
    client = browser_of(attempt)
    assert clear(client, attempt).status_code == 200
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + (COOKIE_DAYS + 1) * 86400)
    assert clear(client, attempt).status_code == 404
    monkeypatch.undo()
    name = next(iter(client.cookies))
    client.cookies[name] = client.cookies[name].value[:-1] + "x"
    assert clear(client, attempt).status_code == 404
