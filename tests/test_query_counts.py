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
from assessments.services.marking import record_marking
from question_bank.models import Question
from tests.assessments.test_taking_pages import begin, url
from tests.factories import blueprint, make_assessment, make_invitation, make_question, make_skill
from tests.walkthrough import Walkthrough

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


def test_the_marking_queue_does_not_grow_with_the_answers(
    organisation: Organisation, owner: User, author: User, signed_in: Callable[[User], Client]
) -> None:
    """Answers that wait for somebody, for a second person, and for somebody to settle two marks."""
    skill = make_skill("writing")
    make_question(skill, 1, type="free_text")
    lines = blueprint(("writing", None, 1))
    assessment = make_assessment(organisation, {"markers": 2, "sections": [{"blueprint": lines}]})
    client, counts, pages = signed_in(owner), [], []
    for number in (1, 4):
        for markers in [(), (owner,), (owner, author)] * number:
            story = Walkthrough(make_invitation(organisation, assessment)).start().save(1, {"text": "Roll back."}, 0)
            story.submit().score()
            for share, marker in enumerate(markers):
                item = story.item(1)
                points = {"cause": 2 * share, "next-step": 2}
                record_marking(item=item, response_id=item.responses.get().pk, points=points, comment="", by=marker)
        counts.append(queries(client, reverse("marking_queue")))
        pages.append(client.get(reverse("marking_queue")).content.decode())
    assert [(page.count("Mark<span"), page.count("Settle<span")) for page in pages] == [(1, 1), (5, 5)]
    assert counts[0] == counts[1]
