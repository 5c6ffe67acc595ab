"""What pages and documents promise beyond answers: forgetting, mail in measure, time that was just given."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotPossible
from accounts.models import Organisation, User
from assessments import tasks
from assessments.models import Assessment, Attempt, Candidate, Invitation, Response
from assessments.names import one_line
from assessments.services import retention, score, submit
from assessments.services.extend import extend
from assessments.services.invite import MAILS_PER_ADDRESS_AND_DAY, mail_waiting, resend, send_invitation_mail
from assessments.services.navigate import report_problem
from tests.factories import make_invitation
from tests.walkthrough import Walkthrough

pytestmark = pytest.mark.django_db


class TestForgetting:
    @pytest.fixture
    def old(self, invitation: Invitation) -> Walkthrough:
        sitting = Walkthrough(invitation).start().answer(1).submit()
        sitting.score()
        ago = timezone.now() - datetime.timedelta(days=400)
        Attempt.objects.update(started_at=ago)
        Candidate.objects.update(created_at=ago)
        Invitation.objects.update(expires_at=ago)
        return sitting

    def test_a_person_is_made_nameless_after_the_promised_time(self, old: Walkthrough) -> None:
        tasks.erase_old()
        candidate = Candidate.objects.get()
        assert candidate.name == ""
        assert candidate.email.endswith("@erased.invalid")

    def test_scores_and_answers_stay_without_a_name(self, old: Walkthrough) -> None:
        tasks.erase_old()
        assert Response.objects.count() == 1
        assert old.attempt.scores.count() == 1

    def test_it_happens_once_and_touches_nobody_else(
        self, old: Walkthrough, organisation: Organisation, assessment: Assessment
    ) -> None:
        recent = make_invitation(organisation, assessment)
        assert retention.due() == [old.attempt.candidate_id]
        tasks.erase_old()
        assert retention.due() == []
        assert Candidate.objects.get(pk=recent.candidate_id).name == "Candidate"


class TestMail:
    def test_a_refused_mail_waits_longer_each_time(
        self, invitation: Invitation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*args: object) -> None:
            raise ConnectionRefusedError("no mail server")

        monkeypatch.setattr("assessments.services.invite.send_mail", refuse)
        waits = []
        for _ in range(3):
            before = timezone.now()
            assert not send_invitation_mail(invitation.pk)
            invitation.refresh_from_db()
            assert invitation.mail_next_at is not None
            waits.append((invitation.mail_next_at - before).total_seconds())
            assert invitation.pk not in mail_waiting()
        assert waits[0] < waits[1] < waits[2]
        assert "no mail server" in invitation.mail_problem

    def test_one_address_gets_only_so_many_mails_a_day_over_all_teams(
        self, assessment: Assessment, organisation: Organisation, owner: User
    ) -> None:
        invitation = make_invitation(organisation, assessment, email="one@example.org")
        for _ in range(MAILS_PER_ADDRESS_AND_DAY):
            send_invitation_mail(invitation.pk)
            Invitation.objects.update(mail_wanted_at=timezone.now() - datetime.timedelta(minutes=2), mailed_at=None)
        assert len(mail.outbox) == MAILS_PER_ADDRESS_AND_DAY
        with pytest.raises(NotPossible, match="many mails today"):
            resend(invitation=invitation, by=owner)


def test_a_row_that_cannot_be_scored_does_not_keep_the_others(
    assessment: Assessment, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    sittings = [Walkthrough(make_invitation(organisation, assessment)).start().submit() for _ in range(2)]
    real, poisoned = score.score_attempt, sittings[0].attempt.pk

    def poison(pk: int) -> object:
        if pk == poisoned:
            raise RuntimeError("poison")
        return real(pk)

    monkeypatch.setattr(score, "score_attempt", poison)
    tasks.sweep()
    states = {a.pk: a.state for a in Attempt.objects.all()}
    assert states == {poisoned: "submitted", sittings[1].attempt.pk: "scored"}


def test_time_that_was_given_a_moment_ago_is_seen_by_the_sweep(invitation: Invitation, owner: User) -> None:
    sitting = Walkthrough(invitation).start()
    past = timezone.now() - datetime.timedelta(minutes=1)
    Attempt.objects.filter(pk=sitting.attempt.pk).update(closes_at=past)
    found = submit.overdue()
    extend(attempt=sitting.attempt, seconds=600, reason="fire alarm", by=owner)
    assert found == [sitting.attempt.pk]
    assert not submit.close_if_overdue(sitting.attempt.pk)
    sitting.attempt.refresh_from_db()
    assert sitting.attempt.state == "in_progress"


def test_a_note_about_a_question_reaches_the_people_who_keep_it(
    invitation: Invitation, author: User, outsider: User, recruiter: User, signed_in: Callable[[User], Client]
) -> None:
    sitting = Walkthrough(invitation).start()
    report_problem(attempt=sitting.attempt, position=1, text="Two options say the same.")
    address = reverse("admin:assessments_problemreport_changelist")
    assert "Two options say the same." in signed_in(author).get(address).content.decode()
    assert "Two options say the same." not in signed_in(outsider).get(address).content.decode()
    assert signed_in(recruiter).get(address).status_code in (302, 403, 404)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("\u202egnp.exe", "gnp.exe"), ("Ada\x00 \n Lovelace ", "Ada Lovelace"), ("क्\u200dष", "क्\u200dष")],
)
def test_names_hold_no_characters_that_turn_the_line_round(typed: str, kept: str) -> None:
    assert one_line(typed) == kept
