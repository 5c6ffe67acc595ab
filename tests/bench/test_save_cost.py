"""What a save may ask of the database: the bench's figures rest on it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import Organisation
from assessments.access import hand_over
from assessments.models import Assessment, Attempt
from tests.factories import make_attempt


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
