"""The live board: who is on it, what it says, and more time for many."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import RIGHTS, Role
from assessments.board import SHOWN, board_of
from assessments.models import Attempt, AttemptExtension, Invitation, Outage
from assessments.presence import note_seen
from assessments.services import integrity, intervene
from assessments.services.submit import submit_attempt
from tests.factories import make_attempt, make_invitation
from tests.walkthrough import Walkthrough

SignIn = Callable[[User], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def board(signed_in: SignIn, recruiter: User) -> Callable[..., str]:
    def get(query: str = "", **headers: str) -> str:
        reply = signed_in(recruiter).get(reverse("board") + query, headers=headers)
        assert reply.status_code == 200
        return reply.content.decode()

    return get


def shift(attempt: Attempt, minutes: float) -> None:
    by = datetime.timedelta(minutes=minutes)
    Attempt.objects.filter(pk=attempt.pk).update(started_at=F("started_at") - by, closes_at=F("closes_at") - by)


def outage(began_ago: int, length: int) -> Outage:
    began = timezone.now() - datetime.timedelta(seconds=began_ago)
    return Outage.objects.create(service="web", began_at=began, ended_at=began + datetime.timedelta(seconds=length))


class TestRows:
    def test_only_running_attempts_of_the_own_team_are_on_it(self, board, organisation, other_organisation, assessment):
        running = make_attempt(organisation, assessment, email="runs@example.org")
        submit_attempt(attempt=make_attempt(organisation, assessment, email="over@example.org"))
        make_invitation(organisation, assessment, email="waits@example.org")
        assessment_of_others = assessment.__class__.objects.create(
            organisation=None, slug="shared", title="Shared", draft=assessment.draft, published=assessment.published
        )
        make_attempt(other_organisation, assessment_of_others, email="foreign@example.org")
        html = board()
        assert "runs@example.org" in html
        assert reverse("invitation_detail", args=[running.invitation.public_id]) in html
        now_running = html.partition("Ended in the last hour")[0]
        for other in ("over@", "waits@", "foreign@"):
            assert other not in now_running

    def test_progress_time_connection_and_signals_are_said(self, organisation, assessment):
        sitting = Walkthrough(make_invitation(organisation, assessment)).start().answer(1).answer(2)
        sitting.save(2, None, sitting.last.revision)  # cleared again
        integrity.record(
            attempt=sitting.attempt,
            events=[
                {"kind": "offline", "seconds": 30},
                {"kind": "offline", "seconds": 12.5},
                {"kind": "focus_lost", "seconds": 3},
                {"kind": "paste", "position": 1, "characters": 40},
                {"kind": "save_failed", "device": "laptop", "total": 4},
            ],
        )
        shift(sitting.attempt, 27)
        note_seen(sitting.attempt.pk)
        shown = board_of(organisation)
        [row] = shown.rows
        assert (row.answered, row.questions) == (1, 6)
        assert row.left == pytest.approx(180, abs=5)
        assert row.near_end
        assert row.heard_of
        assert (row.offline_times, row.offline_seconds, row.signals) == (2, 42.5, 2)
        assert row.saved_at is not None
        assert row.failed_saves == 4
        assert (shown.running, shown.near_end, shown.not_heard_of) == (1, 1, 0)

    def test_extensions_count_and_untimed_is_said(self, board, organisation, assessment, recruiter):
        timed = make_attempt(organisation, assessment)
        make_attempt(organisation, assessment, untimed=True)
        intervene.extend_many(attempts=[timed], seconds=600, reason="x", by=recruiter)
        first, second = board_of(organisation).rows
        assert first.left == pytest.approx(40 * 60, abs=5)
        assert second.left is None
        assert "no limit" in board()

    def test_silence_is_said_by_the_newest_sign(self, board, organisation, assessment):
        sitting = Walkthrough(make_invitation(organisation, assessment)).start().see(1)
        sitting.attempt.events.update(at=F("at") - datetime.timedelta(minutes=3))
        [row] = board_of(organisation).rows
        assert row.silent == pytest.approx(180, abs=5)
        assert "not heard of for 3 min" in board()

    def test_with_the_cache_away_it_does_not_call_everybody_lost(self, board, organisation, assessment, monkeypatch):
        make_attempt(organisation, assessment)
        monkeypatch.setattr("assessments.board.silent_seconds", lambda pks: None)
        html = board()
        assert "connections are not known" in html
        assert "not heard of for" not in html

    def test_nobody_is_said_with_what_to_do(self, board):
        html = board()
        assert "Nobody is taking an assessment now" in html
        assert reverse("invitation_list") in html

    def test_texts_of_candidates_are_escaped(self, board, organisation, assessment):
        make_attempt(organisation, assessment, name="<script>alert(1)</script>")
        assert "<script>alert" not in board()


def test_htmx_gets_the_lower_part_alone_and_ticks_are_kept(board, organisation, assessment):
    attempt = make_attempt(organisation, assessment)
    html = board(**{"HX-Request": "true"})
    assert "<h1" not in html
    box = re.search(r"<input[^>]*pick-[^>]*>", html)
    assert box
    assert "hx-preserve" in box[0]
    assert str(attempt.public_id) in box[0]


def test_queries_do_not_grow_with_the_people(signed_in, recruiter, organisation, assessment):
    client, counts = signed_in(recruiter), []
    for more in (3, 27):
        for _ in range(more):
            Walkthrough(make_invitation(organisation, assessment)).start().see(1).answer(1)
        client.get(reverse("board"))
        with CaptureQueriesContext(connection) as queries:
            html = client.get(reverse("board")).content.decode()
        counts.append(len(queries))
    assert html.count('name="attempt"') == 30 <= SHOWN
    assert counts[0] == counts[1] <= 14


class TestFailedSaves:
    """The page tells the total of a device; the board shows what was told, once."""

    def tell(self, attempt: Attempt, total: Any, device: Any = "laptop") -> int:
        return integrity.record(attempt=attempt, events=[{"kind": "save_failed", "device": device, "total": total}])

    def test_a_message_that_arrives_twice_or_late_counts_once(self, board, organisation, assessment):
        attempt = make_attempt(organisation, assessment)
        assert [self.tell(attempt, total) for total in (2, 2, 5, 3)] == [1, 0, 1, 0]
        self.tell(attempt, 1, "phone")
        assert board_of(organisation).rows[0].failed_saves == 6
        assert "6 saves failed" in board()
        assert integrity.recorded(attempt) == [("An answer could not be saved at first", 6)]

    @pytest.mark.parametrize("total", [0, -3, True, "4", None, 1.5, {}])
    def test_nonsense_is_dropped(self, organisation, assessment, total):
        attempt = make_attempt(organisation, assessment)
        assert self.tell(attempt, total) == 0
        assert self.tell(attempt, 3, device=None) == 0
        assert board_of(organisation).rows[0].failed_saves == 0

    def test_a_page_that_makes_them_up_fills_nothing(self, organisation, assessment):
        attempt = make_attempt(organisation, assessment)
        for number in range(integrity.MAX_TOLD + 5):
            self.tell(attempt, 10**9, f"device {number}")
        assert attempt.events.filter(kind="save_failed").count() == integrity.MAX_TOLD

    def test_the_last_ones_are_told_after_the_end(self, board, organisation, assessment):
        attempt = submit_attempt(attempt=make_attempt(organisation, assessment))
        self.tell(attempt, 7)
        [row] = board_of(organisation).ended
        assert row.failed_saves == 7


class TestJustEnded:
    def test_only_what_can_be_opened_again_and_for_an_hour(self, board, organisation, assessment, recruiter):
        ended = submit_attempt(attempt=make_attempt(organisation, assessment), ended_by="deadline")
        set_aside = submit_attempt(attempt=make_attempt(organisation, assessment))
        intervene.void(attempt=set_aside, reason="x", by=recruiter)
        [row] = board_of(organisation).ended
        assert (row.public_id, row.by_clock, row.timed) == (ended.public_id, True, True)
        assert "by the clock" in board()
        Attempt.objects.update(submitted_at=F("submitted_at") - datetime.timedelta(minutes=61))
        assert board_of(organisation).ended == []
        assert "Ended in the last hour" not in board()

    def test_not_those_of_other_teams(self, organisation, other_organisation, assessment):
        submit_attempt(attempt=make_attempt(organisation, assessment))
        assert board_of(other_organisation).ended == []


class TestOnTheRow:
    def post(self, client: Client, attempt: Attempt, **data: Any) -> Any:
        form = {"do": "extend", "minutes": 10, "reason": "The fire alarm"}
        return client.post(reverse("board_act", args=[attempt.public_id]), form | data, follow=True)

    def test_more_time(self, signed_in, recruiter, organisation, assessment):
        attempt = make_attempt(organisation, assessment, name="Ada")
        assert "Ada got 10 more minutes" in self.post(signed_in(recruiter), attempt).content.decode()
        given = attempt.extensions.get()
        assert (given.seconds, given.reason, given.granted_by) == (600, "The fire alarm", recruiter)

    def test_opening_again(self, signed_in, recruiter, organisation, assessment):
        attempt = submit_attempt(attempt=make_attempt(organisation, assessment, name="Ada"))
        html = self.post(signed_in(recruiter), attempt, do="reopen", minutes=5).content.decode()
        assert "Ada is open again for 5 more minutes" in html
        attempt.refresh_from_db()
        assert attempt.state == "in_progress"
        moved = attempt.events.filter(kind="moved").latest("pk")
        assert (moved.data["reason"], moved.actor) == ("The fire alarm", recruiter)

    def test_setting_aside_needs_no_minutes(self, signed_in, recruiter, organisation, assessment):
        attempt = make_attempt(organisation, assessment, name="Ada")
        assert "Ada is set aside" in self.post(signed_in(recruiter), attempt, do="void", minutes="").content.decode()
        attempt.refresh_from_db()
        assert attempt.state == "voided"

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            ({"reason": " "}, "required"),
            ({"minutes": ""}, "Say how many minutes"),
            ({"minutes": "0"}, "greater than or equal to 1"),
            ({"do": "reopen"}, "Only an attempt that was handed in can be reopened"),
            ({"do": "cheat"}, "not one of the available choices"),
        ],
    )
    def test_what_is_wrong_is_said_and_the_form_stays_open(
        self, signed_in, recruiter, organisation, assessment, data, words
    ):
        attempt = make_attempt(organisation, assessment)
        reply = self.post(signed_in(recruiter), attempt, **data)
        html = reply.content.decode()
        assert reply.status_code == 422
        assert words in html
        assert re.search(rf'id="acts-extend-{attempt.public_id}"[^>]* open', html)
        assert html.count('value="The fire alarm"') == (0 if "reason" in data else 2)
        attempt.refresh_from_db()
        assert attempt.state == "in_progress"
        assert not attempt.extensions.exists()

    def test_only_what_fits_is_offered(self, board, organisation, assessment):
        timed = make_attempt(organisation, assessment)
        untimed = make_attempt(organisation, assessment, untimed=True)
        ended = submit_attempt(attempt=make_attempt(organisation, assessment))
        assert not re.search(r'action="/live/[0-9a-f-]{36}/"', board())  # the forms come with the link on the row
        html = board("?" + "&".join(f"row={attempt.public_id}" for attempt in (timed, untimed, ended)) + "&row=x")
        forms = re.findall(r'action="/live/([0-9a-f-]{36})/">.*?name="do" value="(\w+)"', html, re.S)
        assert sorted(forms) == sorted(
            (str(attempt.public_id), do)
            for attempt, do in [
                (timed, "extend"), (timed, "void"), (untimed, "void"), (ended, "reopen"), (ended, "void"),
            ]
        )  # fmt: skip

    def test_an_attempt_of_another_team_is_not_found(self, signed_in, outsider, organisation, assessment):
        attempt = make_attempt(organisation, assessment)
        assert self.post(signed_in(outsider), attempt).status_code == 404
        assert not attempt.extensions.exists()


class TestMoreTime:
    @pytest.fixture
    def people(self, organisation, assessment) -> list[Attempt]:
        return [make_attempt(organisation, assessment) for _ in range(3)]

    def post(self, client: Client, **data: Any) -> Any:
        form = {"minutes": 10, "reason": "fire drill", "to": "ticked"}
        return client.post(reverse("board_extend"), form | data, follow=True)

    def test_to_the_ticked(self, signed_in, recruiter, people):
        ticked = [str(attempt.public_id) for attempt in people[:2]]
        html = self.post(signed_in(recruiter), attempt=ticked).content.decode()
        assert "2 attempts got 10 more minutes" in html
        assert {e.attempt for e in AttemptExtension.objects.all()} == set(people[:2])
        assert set(AttemptExtension.objects.values_list("seconds", "reason", "granted_by")) == {
            (600, "fire drill", recruiter.pk)
        }

    def test_to_all_running_of_the_own_team(self, signed_in, recruiter, outsider, people):
        submit_attempt(attempt=people[0])
        assert "2 attempts got" in self.post(signed_in(recruiter), to="all").content.decode()
        assert AttemptExtension.objects.count() == 2
        reply = self.post(signed_in(outsider), to="all")
        assert reply.status_code == 422
        assert "No attempt is running" in reply.content.decode()

    def test_foreign_ones_are_passed_over(self, signed_in, outsider, people):
        reply = self.post(signed_in(outsider), attempt=[str(people[0].public_id)])
        assert reply.status_code == 422
        assert not AttemptExtension.objects.exists()

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            ({}, "Tick the people"),
            ({"attempt": ["x", "'"]}, "Tick the people"),
            ({"to": "all", "minutes": "0"}, "greater than or equal to 1"),
            ({"to": "all", "minutes": "many"}, "whole number"),
            ({"to": "all", "reason": " "}, "required"),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_stays(self, signed_in, recruiter, people, data, words):
        reply = self.post(signed_in(recruiter), **data)
        html = reply.content.decode()
        assert reply.status_code == 422
        assert words in html
        assert not AttemptExtension.objects.exists()
        if data.get("reason") is None:
            assert 'value="fire drill"' in html

    def test_ticks_stay_after_a_refusal(self, signed_in, recruiter, people):
        html = self.post(signed_in(recruiter), attempt=[str(people[1].public_id)], minutes="").content.decode()
        assert re.search(rf'pick-{people[1].public_id}"[^>]*checked', html)
        assert html.count(" checked>") == 1

    def test_untimed_ones_are_passed_over_in_words(self, signed_in, recruiter, organisation, assessment, people):
        make_attempt(organisation, assessment, untimed=True)
        assert "1 passed over" in self.post(signed_in(recruiter), to="all").content.decode()


class TestOutages:
    def test_the_board_warns_and_the_page_gives_the_time_back_once(
        self, signed_in, recruiter, board, organisation, assessment
    ):
        attempt = make_attempt(organisation, assessment)
        shift(attempt, 10)
        away = outage(began_ago=120, length=61)
        assert "The service was interrupted for 1 min 1 s" in board()
        client = signed_in(recruiter)
        html = client.get(reverse("outages")).content.decode()
        assert "1 attempt of your team" in html
        address = reverse("outage_credit", args=[away.public_id])
        assert address in html
        assert "1 attempt has the lost time back" in client.post(address, follow=True).content.decode()
        assert attempt.extensions.get().seconds == 61
        assert "all have it back already" in client.post(address, follow=True).content.decode()
        assert attempt.extensions.count() == 1
        html = client.get(reverse("outages")).content.decode()
        assert address not in html
        assert "Given back to 1" in html
        assert "interrupted" not in board()

    def test_other_teams_people_are_neither_counted_nor_named(
        self, signed_in, recruiter, outsider, organisation, assessment
    ):
        attempt = make_attempt(organisation, assessment, name="Somebody")
        shift(attempt, 10)
        away = outage(began_ago=120, length=60)
        theirs = signed_in(outsider)
        assert "no attempt of your team" in theirs.get(reverse("outages")).content.decode()
        theirs.post(reverse("outage_credit", args=[away.public_id]))
        assert not attempt.extensions.exists()
        signed_in(recruiter).post(reverse("outage_credit", args=[away.public_id]))
        html = theirs.get(reverse("outages")).content.decode()
        assert "Somebody" not in html
        assert "Given back" not in html

    def test_none_is_said(self, signed_in, recruiter):
        assert "No outage in the last 30 days" in signed_in(recruiter).get(reverse("outages")).content.decode()

    def test_queries_do_not_grow_with_outages(self, signed_in, recruiter, organisation, assessment):
        attempts = [make_attempt(organisation, assessment) for _ in range(3)]
        for attempt in attempts:
            shift(attempt, 20)
        client, counts = signed_in(recruiter), []
        for more in (2, 10):
            for number in range(more):
                away = outage(began_ago=600 + 20 * number + more, length=20)
                client.post(reverse("outage_credit", args=[away.public_id]))
            client.get(reverse("outages"))
            with CaptureQueriesContext(connection) as queries:
                client.get(reverse("outages"))
            counts.append(len(queries))
        assert counts[0] == counts[1]


def test_the_navigation_leads_there_who_may_see_it(signed_in, recruiter, author):
    assert f'href="{reverse("board")}"' in signed_in(recruiter).get(reverse("team")).content.decode()
    assert f'href="{reverse("board")}"' not in signed_in(author).get(reverse("team")).content.decode()


def test_who_may_only_look_gets_no_forms(signed_in, recruiter, invitation: Invitation, monkeypatch):
    """Today whoever sees candidates also invites them; a later role may not."""
    sitting = Walkthrough(invitation).start()
    monkeypatch.setitem(RIGHTS, "invite_candidates", frozenset({Role.OWNER}))
    client = signed_in(recruiter)
    html = client.get(reverse("board")).content.decode()
    assert "Give it to" not in html
    assert 'name="attempt"' not in html
    Invitation.objects.update(time_factor=2)
    sitting.submit()
    html = client.get(reverse("invitation_detail", args=[invitation.public_id])).content.decode()
    assert "<form" not in html.split('id="main"')[1].split("</main>")[0]
    assert "Accommodation" not in html
