"""What candidates report lands with those who keep the question: with what was shown, without a name, answered once."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.errors import NotPossible
from assessments.models import Attempt, ProblemReport
from assessments.problems import context_of
from assessments.services.navigate import report_problem
from assessments.services.problems import resolve_problem
from question_bank.models import Question, QuestionEvent
from question_bank.services.questions import copy_question, move
from question_bank.states import Status
from tests.walkthrough import Walkthrough

QUEUE = reverse("admin:question_bank_question_queue")


@pytest.fixture
def report(invitation) -> ProblemReport:
    sitting = Walkthrough(invitation).start().answer(2, right=False)
    return report_problem(attempt=sitting.attempt, position=2, text="Two options say <i>the same</i>.")


def page_of(report: ProblemReport) -> str:
    return reverse("admin:assessments_problemreport_change", args=[report.pk])


def question_of(report: ProblemReport) -> Question:
    return report.item.question_version.question


def test_it_waits_in_the_queue_until_somebody_answers(report, author, signed_in):
    client = signed_in(author)
    (note,) = client.get(QUEUE).context["queue"].notes.newest
    assert (note.question, note.address) == (question_of(report).external_id, page_of(report))
    client.post(page_of(report), {"words": "Reworded in version 2."})
    report.refresh_from_db()
    assert (report.resolution, report.resolved_by) == ("Reworded in version 2.", author)
    assert client.get(QUEUE).context["queue"].notes.count == 0
    assert QuestionEvent.objects.get(kind="answered a candidate's report").note == "Reworded in version 2."
    assert "Reworded in version 2." in client.get(page_of(report)).content.decode()


def test_the_page_shows_what_was_on_the_screen_and_no_name(report, author, signed_in):
    html = signed_in(author).get(page_of(report)).content.decode()
    attempt = Attempt.objects.get()
    shown = context_of(report)
    assert (shown.position, shown.of, shown.answered) == (2, 6, True)
    assert [line for line in shown.answer if line.given]
    assert "&lt;i&gt;the same&lt;/i&gt;" in html
    assert attempt.candidate.email not in html
    assert str(attempt.public_id) not in html


def test_the_question_leads_to_its_reports(report, author, signed_in):
    address = reverse("admin:question_bank_question_review", args=[question_of(report).pk])
    assert page_of(report) in signed_in(author).get(address).content.decode()


def test_it_is_answered_once_and_with_words(report, author, owner):
    with pytest.raises(NotPossible, match="what became of it"):
        resolve_problem(report=report, by=author, words=" \0 ")
    resolve_problem(report=report, by=author, words="Done.")
    with pytest.raises(NotPossible, match="Somebody else"):
        resolve_problem(report=report, by=owner, words="Done, too.")


@pytest.mark.parametrize(
    ("who", "get", "post"),
    [
        ("author", 200, 302),
        ("reviewer", 200, 302),
        ("owner", 200, 302),
        ("recruiter", 403, 403),
        ("outsider", 302, 302),
    ],
)
def test_reports_are_for_those_who_keep_questions(who, get, post, report, request, signed_in):
    client = signed_in(request.getfixturevalue(who))
    assert client.get(page_of(report)).status_code in {get, 302 if get == 403 else get}
    reply = client.post(page_of(report), {"words": "Done."})
    assert reply.status_code in {post, 302}
    report.refresh_from_db()
    assert bool(report.resolved_at) == (post == 302 and who != "outsider")


def test_it_says_where_the_drawn_version_is_another_one(report, author, signed_in):
    question = question_of(report)
    Question.objects.filter(pk=question.pk).update(status=Status.RETIRED)
    assert "it is not asked any more" in signed_in(author).get(page_of(report)).content.decode()


def test_health_counts_open_reports(report, author, signed_in):
    bank = signed_in(author).get(reverse("admin:question_bank_question_health") + "?owner=library").context["bank"]
    assert bank.totals["notes"] == 1


def test_a_report_on_an_own_question_reaches_its_keepers(organisation, author, reviewer, report, signed_in):
    own = copy_question(question=question_of(report), organisation=organisation, by=author)
    move(question=own, to=Status.IN_REVIEW, by=author)
    address = reverse("admin:question_bank_question_review", args=[own.pk])
    assert page_of(report) not in signed_in(reviewer).get(address).content.decode()
