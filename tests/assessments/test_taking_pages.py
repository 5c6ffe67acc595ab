"""The candidate's pages: what opens, what saves, and what never leaves the server."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organisation, User
from assessments.models import Assessment, Attempt, AttemptItem, Invitation, ProblemReport, Response
from assessments.services.invite import link_of, revoke
from question_bank.types.base import token_for
from tests.factories import SENTINEL, blueprint, make_assessment, make_invitation, right_answer

pytestmark = pytest.mark.django_db


def path_of(invitation: Invitation) -> str:
    return re.sub(r"^https?://[^/]+", "", link_of(invitation))


def begin(invitation: Invitation, client: Client | None = None) -> tuple[Client, Attempt]:
    client = client or Client()
    reply = client.post(path_of(invitation) + "start/", {"consent": "on", "name": "Candidate"})
    assert reply.status_code == 302, reply.content[:500]
    return client, invitation.attempts.get()


def url(name: str, attempt: Attempt, *more: int) -> str:
    return reverse(name, args=[attempt.public_id, *more])


def raw(item: AttemptItem, attempt: Attempt) -> list[str]:
    """The form values of the right answer."""
    answer = right_answer(item)
    if "value" in answer:
        return [answer["typed"]]
    return [token_for(option, item.seed(attempt)) for option in answer["options"]]


class TestLanding:
    def test_it_tells_what_will_happen_and_starts_nothing(self, invitation: Invitation) -> None:
        page = Client().get(path_of(invitation)).content.decode()
        assert "30 min" in page
        assert "Start the clock" in page
        assert Attempt.objects.count() == 0

    def test_unknown_withdrawn_and_expired_links_get_the_same_page(
        self, assessment: Assessment, organisation: Organisation, owner: User
    ) -> None:
        withdrawn, expired = (make_invitation(organisation, assessment) for _ in range(2))
        revoke(invitation=withdrawn, by=owner)
        Invitation.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - datetime.timedelta(hours=1))
        pages = [Client().get(p) for p in ("/i/unknown-token/", path_of(withdrawn), path_of(expired))]
        assert {page.status_code for page in pages} == {404}
        assert len({re.sub(r'"X-CSRFToken": "[^"]*"', "", page.content.decode()) for page in pages}) == 1

    def test_without_consent_nothing_starts(self, invitation: Invitation) -> None:
        reply = Client().post(path_of(invitation) + "start/", {"name": "Candidate"})
        assert reply.status_code == 422
        assert "Tick the box" in reply.content.decode()
        assert Attempt.objects.count() == 0

    def test_extra_time_is_shown_before_the_start(self, assessment: Assessment, organisation: Organisation) -> None:
        from decimal import Decimal

        invitation = make_invitation(organisation, assessment, time_factor=Decimal("1.5"))
        page = Client().get(path_of(invitation)).content.decode()
        assert "1.5 times the usual time" in page
        assert "45 min" in page
        _, attempt = begin(invitation)
        assert attempt.closes_at is not None
        assert attempt.closes_at - attempt.started_at == datetime.timedelta(minutes=45)

    def test_a_window_that_cuts_the_time_says_so_before_the_start(self, organisation: Organisation, bank: None) -> None:
        definition = {
            "time_limit_minutes": 30,
            "window_cuts_time": True,
            "sections": [{"blueprint": blueprint(("serving", None, 2))}],
        }
        ends = timezone.now() + datetime.timedelta(minutes=10)
        invitation = make_invitation(organisation, make_assessment(organisation, definition), expires_at=ends)
        assert "your time ends with it" in Client().get(path_of(invitation)).content.decode()
        _, attempt = begin(invitation)
        assert attempt.closes_at == ends

    def test_an_invitation_that_opens_later_cannot_be_started(
        self, assessment: Assessment, organisation: Organisation
    ) -> None:
        later = timezone.now() + datetime.timedelta(days=1)
        invitation = make_invitation(organisation, assessment, opens_at=later)
        assert "opens on" in Client().get(path_of(invitation)).content.decode()
        reply = Client().post(path_of(invitation) + "start/", {"consent": "on"})
        assert reply.status_code == 409


class TestTheWholeWayWithoutScript:
    def test_from_the_link_to_the_receipt(self, invitation: Invitation) -> None:
        client, attempt = begin(invitation)
        for item in attempt.items.select_related("question_version"):
            page = client.get(url("attempt_question", attempt, item.position))
            assert f"Question {item.position}" in page.content.decode()
            reply = client.post(
                url("attempt_save", attempt, item.position),
                {"answer": raw(item, attempt), "revision": "0", "go": "next"},
            )
            assert reply.status_code == 302
        overview = client.get(url("attempt_overview", attempt)).content.decode()
        assert "6 of 6 questions are answered" in overview
        client.post(url("attempt_submit", attempt))
        receipt = client.get(url("attempt_receipt", attempt)).content.decode()
        attempt.refresh_from_db()
        assert attempt.receipt in receipt
        assert Response.objects.filter(item__attempt=attempt).count() == 6

    def test_stored_answers_are_shown_again(self, invitation: Invitation) -> None:
        client, attempt = begin(invitation)
        item = attempt.items.select_related("question_version").get(position=1)
        client.post(url("attempt_save", attempt, 1), {"answer": raw(item, attempt), "revision": "0", "go": "next"})
        page = client.get(url("attempt_question", attempt, 1)).content.decode()
        assert "checked" in page or str(right_answer(item).get("typed")) in page
        assert 'name="revision" value="1"' in page

    def test_a_stale_form_keeps_what_was_typed_and_offers_it(self, invitation: Invitation) -> None:
        client, attempt = begin(invitation)
        item = next(i for i in attempt.items.all() if i.question_version.type == "numeric")
        address = url("attempt_save", attempt, item.position)
        client.post(address, {"answer": "1", "revision": "0", "go": "stay"})
        reply = client.post(address, {"answer": "2", "revision": "0", "go": "next"})
        page = reply.content.decode()
        assert reply.status_code == 409
        assert "another tab or window" in page
        assert "<code>2</code>" in page
        reply = client.post(address, {"answer": "2", "revision": "1", "go": "stay"})
        assert reply.status_code == 302
        assert item.responses.latest("revision").answer == {"value": 2.0, "typed": "2"}

    def test_an_answer_can_be_cleared(self, invitation: Invitation) -> None:
        client, attempt = begin(invitation)
        item = next(i for i in attempt.items.all() if i.question_version.type == "single_choice")
        address = url("attempt_save", attempt, item.position)
        client.post(address, {"answer": raw(item, attempt), "revision": "0", "go": "stay"})
        client.post(address, {"answer": raw(item, attempt), "revision": "1", "go": "clear"})
        assert item.responses.latest("revision").answer is None


class TestSavingByScript:
    def save(self, client: Client, attempt: Attempt, position: int, **data: object) -> object:
        return client.post(
            url("attempt_save", attempt, position), {"revision": "0", **data}, headers={"accept": "application/json"}
        )

    def test_the_reply_says_revision_time_and_remaining_time(self, invitation: Invitation) -> None:
        client, attempt = begin(invitation)
        item = attempt.items.get(position=1)
        reply = self.save(client, attempt, 1, answer=raw(item, attempt))
        body = reply.json()  # type: ignore[attr-defined]
        assert (body["outcome"], body["revision"], body["answered"]) == ("saved", 1, True)
        assert 0 < body["remaining_ms"] <= 30 * 60_000
        assert body["saved_at"]

    def test_the_reply_to_a_right_and_to_a_wrong_answer_differ_in_nothing_but_time(
        self, invitation: Invitation
    ) -> None:
        client, attempt = begin(invitation)
        right, wrong = (i for i in attempt.items.all() if i.question_version.type == "single_choice")
        other = next(o["id"] for o in wrong.question_version.payload["options"] if not o["correct"])
        bodies = [
            self.save(client, attempt, right.position, answer=raw(right, attempt)).json(),  # type: ignore[attr-defined]
            self.save(client, attempt, wrong.position, answer=token_for(other, wrong.seed(attempt))).json(),  # type: ignore[attr-defined]
        ]
        for body in bodies:
            del body["saved_at"], body["remaining_ms"]
        assert bodies[0] == bodies[1]

    def test_a_refusal_says_why_and_where_to_go_on(self, invitation: Invitation) -> None:
        client, attempt = begin(invitation)
        item = next(i for i in attempt.items.all() if i.question_version.type == "numeric")
        for answer, outcome, way in (
            ("1", "saved", None),
            ("2", "stale", url("attempt_question", attempt, item.position)),
        ):
            body = self.save(client, attempt, item.position, answer=answer).json()  # type: ignore[attr-defined]
            assert (body["outcome"], body.get("next")) == (outcome, way)
        client.post(url("attempt_submit", attempt))
        reply = self.save(client, attempt, item.position, answer="3", revision="1")
        assert reply.status_code == 409  # type: ignore[attr-defined]
        body = reply.json()  # type: ignore[attr-defined]
        assert (body["outcome"], body["next"]) == ("closed", url("attempt_receipt", attempt))
        assert "handed in already" in body["message"]
        stranger = self.save(Client(), attempt, item.position, answer="4")
        assert stranger.status_code == 404  # type: ignore[attr-defined]

    def test_an_option_of_another_question_is_refused_with_words(self, invitation: Invitation) -> None:
        client, attempt = begin(invitation)
        single = next(i for i in attempt.items.all() if i.question_version.type == "single_choice")
        reply = self.save(client, attempt, single.position, answer="0123456789ab")
        assert reply.status_code == 422  # type: ignore[attr-defined]
        assert Response.objects.count() == 0

    def test_what_is_no_number_is_kept_and_said(self, invitation: Invitation) -> None:
        client, attempt = begin(invitation)
        numeric = next(i for i in attempt.items.all() if i.question_version.type == "numeric")
        body = self.save(client, attempt, numeric.position, answer="about forty").json()  # type: ignore[attr-defined]
        assert body["outcome"] == "saved"
        assert "cannot be marked yet" in body["message"]
        assert Response.objects.get().answer == {"value": None, "typed": "about forty"}

    @pytest.mark.parametrize("revision", ["-1", "x", "1e3", "99999999999999"])
    def test_a_forged_revision_does_no_harm(self, invitation: Invitation, revision: str) -> None:
        client, attempt = begin(invitation)
        item = attempt.items.get(position=1)
        reply = self.save(client, attempt, 1, answer=raw(item, attempt), revision=revision)
        assert reply.status_code in (200, 409)  # type: ignore[attr-defined]


class TestWhoMayTakeIt:
    def test_another_browser_finds_nothing(self, invitation: Invitation) -> None:
        _, attempt = begin(invitation)
        for name, more in (("attempt_resume", ()), ("attempt_question", (1,)), ("attempt_receipt", ())):
            assert Client().get(url(name, attempt, *more)).status_code == 404
        assert Client().post(url("attempt_save", attempt, 1), {"answer": "x"}).status_code == 404
        assert Client().post(url("attempt_submit", attempt)).status_code == 404

    def test_the_cookie_of_one_attempt_opens_no_other(self, assessment: Assessment, organisation: Organisation) -> None:
        client, mine = begin(make_invitation(organisation, assessment))
        _, other = begin(make_invitation(organisation, assessment))
        stolen = client.cookies[f"attempt-{mine.public_id.hex}"].value
        client.cookies[f"attempt-{other.public_id.hex}"] = stolen
        assert client.get(url("attempt_question", other, 1)).status_code == 404

    def test_the_link_resumes_in_another_browser(self, invitation: Invitation) -> None:
        _, attempt = begin(invitation)
        second = Client()
        assert "Continue" in second.get(path_of(invitation)).content.decode()
        begin(invitation, second)
        assert second.get(url("attempt_question", attempt, 1)).status_code == 200
        assert Attempt.objects.count() == 1

    def test_a_recruiter_cannot_open_the_candidates_pages(
        self, invitation: Invitation, recruiter: User, signed_in: Callable[[User], Client]
    ) -> None:
        _, attempt = begin(invitation)
        assert signed_in(recruiter).get(url("attempt_question", attempt, 1)).status_code == 404

    def test_an_unknown_attempt_is_not_found(self, db: None) -> None:
        assert Client().get(reverse("attempt_question", args=[uuid4(), 1])).status_code == 404


class TestSelfAssessment:
    @pytest.fixture
    def open_assessment(self, bank: None) -> Assessment:
        return make_assessment(None, open_to_all=True)

    def test_a_visitor_signs_in_first(self, open_assessment: Assessment) -> None:
        assert Client().get(reverse("self_list")).status_code == 200
        assert Client().get(reverse("self_start", args=[open_assessment.public_id])).status_code == 302

    def test_somebody_with_an_account_takes_it_and_sees_it_in_the_list(
        self, open_assessment: Assessment, visitor: User, signed_in: Callable[[User], Client]
    ) -> None:
        client = signed_in(visitor)
        client.post(reverse("self_start", args=[open_assessment.public_id]), {"consent": "on"})
        attempt = Attempt.objects.get()
        assert attempt.candidate.user == visitor
        assert client.get(url("attempt_question", attempt, 1)).status_code == 200
        assert "Continue" in client.get(reverse("self_list")).content.decode()
        again = client.post(reverse("self_start", args=[open_assessment.public_id]), {"consent": "on"})
        assert again.status_code == 302
        assert Attempt.objects.count() == 1

    def test_it_cannot_be_taken_again_at_once(
        self, open_assessment: Assessment, visitor: User, signed_in: Callable[[User], Client]
    ) -> None:
        client = signed_in(visitor)
        address = reverse("self_start", args=[open_assessment.public_id])
        client.post(address, {"consent": "on"})
        client.post(url("attempt_submit", Attempt.objects.get()))
        reply = client.post(address, {"consent": "on"})
        assert "You can take it again from" in reply.content.decode()

    def test_an_assessment_of_a_team_is_not_open(
        self, assessment: Assessment, visitor: User, signed_in: Callable[[User], Client]
    ) -> None:
        address = reverse("self_start", args=[assessment.public_id])
        assert signed_in(visitor).get(address).status_code == 404


def test_no_byte_sent_during_an_attempt_holds_the_key(invitation: Invitation) -> None:
    client, attempt = begin(invitation)
    sent = [client.get(path_of(invitation))]
    for item in attempt.items.select_related("question_version"):
        for headers in ({}, {"hx-request": "true"}):
            sent.append(client.get(url("attempt_question", attempt, item.position), headers=headers))
        sent.append(
            client.post(
                url("attempt_save", attempt, item.position),
                {"answer": raw(item, attempt), "revision": "0"},
                headers={"accept": "application/json"},
            )
        )
    sent += [client.get(url(name, attempt)) for name in ("attempt_overview", "attempt_clock")]
    client.post(url("attempt_submit", attempt))
    sent.append(client.get(url("attempt_receipt", attempt)))
    secrets = [SENTINEL, "correct", "option-0", "option-1", "near_miss", "tolerance"]
    secrets += [str(v["answer"]) for v in _payloads(attempt) if "answer" in v and isinstance(v["answer"], float)]
    for reply in sent:
        everything = reply.content.decode() + str(reply.headers)
        if reply.request["PATH_INFO"].endswith("/save/"):
            continue  # echoes nothing either, checked above; a numeric answer of the candidate's own may be typed
        for secret in secrets:
            shown_by_candidate = secret[:3].isdigit() or "." in secret
            assert secret not in everything or shown_by_candidate, (secret, reply.request["PATH_INFO"])


def _payloads(attempt: Attempt) -> list[dict[str, object]]:
    return [item.question_version.payload for item in attempt.items.select_related("question_version")]


def test_numeric_keys_are_not_in_the_page_before_anything_was_typed(invitation: Invitation) -> None:
    client, attempt = begin(invitation)
    for item in attempt.items.select_related("question_version"):
        page = client.get(url("attempt_question", attempt, item.position)).content.decode()
        if item.question_version.type == "numeric":
            assert str(item.question_version.payload["answer"]) not in page


def test_option_tokens_differ_between_attempts(assessment: Assessment, organisation: Organisation) -> None:
    tokens = []
    for _ in range(2):
        _, attempt = begin(make_invitation(organisation, assessment))
        item = attempt.items.get(position=1)
        tokens.append(token_for("option-0", item.seed(attempt)))
    assert tokens[0] != tokens[1]


def test_pages_take_a_constant_number_of_queries(
    organisation: Organisation, django_assert_max_num_queries: object, bank: None
) -> None:
    counts = {}
    for size in (2, 10):
        definition = {"sections": [{"blueprint": blueprint(("serving", None, size // 2), ("drift", None, size // 2))}]}
        client, attempt = begin(make_invitation(organisation, make_assessment(organisation, definition)))
        for name, more in (("attempt_question", (1,)), ("attempt_overview", ()), ("attempt_clock", ())):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                client.get(url(name, attempt, *more))
            counts.setdefault(name, []).append(len(queries))
    assert all(few == many for few, many in counts.values()), counts


def test_the_list_for_practice_takes_a_constant_number_of_queries(
    bank: None, visitor: User, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(visitor)
    counts = []
    for _ in range(2):
        for _ in range(3):
            assessment = make_assessment(None, open_to_all=True)
            client.post(reverse("self_start", args=[assessment.public_id]), {"consent": "on"})
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("self_list"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_problem_with_a_question_can_be_reported(invitation: Invitation) -> None:
    client, attempt = begin(invitation)
    reply = client.post(
        url("attempt_problem", attempt, 1),
        {"text": "Two options say the same."},
        headers={"accept": "application/json"},
    )
    assert reply.json()["message"].startswith("Thank you")
    assert ProblemReport.objects.get().text == "Two options say the same."


def test_a_flag_is_kept(invitation: Invitation) -> None:
    client, attempt = begin(invitation)
    client.post(url("attempt_flag", attempt, 2), {"flagged": "1"})
    assert attempt.items.get(position=2).flagged
    client.post(url("attempt_flag", attempt, 2), {"flagged": "0"})
    assert not attempt.items.get(position=2).flagged


def test_a_page_opened_after_the_end_hands_in_and_shows_the_receipt(invitation: Invitation) -> None:
    client, attempt = begin(invitation)
    ended = timezone.now() - datetime.timedelta(minutes=1)
    Attempt.objects.filter(pk=attempt.pk).update(closes_at=ended)
    reply = client.get(url("attempt_question", attempt, 1))
    assert reply.status_code == 302
    assert reply.url == url("attempt_receipt", attempt)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.submitted_at) == ("submitted", ended)


def test_pages_of_an_attempt_are_not_stored_by_caches(invitation: Invitation) -> None:
    client, attempt = begin(invitation)
    assert "no-store" in client.get(url("attempt_question", attempt, 1))["Cache-Control"]
    assert "no-store" in client.get(path_of(invitation))["Cache-Control"]
