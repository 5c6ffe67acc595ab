"""Who reaches which page of the author's workplace."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from question_bank.models import Question
from question_bank.services.questions import copy_question
from tests.factories import make_question

LIST = "/admin/question_bank/question/"


def pages_of(question: Question) -> list[str]:
    return [
        reverse("admin:question_bank_question_change", args=[question.pk]),
        reverse("admin:question_bank_question_versions", args=[question.pk]),
        reverse("question_preview", args=[question.public_id]),
        reverse("question_compare", args=[question.public_id]) + "?old=1&new=1",
    ]


@pytest.mark.parametrize("person", ["owner", "author", "reviewer"])
def test_who_may_see_questions_reaches_them_in_the_admin(person, request, signed_in, draft):
    client = signed_in(request.getfixturevalue(person))
    for page in [reverse("admin:index"), LIST, *pages_of(draft)]:
        assert client.get(page).status_code == 200, page


@pytest.mark.parametrize("person", ["recruiter", "visitor"])
def test_nobody_else_gets_in(person, request, signed_in, draft):
    client = signed_in(request.getfixturevalue(person))
    assert client.get("/admin/", follow=True).status_code == 403
    assert client.get(LIST, follow=True).status_code == 403
    for page in pages_of(draft):
        assert client.get(page, follow=True).status_code in {403, 404}, page


def test_a_visitor_signs_in_first_and_comes_back(db, draft):
    response = Client().get(reverse("admin:question_bank_question_change", args=[draft.pk]), follow=True)
    assert response.request["PATH_INFO"] == reverse("account_login")
    assert f"next=%2Fadmin%2Fquestion_bank%2Fquestion%2F{draft.pk}%2Fchange%2F" in response.request["QUERY_STRING"]


def test_the_sign_in_of_the_admin_sends_nobody_to_another_site(author, signed_in):
    response = signed_in(author).get("/admin/login/?next=https://elsewhere.example/")
    assert response["Location"] == reverse("admin:index")


def test_questions_of_another_organisation_are_not_there(outsider, signed_in, draft):
    client = signed_in(outsider)
    assert draft.external_id not in client.get(LIST).content.decode()
    assert client.get(pages_of(draft)[0])["Location"] == reverse("admin:index")
    for page in pages_of(draft)[1:]:
        assert client.get(page).status_code == 404, page
    for name, data in (("move", {"to": "in_review"}), ("copy", {"organisation": draft.organisation_id})):
        address = reverse(f"admin:question_bank_question_{name}", args=[draft.pk])
        assert client.post(address, data).status_code == 404
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_a_reviewer_reads_but_does_not_write(reviewer, signed_in, draft):
    client = signed_in(reviewer)
    address = reverse("admin:question_bank_question_change", args=[draft.pk])
    assert "question-form" not in client.get(address).content.decode()
    assert client.post(address, {"stem": "Mine now"}).status_code == 403
    assert client.get(LIST + "add/").status_code == 403


def test_the_library_is_read_only_for_members_and_can_be_copied(author, organisation, signed_in, skill):
    library = make_question(skill, 1)
    client = signed_in(author)
    address = reverse("admin:question_bank_question_change", args=[library.pk])
    assert "Copy to our own questions" in client.get(address).content.decode()
    assert client.post(address, {}).status_code == 403
    move = reverse("admin:question_bank_question_move", args=[library.pk])
    assert client.post(move, {"to": "retired"}).status_code == 403
    copy = reverse("admin:question_bank_question_copy", args=[library.pk])
    response = client.post(copy, {"organisation": organisation.pk})
    own = Question.objects.get(organisation=organisation)
    assert response["Location"] == reverse("admin:question_bank_question_change", args=[own.pk])
    assert (own.status, own.current.stem, own.current.author) == ("draft", library.current.stem, author)
    assert client.get(response["Location"]).status_code == 200


def test_nobody_copies_into_a_foreign_organisation(author, other_organisation, signed_in, draft):
    copy = reverse("admin:question_bank_question_copy", args=[draft.pk])
    assert signed_in(author).post(copy, {"organisation": other_organisation.pk}).status_code == 403
    assert Question.objects.count() == 1


def test_a_second_copy_gets_another_name(organisation, author, draft):
    copied = copy_question(question=draft, organisation=organisation, by=author)
    again = copy_question(question=draft, organisation=organisation, by=author)
    assert len({draft.external_id, copied.external_id, again.external_id}) == 3


def test_operators_edit_the_library(db, signed_in, skill):
    from accounts.models import User

    operator = User.objects.create_superuser("root@example.org", "a-long-password", name="Root")
    library = make_question(skill, 1)
    response = signed_in(operator).get(reverse("admin:question_bank_question_change", args=[library.pk]))
    assert "question-form" in response.content.decode()


def test_bulk_actions_check_each_row(author, signed_in, draft, skill):
    library = make_question(skill, 1)
    data = {"action": "retire", "_selected_action": [draft.pk, library.pk]}
    page = signed_in(author).post(LIST, data, follow=True).content.decode()
    draft.refresh_from_db()
    library.refresh_from_db()
    assert (draft.status, library.status) == ("retired", "live")
    assert "You may read this question, but not change it." in page


@pytest.mark.parametrize("page", ["accounts/user/", "accounts/organisation/", "accounts/membership/", "auth/group/"])
def test_members_see_nothing_of_the_installation(page, owner, signed_in):
    assert signed_in(owner).get(f"/admin/{page}").status_code in {403, 404}


def test_only_the_admin_has_the_looser_policy_for_scripts(author, signed_in, draft):
    client = signed_in(author)
    preview = client.get(reverse("question_preview", args=[draft.public_id]))["Content-Security-Policy"]
    assert "unsafe" not in preview
    assert "script-src 'self' 'unsafe-eval';" in client.get(LIST)["Content-Security-Policy"].replace("; ", ";") + ";"
    assert "unsafe-inline" not in client.get(LIST)["Content-Security-Policy"].split("script-src")[1].split(";")[0]


def test_the_preview_holds_the_key_only_where_it_is_asked_for(author, signed_in, draft):
    client = signed_in(author)
    address = reverse("question_preview", args=[draft.public_id])
    assert "A small share goes first" not in client.get(address).content.decode()
    assert "A small share goes first" in client.get(address + "?key=1").content.decode()
    for odd in ("?version=99", "?version=x", "?version=-1", "?version=9999999999999999999"):
        assert client.get(address + odd).status_code == 404
    assert client.get(address + "?width=12").context["width"] == "1280"
