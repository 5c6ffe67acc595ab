"""Finding questions: search, filters, and a number of queries that does not grow."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from question_bank.models import Question
from question_bank.services.images import store_image
from tests.factories import make_question, make_skill
from tests.question_bank.test_images import PNG

LIST = "/admin/question_bank/question/"


def queries(client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def names(response) -> set[str]:
    return {question.external_id for question in response.context["cl"].result_list}


def test_the_list_asks_as_often_for_200_questions_as_for_20(author, signed_in, skill, monkeypatch):
    from question_bank.admin import QuestionAdmin

    monkeypatch.setattr(QuestionAdmin, "list_per_page", 300)
    client = signed_in(author)
    for number in range(20):
        make_question(skill, number)
    few = queries(client, LIST)
    for number in range(180):
        make_question(skill, number, type=("single_choice", "multiple_choice", "numeric")[number % 3])
    for slug in ("two", "three", "four"):
        make_skill(slug)
    assert queries(client, LIST) == few
    assert len(client.get(LIST).context["cl"].result_list) == 200


def test_the_overview_asks_as_often_for_many_skills(author, signed_in, skill):
    client = signed_in(author)
    make_question(skill, 1)
    few = queries(client, reverse("admin:index"))
    for slug in ("two", "three", "four", "five"):
        another = make_skill(slug)
        for number in range(10):
            make_question(another, number)
    assert queries(client, reverse("admin:index")) == few


def test_the_overview_counts_what_one_may_see(author, outsider, signed_in, draft, skill):
    make_question(skill, 1, difficulty=3)
    own = signed_in(author).get(reverse("admin:index")).context["coverage"]
    foreign = signed_in(outsider).get(reverse("admin:index")).context["coverage"]
    assert own.totals["Draft"] == 1
    assert foreign.totals["Draft"] == 0
    row = own.domains[0][1][0]
    assert [cell.count for cell in row.live] == [0, 0, 1]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=deployment-canary", {"deployment-canary"}),
        ("q=few+users+try", set()),
        ("q=users+try", {"deployment-canary"}),
        ("status=draft", {"deployment-canary"}),
        ("owner=own", {"deployment-canary"}),
        ("owner=library&type=numeric", {"numeric"}),
        ("difficulty=3", {"numeric"}),
        ("skill=deployment&status=live", {"numeric"}),
        ("domain=nowhere&status=live", {"numeric"}),
    ],
)
def test_questions_are_found(query, expected, author, signed_in, draft, skill):
    library = make_question(skill, 1, type="numeric", difficulty=3)
    Question.objects.filter(pk=library.pk).update(external_id="numeric")
    # "few" is set in bold in the stem, so "few users" is not a run of letters in it
    found = names(signed_in(author).get(f"{LIST}?{query}"))
    assert found == (expected or {"deployment-canary"})


def test_the_list_of_pictures_asks_as_often_for_many(author, organisation, signed_in):
    client = signed_in(author)
    address = reverse("admin:question_bank_questionimage_changelist")
    store_image(organisation=organisation, name="one", data=PNG)
    few = queries(client, address)
    for number in range(20):
        store_image(organisation=organisation, name=f"picture-{number}", data=PNG)
    assert queries(client, address) == few
