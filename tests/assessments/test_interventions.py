"""What is done to a sitting from outside: more time, reopening, setting aside, outages, pauses, files, part clocks."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
import time
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotPossible
from accounts.models import Organisation, User
from assessments.models import (
    Assessment,
    Attempt,
    AttemptEvent,
    AttemptExtension,
    AttemptItem,
    Candidate,
    HandIn,
    Invitation,
    Outage,
    Response,
    ServiceBeat,
)
from assessments.presence import note_seen, seen_lately, silent_seconds
from assessments.services import intervene, outages, pauses
from assessments.services.accommodate import set_standing
from assessments.services.hand_in import file_key, hand_in
from assessments.services.save_answer import Saved
from assessments.services.start import start_invited, start_self
from assessments.services.submit import close_overdue, submit_attempt
from assessments.sheet import sheet_of
from tests.assessments.test_taking_pages import raw
from tests.factories import blueprint, make_assessment, make_attempt, make_invitation, make_organisation
from tests.walkthrough import Walkthrough

pytestmark = pytest.mark.django_db
MINUTE = datetime.timedelta(minutes=1)


def seconds_left(attempt: Attempt) -> float:
    return (attempt.deadline() - timezone.now()).total_seconds()


def age(attempt: Attempt, by: datetime.timedelta) -> None:
    """Move the whole sitting into the past."""
    Attempt.objects.filter(pk=attempt.pk).update(started_at=F("started_at") - by, closes_at=F("closes_at") - by)
    AttemptItem.objects.filter(attempt=attempt).update(closes_at=F("closes_at") - by)
    attempt.refresh_from_db()


class TestMoreTime:
    def test_goes_to_all_that_run_and_passes_over_the_rest(self, organisation, assessment, recruiter):
        running = [make_attempt(organisation, assessment) for _ in range(3)]
        over = submit_attempt(attempt=make_attempt(organisation, assessment))
        untimed = make_attempt(organisation, assessment, untimed=True)
        before = [attempt.deadline() for attempt in running]
        given = intervene.extend_many(
            attempts=[*running, over, untimed], seconds=600, reason="fire drill", by=recruiter
        )
        assert given == 3
        assert [a.deadline() - b for a, b in zip(running, before, strict=True)] == [10 * MINUTE] * 3
        assert AttemptEvent.objects.filter(kind="extended", actor=recruiter).count() == 3
        assert not over.extensions.exists()
        assert not untimed.extensions.exists()

    @pytest.mark.parametrize(("seconds", "reason"), [(0, "x"), (-60, "x"), (8 * 86400, "x"), (60, " ")])
    def test_is_refused_in_words(self, organisation, assessment, recruiter, seconds, reason):
        attempt = make_attempt(organisation, assessment)
        with pytest.raises(NotPossible):
            intervene.extend_many(attempts=[attempt], seconds=seconds, reason=reason, by=recruiter)
        assert not AttemptExtension.objects.exists()


class TestReopening:
    def test_a_scored_attempt_goes_on_and_is_scored_a_second_time(self, invitation, recruiter):
        sitting = Walkthrough(invitation).start().answer(1).submit()
        first = sitting.score()
        receipt = sitting.attempt.receipt
        intervene.reopen(attempt=sitting.attempt, seconds=3600, reason="left too early", by=recruiter)
        sitting.attempt.refresh_from_db()
        assert sitting.attempt.state == "in_progress"
        assert sitting.attempt.score == first
        sitting.answer(2)
        assert sitting.last is not None
        assert sitting.last.outcome is Saved.SAVED
        second = sitting.submit().score()
        assert (first.number, second.number) == (1, 2)
        assert (first.points, second.points) == (1, 2)
        assert "reopening" in second.reason
        assert sitting.attempt.receipt not in ("", receipt)

    def test_after_the_end_it_gives_the_time_from_now(self, invitation, recruiter):
        sitting = Walkthrough(invitation).start().answer(1)
        age(sitting.attempt, datetime.timedelta(hours=2))
        assert close_overdue() == [sitting.attempt.pk]
        sitting.attempt.refresh_from_db()
        intervene.reopen(attempt=sitting.attempt, seconds=300, reason="power cut", by=recruiter)
        assert seconds_left(sitting.attempt) == pytest.approx(300, abs=3)
        assert sitting.attempt.extensions.get().kind == "reopened"
        assert close_overdue() == []
        sitting.answer(2)
        assert sitting.last is not None
        assert sitting.last.outcome is Saved.SAVED

    def test_a_running_one_and_one_set_aside_cannot_be_reopened(self, invitation, recruiter):
        attempt = Walkthrough(invitation).start().attempt
        with pytest.raises(NotPossible, match="handed in"):
            intervene.reopen(attempt=attempt, seconds=60, reason="x", by=recruiter)
        intervene.void(attempt=attempt, reason="x", by=recruiter)
        with pytest.raises(NotPossible, match="handed in"):
            intervene.reopen(attempt=attempt, seconds=60, reason="x", by=recruiter)

    def test_not_while_the_person_takes_it_again(self, organisation, invitation, recruiter):
        first = Walkthrough(invitation).start().submit().attempt
        again = make_invitation(organisation, invitation.assessment, email=invitation.candidate.email)
        Walkthrough(again).start()
        with pytest.raises(NotPossible, match="at the moment"):
            intervene.reopen(attempt=first, seconds=60, reason="x", by=recruiter)


class TestSettingAside:
    def test_the_invitation_can_be_used_again(self, invitation, recruiter):
        first = Walkthrough(invitation).start().answer(1).submit()
        first.score()
        intervene.void(attempt=first.attempt, reason="wrong person", by=recruiter)
        second = start_invited(invitation=invitation)
        assert second.created
        assert second.attempt != first.attempt
        first.attempt.refresh_from_db()
        assert first.attempt.state == "voided"
        assert Response.objects.filter(item__attempt=first.attempt).exists()

    def test_takes_no_answer_any_more(self, invitation, recruiter):
        sitting = Walkthrough(invitation).start()
        intervene.void(attempt=sitting.attempt, reason="x", by=recruiter)
        sitting.answer(1)
        assert sitting.last is not None
        assert sitting.last.outcome is Saved.CLOSED
        with pytest.raises(NotPossible, match="already"):
            intervene.void(attempt=sitting.attempt, reason="x", by=recruiter)


def make_outage(ago: int, length: int) -> Outage:
    """Began ``ago`` seconds before now and lasted ``length`` seconds."""
    began = timezone.now() - datetime.timedelta(seconds=ago)
    return Outage.objects.create(service="web", began_at=began, ended_at=began + datetime.timedelta(seconds=length))


class TestOutages:
    def test_a_gap_between_signs_is_recorded_once(self, settings):
        settings.OUTAGE_GAP_SECONDS = 15
        assert not outages.beat()
        assert not outages.beat()
        ServiceBeat.objects.update(at=F("at") - MINUTE)
        assert outages.beat()
        assert not outages.beat()
        assert Outage.objects.get().seconds == pytest.approx(60, abs=2)

    def test_running_ones_get_what_they_lost_and_only_once(self, organisation, assessment, recruiter):
        early = make_attempt(organisation, assessment)
        age(early, 10 * MINUTE)
        late = make_attempt(organisation, assessment)
        age(late, datetime.timedelta(seconds=90))
        outage = make_outage(ago=120, length=60)
        after = make_attempt(organisation, assessment)
        before = {a.pk: a.deadline() for a in (early, late, after)}
        assert outages.credit(outage=outage, organisation=organisation, by=recruiter) == 2
        assert early.deadline() - before[early.pk] == datetime.timedelta(seconds=60)
        assert (late.deadline() - before[late.pk]).total_seconds() == pytest.approx(30, abs=2)
        assert after.deadline() == before[after.pk]
        with pytest.raises(NotPossible, match="already"):
            outages.credit(outage=outage, organisation=organisation, by=recruiter)
        assert AttemptExtension.objects.filter(outage=outage).count() == 2

    def test_one_that_the_clock_ended_is_opened_again_for_the_lost_time(self, organisation, assessment, recruiter):
        attempt = make_attempt(organisation, assessment)
        age(attempt, datetime.timedelta(minutes=30, seconds=20))  # its end lies in the outage
        outage = make_outage(ago=60, length=50)
        close_overdue()
        attempt.refresh_from_db()
        assert attempt.ended_by == "deadline"
        assert outages.credit(outage=outage, organisation=organisation, by=recruiter) == 1
        attempt.refresh_from_db()
        assert attempt.state == "in_progress"
        assert seconds_left(attempt) == pytest.approx(50, abs=3)
        with pytest.raises(NotPossible):
            outages.credit(outage=outage, organisation=organisation, by=recruiter)

    def test_what_the_list_counts_is_what_the_credit_finds(self, organisation, assessment, recruiter):
        running, ended, untimed = (
            make_attempt(organisation, assessment, untimed=untimed) for untimed in (False, False, True)
        )
        for attempt in (running, untimed):
            age(attempt, 10 * MINUTE)
        age(ended, datetime.timedelta(minutes=30, seconds=20))
        close_overdue()
        outage = make_outage(ago=60, length=50)
        [listed] = outages.recent_outages(organisation)
        assert (listed.waiting, listed.running) == (2, 1)
        assert set(outages.affected(outage, organisation)) == {running, ended}
        [theirs] = outages.recent_outages(make_organisation("Others"))
        assert (theirs.waiting, theirs.running) == (0, 0)
        outages.credit(outage=outage, organisation=organisation, by=recruiter)
        [listed] = outages.recent_outages(organisation)
        assert (listed.waiting, len(listed.given)) == (0, 2)

    def test_an_operator_gives_it_back_to_everybody_and_to_those_who_assess_themselves(
        self, organisation, assessment, recruiter, other_organisation, visitor, signed_in
    ):
        own, theirs = (make_attempt(team, make_assessment(team)) for team in (organisation, other_organisation))
        alone = start_self(assessment=make_assessment(None, open_to_all=True), user=visitor).attempt
        for attempt in (own, theirs, alone):
            age(attempt, 10 * MINUTE)
        outage = make_outage(ago=60, length=50)
        client, address = signed_in(recruiter), reverse("outage_credit", args=[outage.public_id])
        assert client.post(address, {"to": "everybody"}).status_code == 404
        assert "whole installation" not in client.get(reverse("outages")).content.decode()
        assert not AttemptExtension.objects.exists()
        User.objects.filter(pk=recruiter.pk).update(is_staff=True)
        assert "on the whole installation 3 attempts lost time" in client.get(reverse("outages")).content.decode()
        client.post(address, {"to": "everybody"})
        assert set(outage.credits.values_list("attempt", "seconds")) == {(a.pk, 50) for a in (own, theirs, alone)}
        assert "whole installation" not in client.get(reverse("outages")).content.decode()
        with pytest.raises(NotPossible):
            outages.credit(outage=outage, organisation=None, by=recruiter)

    def test_an_operator_without_a_team_finds_the_page_from_the_admin_and_gives_it_back(
        self, organisation, assessment, signed_in
    ):
        attempt = make_attempt(organisation, assessment, name="Somebody Secret")
        age(attempt, 10 * MINUTE)
        outage = make_outage(ago=60, length=50)
        operator = signed_in(User.objects.create_superuser("operator@example.org", "a-long-password"))
        page, address = reverse("outages"), reverse("outage_credit", args=[outage.public_id])
        assert f'href="{page}"' in operator.get(reverse("admin:index")).content.decode()
        html = operator.get(page).content.decode()
        assert "1 attempt on this installation" in html
        assert "your team" not in html
        assert reverse("board") not in html
        assert operator.post(address).status_code == 404  # there is no team to give it to
        assert not AttemptExtension.objects.exists()
        assert (
            "1 attempt has the lost time back"
            in operator.post(address, {"to": "everybody"}, follow=True).content.decode()
        )
        assert attempt.extensions.get(outage=outage).seconds == 50
        html = operator.get(page).content.decode()
        assert "Given back to 1" in html
        assert "Somebody Secret" not in html

    def test_somebody_without_a_team_who_operates_nothing_finds_no_such_page(self, visitor, signed_in):
        outage = make_outage(ago=60, length=50)
        assert signed_in(visitor).get(reverse("outages")).status_code == 404
        address = reverse("outage_credit", args=[outage.public_id])
        assert signed_in(visitor).post(address, {"to": "everybody"}).status_code == 404

    def test_one_who_takes_it_again_does_not_keep_the_others_waiting(self, organisation, assessment, recruiter):
        ended, other = make_attempt(organisation, assessment), make_attempt(organisation, assessment)
        for attempt, past in ((ended, 30), (other, 10)):
            age(attempt, datetime.timedelta(minutes=past, seconds=20))
        outage = make_outage(ago=60, length=50)
        close_overdue()
        Walkthrough(make_invitation(organisation, assessment, email=ended.candidate.email)).start()
        assert outages.credit(outage=outage, organisation=organisation, by=recruiter) == 1
        assert other.extensions.filter(outage=outage).exists()


class TestPauses:
    def test_come_in_blocks_until_none_is_left(self, organisation, assessment):
        attempt = make_attempt(organisation, assessment, pause_minutes=7)
        before = attempt.deadline()
        assert pauses.pause_minutes_left(attempt) == 7
        assert [pauses.take_pause(attempt=attempt), pauses.take_pause(attempt=attempt)] == [5, 2]
        assert attempt.deadline() - before == 7 * MINUTE
        with pytest.raises(NotPossible, match="all of your pauses"):
            pauses.take_pause(attempt=attempt)

    def test_are_only_for_those_to_whom_they_are_granted(self, invitation):
        with pytest.raises(NotPossible):
            pauses.take_pause(attempt=Walkthrough(invitation).start().attempt)


class TestAccommodations:
    def test_the_more_generous_of_person_and_invitation_holds(self, organisation, assessment):
        invitation = make_invitation(organisation, assessment, time_factor=Decimal("1.25"))
        set_standing(candidate=invitation.candidate, time_factor=Decimal(2), untimed=False)
        attempt = start_invited(invitation=invitation).attempt
        assert (attempt.closes_at - attempt.started_at) == 60 * MINUTE
        assert attempt.time_factor == 2

    def test_a_factor_out_of_range_is_refused(self, invitation):
        with pytest.raises(NotPossible):
            set_standing(candidate=invitation.candidate, time_factor=Decimal("0.5"), untimed=False)
        assert Candidate.objects.get().time_factor == 1


def file_of(attempt: Attempt, answers: dict[str, Any], key: str = "", **changes: Any) -> bytes:
    """As the page writes it."""
    content = {"version": 1, "attempt": str(attempt.public_id), "written_at": "2026-11-21T12:00:00Z"}
    body = json.dumps(content | {"answers": answers} | changes)
    signature = hmac.new(bytes.fromhex(key or file_key(attempt)), body.encode(), hashlib.sha256).hexdigest()
    return json.dumps({"body": body, "signature": signature}).encode()


class TestHandingIn:
    @pytest.fixture
    def sitting(self, invitation: Invitation) -> Walkthrough:
        return Walkthrough(invitation).start().answer(1).submit()

    def answers(self, sitting: Walkthrough, *positions: int) -> dict[str, Any]:
        items = [sitting.item(position) for position in positions]
        return {str(i.position): {"answer": raw(i, sitting.attempt)} for i in items}

    def test_takes_over_what_is_new_as_late_and_scores_again(self, sitting, recruiter):
        assert sitting.score().points == 1
        handed = hand_in(
            attempt=sitting.attempt,
            data=file_of(sitting.attempt, self.answers(sitting, 1, 2, 3)),
            note="the network of the building was down",
            by=recruiter,
        )
        assert handed.taken_over == 2
        assert sorted(Response.objects.filter(late=True).values_list("item__position", flat=True)) == [2, 3]
        score = sitting.attempt.scores.get(number=2)
        assert (score.points, score.reason, score.actor) == (3, "answers handed in by file", recruiter)

    def test_the_answers_and_the_score_come_in_together_or_not_at_all(self, sitting, recruiter, monkeypatch):
        def die(**_: object) -> None:
            raise RuntimeError("the process dies here")

        sitting.score()
        monkeypatch.setattr("assessments.services.hand_in.rescore", die)
        data = file_of(sitting.attempt, self.answers(sitting, 1, 2, 3))
        with pytest.raises(RuntimeError), transaction.atomic():
            hand_in(attempt=sitting.attempt, data=data, note="x", by=recruiter)
        assert not HandIn.objects.exists()
        assert not Response.objects.filter(late=True).exists()
        monkeypatch.undo()
        hand_in(attempt=sitting.attempt, data=data, note="x", by=recruiter)
        assert sitting.attempt.scores.get(number=2).points == 3

    def test_a_changed_file_is_refused(self, sitting, recruiter):
        data = json.loads(file_of(sitting.attempt, self.answers(sitting, 2)))
        data["body"] = data["body"].replace('"2"', '"3"')
        with pytest.raises(NotPossible, match="changed after"):
            hand_in(attempt=sitting.attempt, data=json.dumps(data).encode(), note="x", by=recruiter)

    def test_a_file_of_another_attempt_is_refused(self, sitting, organisation, recruiter):
        other = make_attempt(organisation, sitting.attempt.assessment)
        with pytest.raises(NotPossible, match="another attempt"):
            hand_in(attempt=sitting.attempt, data=file_of(other, {}), note="x", by=recruiter)
        forged = file_of(sitting.attempt, self.answers(sitting, 2), key=file_key(other))
        with pytest.raises(NotPossible, match="changed after"):
            hand_in(attempt=sitting.attempt, data=forged, note="x", by=recruiter)

    @pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff\xfe", b'{"body": "1", "signature": 2}', b"null"])
    def test_what_is_no_such_file_is_refused_in_words(self, sitting, recruiter, data):
        with pytest.raises(NotPossible, match="not a file of answers"):
            hand_in(attempt=sitting.attempt, data=data, note="x", by=recruiter)
        assert not HandIn.objects.exists()

    def test_not_while_it_runs_and_not_without_a_note(self, organisation, assessment, sitting, recruiter):
        running = make_attempt(organisation, assessment)
        with pytest.raises(NotPossible, match="after the attempt has ended"):
            hand_in(attempt=running, data=file_of(running, {}), note="x", by=recruiter)
        with pytest.raises(NotPossible, match="note"):
            hand_in(attempt=sitting.attempt, data=file_of(sitting.attempt, {}), note=" ", by=recruiter)


def parts(organisation: Organisation, first: dict[str, Any]) -> Assessment:
    sections = [
        {"title": "One", "blueprint": blueprint(("serving", 1, 2)), "shuffle_questions": False, **first},
        {"title": "Two", "blueprint": blueprint(("drift", 1, 2)), "shuffle_questions": False},
    ]
    return make_assessment(organisation, {"time_limit_minutes": 30, "sections": sections})


@pytest.mark.usefixtures("bank")
class TestClocksOfParts:
    def test_a_section_ends_for_itself_and_the_next_one_is_open(self, organisation):
        sitting = Walkthrough(make_invitation(organisation, parts(organisation, {"time_limit_minutes": 5}))).start()
        sitting.see(1).answer(1)
        assert sitting.last is not None
        assert sitting.last.outcome is Saved.SAVED
        assert sitting.last.remaining_ms == pytest.approx(300_000, abs=3000)
        age(sitting.attempt, datetime.timedelta(minutes=5, seconds=10))
        assert sitting.answer(2).last.outcome is Saved.PART_CLOSED
        assert sitting.see(3).answer(3).last.outcome is Saved.SAVED
        assert [cell.open for cell in sheet_of(sitting.attempt).cells] == [False, False, True, True]

    def test_more_time_moves_the_ends_of_parts_too(self, organisation, recruiter):
        sitting = Walkthrough(make_invitation(organisation, parts(organisation, {"time_limit_minutes": 5}))).start()
        sitting.see(1)
        age(sitting.attempt, datetime.timedelta(minutes=5, seconds=10))
        intervene.extend_many(attempts=[sitting.attempt], seconds=120, reason="x", by=recruiter)
        assert sitting.answer(2).last.outcome is Saved.SAVED

    def test_a_question_has_its_own_clock_and_frees_the_next_one(self, organisation):
        limits = {"question_seconds": 30, "navigation": "one_way"}
        sitting = Walkthrough(make_invitation(organisation, parts(organisation, limits))).start()
        sitting.see(1)
        assert sitting.answer(2).last.outcome is Saved.LEFT
        age(sitting.attempt, datetime.timedelta(seconds=40))
        assert sitting.answer(1).last.outcome is Saved.PART_CLOSED
        assert sitting.see(2).answer(2).last.outcome is Saved.SAVED
        assert sitting.last.remaining_ms == pytest.approx(30_000, abs=3000)

    def test_a_stored_answer_sent_again_after_the_end_is_still_known_as_stored(self, organisation):
        sitting = Walkthrough(make_invitation(organisation, parts(organisation, {"time_limit_minutes": 5}))).start()
        sitting.see(1).answer(1)
        age(sitting.attempt, datetime.timedelta(minutes=6))
        assert sitting.answer(1).last.outcome is Saved.UNCHANGED
        assert sitting.answer(1, right=False, revision=1).last.outcome is Saved.PART_CLOSED

    def test_what_a_person_is_granted_later_changes_no_running_attempt(self, organisation):
        sitting = Walkthrough(make_invitation(organisation, parts(organisation, {"time_limit_minutes": 5}))).start()
        set_standing(candidate=sitting.attempt.candidate, time_factor=Decimal(1), untimed=True)
        sitting.attempt = Attempt.objects.get(pk=sitting.attempt.pk)
        assert sitting.see(1).answer(1).last.remaining_ms == pytest.approx(300_000, abs=3000)

    def test_the_time_factor_stretches_them_and_untimed_lifts_them(self, organisation):
        assessment = parts(organisation, {"time_limit_minutes": 5})
        slow = Walkthrough(make_invitation(organisation, assessment, time_factor=Decimal(2))).start().see(1).answer(1)
        assert slow.last is not None
        assert slow.last.remaining_ms == pytest.approx(600_000, abs=3000)
        free = Walkthrough(make_invitation(organisation, assessment, untimed=True)).start().see(1).answer(1)
        assert free.last is not None
        assert free.last.remaining_ms is None
        age(free.attempt, datetime.timedelta(hours=3))
        assert free.answer(2).last.outcome is Saved.SAVED


def test_a_page_counts_as_away_after_three_missed_questions(recruiter: User, monkeypatch: pytest.MonkeyPatch) -> None:
    note_seen(900001)
    assert seen_lately([900001, 900002]) == {900001}
    later = time.time() + 60
    monkeypatch.setattr(time, "time", lambda: later)
    assert seen_lately([900001]) == set()
    assert silent_seconds([900001, 900002]) == {900001: pytest.approx(60, abs=2)}
