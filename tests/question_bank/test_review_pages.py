"""Looking at questions together: the queue, comments, facts to check again, and who may do what."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotPossible
from accounts.models import User
from question_bank.models import LintFinding, Question, QuestionVersion, Recheck, ReviewComment
from question_bank.services.lint import lint_stale
from question_bank.services.questions import add_version, move
from question_bank.services.review import (
    add_comment,
    close_overtaken,
    confirm_facts,
    open_rechecks,
    tell_about_rechecks,
)
from question_bank.states import Status
from question_bank.tasks import lint_changed, rechecks
from tests.factories import make_question, make_skill
from tests.question_bank.conftest import content

QUEUE = reverse("admin:question_bank_question_queue")
HEALTH = reverse("admin:question_bank_question_health")
LATER = datetime.date(2030, 1, 1)


def at(name: str, question: Question) -> str:
    return reverse(f"admin:question_bank_question_{name}", args=[question.pk])


@pytest.fixture
def live(draft, author, reviewer):
    move(question=draft, to=Status.IN_REVIEW, by=author)
    return move(question=draft, to=Status.LIVE, by=reviewer)


@pytest.fixture
def superuser(db) -> User:
    return User.objects.create_superuser("operator@example.org", "a-long-password")


class TestQueue:
    def test_it_holds_what_waits_and_says_what_one_wrote_oneself(self, draft, author, reviewer, signed_in):
        assert signed_in(reviewer).get(QUEUE).context["queue"].waiting == []
        move(question=draft, to=Status.IN_REVIEW, by=author)
        add_comment(version=draft.versions.get(), author=reviewer, text="Good.")
        for user, own in ((author, True), (reviewer, False)):
            (row,) = signed_in(user).get(QUEUE).context["queue"].waiting
            assert (row.question, row.own, row.comments) == (draft, own, 1)

    def test_a_newer_version_of_a_live_question_waits_too(self, live, author, reviewer, signed_in):
        page = signed_in(reviewer)
        assert page.get(QUEUE).context["queue"].waiting_count == 0
        add_version(question=live, content=content(stem="Another?"), topic=None, author=author)
        html = page.get(QUEUE).content.decode()
        assert f"{reverse('question_compare', args=[live.public_id])}?old=1&amp;new=2" in html

    def test_nobody_sees_what_belongs_to_others(self, draft, author, outsider, signed_in):
        move(question=draft, to=Status.IN_REVIEW, by=author)
        assert signed_in(outsider).get(QUEUE).context["queue"].waiting == []

    def test_it_takes_as_many_queries_for_many(self, author, reviewer, skill, signed_in):
        client, counts = signed_in(reviewer), []
        for _ in range(2):
            for number in range(10):
                question = make_question(skill, number, organisation=author.memberships.get().organisation)
                Question.objects.filter(pk=question.pk).update(status=Status.IN_REVIEW)
                Recheck.objects.create(question=question, version=question.current)
            with CaptureQueriesContext(connection) as captured:
                client.get(QUEUE)
            counts.append(len(captured))
        assert counts[0] == counts[1]


class TestComments:
    def test_they_are_appended_and_shown_by_version(self, draft, author, reviewer, signed_in):
        signed_in(reviewer).post(at("comment", draft), {"version": "1", "text": "Which traffic?"})
        add_version(question=draft, content=content(stem="Of web traffic?"), topic=None, author=author)
        signed_in(author).post(at("comment", draft), {"version": "2", "text": "<b>Web</b> traffic."})
        html = signed_in(reviewer).get(at("review", draft)).content.decode()
        assert html.index("&lt;b&gt;Web&lt;/b&gt; traffic.") < html.index("Which traffic?")
        assert [c.version.number for c in ReviewComment.objects.all()] == [1, 2]

    def test_nothing_said_is_nothing_kept(self, draft, reviewer, signed_in):
        signed_in(reviewer).post(at("comment", draft), {"version": "1", "text": "  \0 "})
        assert not ReviewComment.objects.exists()

    @pytest.mark.parametrize("version", ["9", "x", "", "²"])
    def test_a_version_that_is_not_there_is_not_found(self, version, draft, reviewer, signed_in):
        reply = signed_in(reviewer).post(at("comment", draft), {"version": version, "text": "Hm."})
        assert reply.status_code == 404


class TestRechecks:
    def test_they_open_once_and_close_when_confirmed(self, live, author):
        assert open_rechecks(datetime.date(2026, 11, 20)) == []
        (entry,) = open_rechecks(LATER)
        assert open_rechecks(LATER) == []
        with pytest.raises(NotPossible, match="what you looked at"):
            confirm_facts(question=live, by=author, note="  ")
        confirm_facts(question=live, by=author, note="Read the reference again.")
        entry.refresh_from_db()
        assert (entry.outcome, entry.closed_by) == ("confirmed", author)
        with pytest.raises(NotPossible, match="settled"):
            confirm_facts(question=live, by=author, note="Once more.")

    def test_a_confirmation_keeps_it_away_for_as_long_as_a_check(self, live, author):
        QuestionVersion.objects.update(checked_on=datetime.date(2020, 1, 1))
        open_rechecks()
        confirm_facts(question=live, by=author, note="Read the reference again.")
        assert open_rechecks() == []
        assert len(open_rechecks(timezone.localdate() + datetime.timedelta(days=366))) == 1

    def test_another_version_or_retirement_settles_them(self, live, author, reviewer):
        open_rechecks(LATER)
        assert close_overtaken() == 0
        add_version(question=live, content=content(stem="Another?"), topic=None, author=author)
        move(question=live, to=Status.LIVE, by=reviewer)
        assert close_overtaken() == 1
        open_rechecks(LATER)
        move(question=live, to=Status.RETIRED, by=reviewer)
        assert close_overtaken() == 1
        assert list(Recheck.objects.values_list("outcome", flat=True)) == ["left", "renewed"]

    def test_drafts_are_nobodys_concern(self, draft):
        assert open_rechecks(LATER) == []

    def test_those_who_keep_the_questions_are_told(self, live, author, owner, reviewer, superuser, skill):
        make_question(skill, 1)
        tell_about_rechecks(open_rechecks(LATER))
        assert {one for message in mail.outbox for one in message.to} == {author.email, owner.email, superuser.email}
        assert all(QUEUE in str(message.body) and message.subject.startswith("1 question ") for message in mail.outbox)

    def test_the_tasks_do_both_and_may_run_twice(self, live, settings):
        settings.RECHECK_DAYS = 0
        QuestionVersion.objects.update(checked_on=datetime.date(2026, 1, 1))
        for _ in range(2):
            lint_changed()
            rechecks()
        assert Recheck.objects.count() == 1
        assert LintFinding.objects.filter(question=live).exists()

    def test_the_page_confirms(self, live, author, signed_in):
        open_rechecks(LATER)
        client = signed_in(author)
        assert "due for another look" in client.get(at("review", live)).content.decode()
        client.post(at("confirm", live), {"note": "Read it."})
        assert Recheck.objects.get().outcome == "confirmed"


class TestRights:
    """Person x action: 200/302 done, 403 no right, 404 not theirs."""

    @pytest.mark.parametrize(
        ("who", "look", "comment", "accept"),
        [
            ("author", 200, 302, 302),
            ("owner", 200, 302, 302),
            ("reviewer", 200, 302, 403),
            ("recruiter", 403, 403, 403),
            ("outsider", 404, 404, 404),
            ("visitor", 403, 403, 403),
        ],
    )
    def test_own_questions(self, who, look, comment, accept, draft, request, signed_in):
        client = signed_in(request.getfixturevalue(who))
        assert client.get(at("review", draft)).status_code == look or (
            look == 403 and client.get(QUEUE).status_code in {302, 403}
        )
        if look == 403:
            return
        assert client.post(at("comment", draft), {"version": "1", "text": "Hm."}).status_code == comment
        posted = {"rule": "explanation", "reason": "It is meant to be short."}
        assert client.post(at("accept", draft), posted).status_code == accept

    def test_the_library_is_read_by_all_and_kept_by_operators(self, author, superuser, skill, signed_in):
        question = make_question(skill, 1)
        posted = {"version": "1", "text": "Hm."}
        assert signed_in(author).get(at("review", question)).status_code == 200
        assert signed_in(author).post(at("comment", question), posted).status_code == 403
        assert signed_in(author).post(at("accept", question), {"rule": "mix"}).status_code == 403
        assert signed_in(superuser).post(at("comment", question), posted).status_code == 302

    @pytest.mark.parametrize("name", ["comment", "accept", "confirm"])
    def test_a_look_changes_nothing(self, name, draft, author, signed_in):
        assert signed_in(author).get(at(name, draft)).status_code == 405


class TestHealth:
    def test_it_counts_the_bank_of_one_owner(self, author, draft, skill, signed_in):
        for number in range(3):
            make_question(skill, number, difficulty=3)
        lint_stale()
        client = signed_in(author)
        own, library = (
            client.get(f"{HEALTH}?owner={key}").context["bank"] for key in (draft.organisation_id, "library")
        )
        assert (own.totals["others"], own.totals["live"]) == (1, 0)
        row = library.domains[0][1][0]
        assert (row.live, row.mix, row.off, row.covered, row.topics) == (3, [0, 0, 3], True, 2, 2)
        assert row.errors == LintFinding.objects.filter(organisation=None, severity="error").count() > 0
        assert library.looked_at is not None

    @pytest.mark.parametrize("owner", ["0", "nobody", "' OR 1=1"])
    def test_the_bank_of_others_is_not_found(self, owner, author, signed_in):
        assert signed_in(author).get(HEALTH, {"owner": owner}).status_code == 404

    def test_it_takes_as_many_queries_for_many_skills(self, author, skill, signed_in):
        client, counts = signed_in(author), []
        for slugs in (("a",), ("b", "c", "d")):
            for slug in slugs:
                another = make_skill(slug)
                for number in range(5):
                    make_question(another, number)
            lint_stale()
            with CaptureQueriesContext(connection) as captured:
                assert client.get(HEALTH).status_code == 200
            counts.append(len(captured))
        assert counts[0] == counts[1]


def test_the_list_filters_by_findings(author, signed_in, draft, skill):
    clean: Any = make_question(skill, 1)
    lint_stale()
    LintFinding.objects.filter(question=clean).delete()
    address = reverse("admin:question_bank_question_changelist")
    client = signed_in(author)

    def names(value: str) -> set[str]:
        found = client.get(address, {"findings": value}).context["cl"].result_list
        return {question.external_id for question in found}

    assert names("error") == {draft.external_id}
    assert names("none") == {clean.external_id}
    assert names("any") == {draft.external_id}
    assert "1 error" in client.get(address).content.decode()
