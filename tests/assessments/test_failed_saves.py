"""Failed saves are an outage where the service fails, or where it cannot be reached by several people at once."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from accounts.models import Organisation
from assessments import save_health
from assessments.models import Assessment, Attempt, AttemptEvent, AttemptExtension, Outage, OutageKind
from assessments.save_health import SaveHealth, Span
from assessments.services import integrity, outages
from assessments.services.submit import submit_attempt
from tests.assessments.test_taking_pages import begin, url
from tests.factories import make_attempt, make_organisation

LONG = 40.0


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> SaveHealth:
    return SaveHealth(clock)


def fail(health: SaveHealth, clock: Clock, seconds: float) -> None:
    """Saves fail for so long, one each five seconds."""
    end = clock.now + seconds
    while clock.now <= end:
        health.noted(saved=False)
        clock.now += 5


class TestOneProcess:
    def test_a_span_lasts_from_the_first_failure_to_the_last(self, health, clock):
        fail(health, clock, 20)
        health.noted(saved=True)
        assert health.over(15) == [Span(1000, 1020)]

    def test_what_fails_while_the_process_ends_is_not_lost(self, health, clock):
        fail(health, clock, 20)
        health.end()
        assert health.over(15) == [Span(1000, 1020)]

    def test_while_it_goes_on_it_is_not_over(self, health, clock):
        fail(health, clock, 20)
        assert health.over(15) == []

    def test_where_nobody_saves_any_more_it_ends_with_the_last_failure(self, health, clock):
        fail(health, clock, 20)
        clock.now += 100
        assert health.over(15) == [Span(1000, 1020)]

    def test_failures_far_apart_are_of_two_spans(self, health, clock):
        fail(health, clock, 20)
        clock.now += 600
        fail(health, clock, 20)
        health.noted(saved=True)
        assert len(health.over(15)) == 2

    def test_short_ones_are_forgotten(self, health, clock):
        fail(health, clock, 5)
        health.noted(saved=True)
        assert health.over(15) == []
        assert health.over(0) == []

    def test_what_is_written_is_forgotten_and_the_rest_kept(self, health, clock):
        fail(health, clock, 20)
        health.noted(saved=True)
        spans = health.over(15)
        fail(health, clock, 30)
        health.noted(saved=True)
        health.written(spans)
        assert [span.ended - span.began for span in health.over(15)] == [30]


@pytest.mark.django_db
class TestARefusingService:
    def test_saves_that_the_server_fails_are_noted_whichever_way_they_take(
        self, invitation, monkeypatch, health, clock, settings
    ):
        monkeypatch.setattr(save_health, "here", health)
        browser, attempt = begin(invitation)
        browser.raise_request_exception = False
        save = url("attempt_save", attempt, 1)

        def refuse(*args: Any) -> Any:
            raise OperationalError("no connection is free")

        with connection.execute_wrapper(refuse):
            for accept in ("application/json", "text/html"):
                reply = browser.post(save, {"answer": "1", "revision": 1}, headers={"accept": accept})
                assert reply.status_code == 503
                clock.now += 20
        assert (
            browser.post(save, {"answer": "", "revision": 1}, headers={"accept": "application/json"}).status_code < 500
        )
        assert health.over(15) == [Span(1000, 1020)]

    def test_a_stranger_neither_makes_an_outage_nor_ends_one(self, invitation, monkeypatch, health, clock):
        monkeypatch.setattr(save_health, "here", health)
        _, attempt = begin(invitation)
        stranger = Client(raise_request_exception=False)
        save = url("attempt_save", attempt, 1)
        stranger.cookies[f"attempt-{attempt.public_id.hex}"] = "1:1abcde:forged"
        monkeypatch.setattr("assessments.access.pinned_form", lambda *a: (_ for _ in ()).throw(OperationalError()))
        for _ in range(5):
            assert stranger.post(save, {"answer": "1"}, headers={"accept": "application/json"}).status_code == 503
            clock.now += 10
        health.end()
        assert health.over(15) == []

    def test_a_span_becomes_one_outage_with_its_length(self, health, clock):
        fail(health, clock, LONG)
        health.noted(saved=True)
        clock.now += 7
        outages.write_failed_saves(health)
        outages.write_failed_saves(health)
        outage = Outage.objects.get()
        assert (outage.service, round(outage.seconds)) == (OutageKind.SAVES, 40)
        assert round((outage.noticed_at - outage.ended_at).total_seconds()) == 12

    def test_what_several_processes_noticed_is_given_back_once(self, clock):
        for late in (0, 3):
            health = SaveHealth(clock)
            clock.now += late
            fail(health, clock, LONG)
            health.noted(saved=True)
            outages.write_failed_saves(health)
            clock.now -= LONG + 5 + late  # the second one overlaps the first but for three seconds
        assert Outage.objects.count() == 1

    def test_what_the_missing_signs_cover_already_is_not_recorded_again(self, health, clock):
        fail(health, clock, LONG)
        health.noted(saved=True)
        now = outages.database_now()
        Outage.objects.create(service="web", began_at=now - datetime.timedelta(seconds=60), ended_at=now)
        outages.write_failed_saves(health)
        assert Outage.objects.count() == 1

    def test_a_database_that_refuses_loses_no_span(self, health, clock, monkeypatch):
        fail(health, clock, LONG)
        health.noted(saved=True)
        with monkeypatch.context() as patched:
            patched.setattr(outages, "_record", lambda *args: (_ for _ in ()).throw(OperationalError()))
            with pytest.raises(OperationalError):
                outages.write_failed_saves(health)
        outages.write_failed_saves(health)
        assert Outage.objects.count() == 1


def tell(
    attempt: Attempt, began_ago: Any, ended_ago: Any, total: int = 3, device: str = "laptop"
) -> AttemptEvent | None:
    event = {"kind": "save_failed", "device": device, "total": total, "began_ago": began_ago, "ended_ago": ended_ago}
    integrity.record(attempt=attempt, events=[event])
    return attempt.events.filter(kind="save_failed").last()


@pytest.mark.django_db
class TestPagesThatReachNobody:
    def attempts(self, organisation: Organisation, assessment: Assessment, people: int) -> list[Attempt]:
        """Begun ten minutes ago."""
        made = [make_attempt(organisation, assessment) for _ in range(people)]
        for attempt in made:
            Attempt.objects.filter(pk=attempt.pk).update(started_at=attempt.started_at - datetime.timedelta(minutes=10))
            attempt.refresh_from_db()
        return made

    def test_what_several_people_tell_is_an_outage_of_those_who_told(self, organisation, assessment, recruiter):
        *told, quiet = self.attempts(organisation, assessment, 4)
        for place, attempt in enumerate(told):
            tell(attempt, 250 + 10 * place, 160)
        outages.notice_silent_pages()
        outages.notice_silent_pages()
        outage = Outage.objects.get()
        assert outage.service == OutageKind.PAGES
        assert outage.seconds == pytest.approx(90, abs=2)  # when all three could not
        [listed] = outages.recent_outages(organisation)
        assert (listed.waiting, listed.running) == (3, 3)
        assert outages.credit(outage=outage, organisation=organisation, by=recruiter) == 3
        assert {e.seconds for e in AttemptExtension.objects.all()} <= {90, 91}
        assert not AttemptExtension.objects.filter(attempt=quiet).exists()
        [listed] = outages.recent_outages(organisation)
        assert listed.waiting == 0

    def test_one_or_two_people_have_lost_their_own_network(self, organisation, assessment):
        first, second = self.attempts(organisation, assessment, 2)
        for device in ("laptop", "telephone", "tablet"):
            tell(first, 250, 160, device=device)
            tell(second, 250, 160, device=device)
        outages.notice_silent_pages()
        assert not Outage.objects.exists()

    def test_pages_get_time_to_tell_before_the_outage_is_recorded(self, organisation, assessment):
        for attempt in self.attempts(organisation, assessment, 3):
            tell(attempt, 60, 5)
        outages.notice_silent_pages()
        assert not Outage.objects.exists()

    def test_each_gets_what_its_own_page_told(self, organisation, assessment, recruiter):
        *long, short = self.attempts(organisation, assessment, 4)
        for attempt in long:
            tell(attempt, 300, 200)
        tell(short, 280, 260)
        tell(short, 275, 250, total=9)
        outages.notice_silent_pages()
        outage = Outage.objects.get()
        assert outages.credit(outage=outage, organisation=organisation, by=recruiter) == 4
        assert AttemptExtension.objects.get(attempt=short).seconds in (30, 31)

    def test_a_few_of_many_are_none(self, organisation, assessment, monkeypatch):
        monkeypatch.setattr(outages, "SHARE", 0.8)
        attempts = self.attempts(organisation, assessment, 5)
        for attempt in attempts[:3]:
            tell(attempt, 250, 160)
        outages.notice_silent_pages()
        assert not Outage.objects.exists()
        for attempt in attempts[3:]:
            submit_attempt(attempt=attempt)
        outages.notice_silent_pages()  # who has left since was there then
        assert not Outage.objects.exists()

    def test_what_the_service_noticed_itself_is_left_out(self, organisation, assessment):
        now = outages.database_now()
        ago = [now - datetime.timedelta(seconds=seconds) for seconds in (250, 230)]
        Outage.objects.create(service="web", began_at=ago[0], ended_at=ago[1])
        for attempt in self.attempts(organisation, assessment, 3):
            tell(attempt, 300, 160)
        outages.notice_silent_pages()
        found = Outage.objects.filter(service="pages").order_by("began_at")
        assert [round(outage.seconds) for outage in found] == [50, 70]

    def test_what_pages_told_covers_nothing_that_concerns_everybody(self, organisation, assessment, health, clock):
        for attempt in self.attempts(organisation, assessment, 3):
            tell(attempt, 250, 160)
        outages.notice_silent_pages()
        fail(health, clock, LONG)
        clock.now += 190
        outages.write_failed_saves(health)
        assert sorted(Outage.objects.values_list("service", flat=True)) == ["pages", "saves"]

    def test_one_after_the_other_is_none(self, organisation, assessment):
        for place, attempt in enumerate(self.attempts(organisation, assessment, 3)):
            tell(attempt, 500 - 60 * place, 450 - 60 * place)
        outages.notice_silent_pages()
        assert not Outage.objects.exists()

    def test_practice_runs_do_not_count(self, organisation, assessment):
        for attempt in self.attempts(organisation, assessment, 3):
            Attempt.objects.filter(pk=attempt.pk).update(rehearsal=True)
            tell(attempt, 250, 160)
        outages.notice_silent_pages()
        assert not Outage.objects.exists()

    @pytest.mark.parametrize(
        ("began", "ended"),
        [(60, 150), (None, 5), (-5, -10), (1e9, 5), (float("nan"), 5), ("150", "60"), (True, False), ([], {})],
    )
    def test_times_that_cannot_be_are_left_out_and_the_count_stays(self, organisation, assessment, began, ended):
        event = tell(self.attempts(organisation, assessment, 1)[0], began, ended)
        assert event is not None
        assert set(event.data) == {"count", "device"}

    def test_the_board_and_the_list_say_what_was_noticed(self, organisation, assessment, recruiter, signed_in):
        for attempt in self.attempts(organisation, assessment, 3):
            tell(attempt, 250, 160)
        outages.notice_silent_pages()
        team: Client = signed_in(recruiter)
        for page in ("board", "outages"):
            assert "Open pages could not reach the service" in team.get(reverse(page)).content.decode()

    def test_others_are_not_touched_by_it(self, organisation, assessment):
        for attempt in self.attempts(organisation, assessment, 3):
            tell(attempt, 250, 160)
        outages.notice_silent_pages()
        [listed] = outages.recent_outages(make_organisation("Others"))
        assert listed.waiting == 0
