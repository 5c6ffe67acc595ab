"""Twenty thousand questions: pages ask as often as with twenty, and the database reads by index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from question_bank.access import visible_to
from question_bank.models import Question, QuestionEvent, Skill
from question_bank.search import matching
from question_bank.services.questions import move_many
from question_bank.states import Status
from tests.factories import make_question, make_skill

SIZE = 20_000
LIST = "/admin/question_bank/question/"
ADDRESSES = (
    LIST,
    f"{LIST}?p=2",
    f"{LIST}?status=in_review",
    f"{LIST}?skill=serving&status=live&difficulty=2",
    f"{LIST}?type=numeric&findings=none",
    f"{LIST}?q=word17",
    reverse("admin:question_bank_question_queue"),
    reverse("admin:question_bank_question_health") + "?owner=library",
    reverse("admin:index"),
)


def fill(count: int, skills: list[Skill]) -> None:
    """Library questions in the database's own loop: mostly live, each with one version."""
    topics = [skill.topics.order_by("position").values_list("pk", flat=True)[0] for skill in skills]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH made AS (
                INSERT INTO question_bank_question
                    (public_id, external_id, skill_id, status, lint_allow, linted_at, created_at, updated_at)
                SELECT gen_random_uuid(), 'many-' || n, (%(skills)s::bigint[])[n %% %(count)s + 1], 'draft', '{}',
                    now(), now(), now()
                FROM generate_series(1, %(size)s) AS n
                RETURNING id, external_id
            )
            INSERT INTO question_bank_questionversion
                (question_id, number, type, topic_id, difficulty, expected_seconds, stem, payload, explanation,
                 "references", interview_follow_up, author_name, from_file, content_hash, created_at)
            SELECT id, 1, (ARRAY['single_choice', 'numeric'])[id %% 2 + 1], (%(topics)s::bigint[])[id %% %(count)s + 1],
                id %% 3 + 1, 60, 'What does word' || id %% 997 || ' do in system ' || id || '?', '{"answer": 1}', 'why',
                '[]', '', 'Somebody', true, md5(id::text), now()
            FROM made
            """,
            {"skills": [s.pk for s in skills], "topics": topics, "count": len(skills), "size": count},
        )
        cursor.execute(
            """
            UPDATE question_bank_question q
            SET current_id = v.id, status = CASE WHEN q.id %% 400 = 0 THEN 'in_review' ELSE 'live' END
            FROM question_bank_questionversion v WHERE v.question_id = q.id AND q.external_id LIKE %s
            """,
            ["many-%"],
        )
        cursor.execute("ANALYZE question_bank_question, question_bank_questionversion, question_bank_lintfinding")


def counts(client: Client) -> list[int]:
    found = []
    for address in ADDRESSES:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200, address
        found.append(len(captured))
    return found


def plan(questions: Any) -> str:
    return str(questions.explain())


@pytest.fixture
def skills(db: None) -> list[Skill]:
    return [make_skill(slug) for slug in ("serving", "drift", "lineage")]


def test_pages_ask_as_often_and_the_database_reads_by_index(
    skills: list[Skill], author: User, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(author)
    for number in range(60):
        question = make_question(skills[number % 3], number)
        if number % 2:
            Question.objects.filter(pk=question.pk).update(status=Status.IN_REVIEW)
    client.get(LIST)  # what is read once per process
    few = counts(client)
    fill(SIZE, skills)
    assert counts(client) == few

    changelist = client.get(LIST).context["cl"]
    assert len(changelist.result_list) == 50
    assert len(client.get(f"{LIST}?all=").context["cl"].result_list) <= 100
    table = "Seq Scan on question_bank_question "
    first = changelist.queryset[:50]
    assert table not in plan(first), plan(first)
    rare = visible_to(author).filter(status=Status.IN_REVIEW).order_by("external_id")[:50]
    assert table not in plan(rare), plan(rare)
    assert (
        matching(visible_to(author), "word17 system").count()
        == Question.objects.filter(current__stem__iregex=r"\mword17").filter(current__stem__icontains="system").count()
        > 0
    )
    assert "question_stem_words" in plan(matching(Question.objects.all(), "word17"))
    assert "question_name_words" in plan(matching(Question.objects.all(), "many 777"))


def test_bulk_moves_take_a_fixed_number_of_queries(skills: list[Skill], author: User) -> None:
    taken = []
    for count in (10, 300):
        fill_drafts = [make_question(skills[0], n) for n in range(10)] if count == 10 else []
        if count == 300:
            fill(count, skills)
        questions = fill_drafts or list(Question.objects.filter(external_id__startswith="many-"))
        with CaptureQueriesContext(connection) as captured:
            refused = move_many(questions=questions, to=Status.RETIRED, by=author)
        taken.append(len(captured))
        assert refused == {}
    assert taken[0] == taken[1]
    assert Question.objects.filter(status=Status.RETIRED).count() == 310
    assert QuestionEvent.objects.filter(kind="moved to retired", actor=author).count() == 310


def test_a_bulk_move_says_what_it_cannot_move(skills: list[Skill], author: User) -> None:
    live, gone = make_question(skills[0], 1), make_question(skills[0], 2)
    Question.objects.filter(pk=gone.pk).update(status=Status.RETIRED)
    refused = move_many(questions=[live, gone], to=Status.RETIRED, by=author)
    assert set(refused) == {gone}
    with pytest.raises(ValueError, match="one by one"):
        move_many(questions=[live], to=Status.LIVE, by=author)


def test_too_many_at_once_are_refused_in_words(
    skills: list[Skill], author: User, signed_in: Callable[[User], Client]
) -> None:
    fill(600, skills)
    posted = {"action": "retire", "select_across": "1", "_selected_action": [Question.objects.first().pk]}  # type: ignore[union-attr]
    page = signed_in(author).post(LIST, posted, follow=True).content.decode()
    assert "500 questions at once are the most" in page
    assert not Question.objects.filter(status=Status.RETIRED).exists()
