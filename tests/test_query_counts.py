"""Pages that show lists or forms take the same number of queries, however much there is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Organisation, OutboxMail, User
from assessments.models import Attempt
from question_bank.models import Question
from tests.assessments.test_taking_pages import begin, url
from tests.factories import blueprint, make_assessment, make_invitation, make_question

pytestmark = pytest.mark.django_db


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200, address
    return len(captured)


def sitting(organisation: Organisation, each: int) -> tuple[Client, Attempt]:
    lines = blueprint(("serving", None, each), ("drift", None, each))
    invitation = make_invitation(organisation, make_assessment(organisation, {"sections": [{"blueprint": lines}]}))
    return begin(invitation)


def test_receipt_and_staff_page_do_not_grow_with_the_questions(
    organisation: Organisation, bank: None, owner: User, signed_in: Callable[[User], Client]
) -> None:
    staff, receipts, pages = signed_in(owner), [], []
    for each in (1, 6):
        client, attempt = sitting(organisation, each)
        client.post(url("attempt_submit", attempt))
        receipts.append(queries(client, url("attempt_receipt", attempt)))
        assert attempt.invitation is not None
        pages.append(queries(staff, reverse("invitation_detail", args=[attempt.invitation.public_id])))
    assert receipts[0] == receipts[1]
    assert pages[0] == pages[1]


def test_the_outbox_does_not_grow_with_the_mails(
    organisation: Organisation, owner: User, signed_in: Callable[[User], Client]
) -> None:
    User.objects.filter(pk=owner.pk).update(is_staff=True)
    owner.refresh_from_db()
    client, counts = signed_in(owner), []
    for _ in range(2):
        OutboxMail.objects.bulk_create(
            OutboxMail(to="a@example.org", sender="b", subject="c", body="d") for _ in range(5)
        )
        counts.append(queries(client, reverse("outbox")))
    assert counts[0] == counts[1]


def test_the_preview_does_not_grow_with_the_bank(
    organisation: Organisation, bank: None, author: User, signed_in: Callable[[User], Client]
) -> None:
    skill = Question.objects.first().skill  # type: ignore[union-attr]
    client, counts = signed_in(author), []
    for number in range(2):
        question = make_question(skill, 100 + number, organisation=organisation)
        counts.append(queries(client, reverse("question_preview", args=[question.public_id])))
        for more in range(10):
            make_question(skill, 200 + 20 * number + more, organisation=organisation)
    assert counts[0] == counts[1]
