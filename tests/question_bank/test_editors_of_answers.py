"""The forms of SQL and of free text, as a browser without JavaScript sends them."""

from __future__ import annotations

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from question_bank.editor import editor_for
from question_bank.editor.free_text import FreeTextEditor
from question_bank.editor.sql import SqlEditor
from question_bank.editor.sql_cells import line_of, row_of, tables_of, text_of
from question_bank.editor.yaml_text import YamlEditor
from question_bank.models import Question
from question_bank.services.questions import create_question
from question_bank.types import TYPES
from tests.question_bank.conftest import content
from tests.question_bank.forms import fields_of

ADD = "/admin/question_bank/question/add/"


@pytest.fixture
def client(author, signed_in):
    return signed_in(author)


@pytest.fixture
def stored(organisation, author, skill):
    def store(slug: str, number: int = 0) -> Question:
        kind = TYPES[slug]
        return create_question(
            organisation=organisation,
            external_id=f"{slug.replace('_', '-')}-{number}",
            skill=skill,
            topic=skill.topics.get(position=0),
            content=content(type=slug, payload=kind.load(kind.samples()[number].payload).model_dump(mode="json")),
            author=author,
        )

    return store


def change(question: Question) -> str:
    return reverse("admin:question_bank_question_change", args=[question.pk])


@pytest.mark.parametrize(("slug", "number"), [("sql", 0), ("sql", 1), ("free_text", 0)])
def test_what_is_shown_is_what_is_stored(client, stored, slug, number):
    question = stored(slug, number)
    fields = fields_of(client.get(change(question)))
    page = client.post(change(question), fields | {"_save": "1"}, follow=True).content.decode()
    assert "Nothing changed" in page
    assert question.versions.count() == 1


WRONG = [
    ("sql", {"table-0-columns": "id number"}, "table-0-columns", "Line 1: a name and integer, real or text"),
    ("sql", {"table-0-name": "Runs!"}, "table-0-name", "String should match"),
    ("sql", {"data-0-message": ""}, "data-0-message", "Fill this in."),
    ("sql", {"data-1-share": "0"}, "data-1-share", "more than 0"),
    ("sql", {"data-1-rows": "runs:"}, "data-1-rows", "data set 2: the solution returns no rows"),
    ("sql", {"sql-solution": "select nothing from runs"}, "sql-solution", "the solution does not run"),
    ("sql", {"sql-solution": ""}, "sql-solution", "Fill this in."),
    ("sql", {"sql-result": "model"}, "sql-result", "returns 2 columns, but result names 1"),
    ("sql", {"sql-tolerance": "wide"}, "sql-tolerance", "Type a number"),
    ("free_text", {"criterion-0-levels": "nothing"}, "criterion-0-levels", "Line 1: begin with the points"),
    ("free_text", {"criterion-0-levels": "1: Something\n2: More"}, "criterion-0-levels", "begin with 0 points"),
    ("free_text", {"criterion-0-levels": "0: Nothing\n50: Much"}, "criterion-0-levels", "Level 2: "),
    ("free_text", {"criterion-1-title": ""}, "criterion-1-title", "Fill this in."),
    ("free_text", {"text-max_words": "many"}, "text-max_words", "Type a whole number"),
]


@pytest.mark.parametrize(("slug", "wrong", "field", "words"), WRONG)
def test_each_error_stands_beside_its_field(client, stored, slug, wrong, field, words):
    question = stored(slug)
    fields = fields_of(client.get(change(question)))
    text = client.post(change(question), fields | wrong | {"_save": "1"}).content.decode()
    place = text.index(f'id="id_{field}_error"')
    assert words in text[place : text.index("</p>", place)]
    assert question.versions.count() == 1


def test_a_wrong_cell_names_data_set_row_and_table(client, stored):
    question = stored("sql")
    fields = fields_of(client.get(change(question)))
    text = client.post(change(question), fields | {"data-0-rows": "one, a, b, 0.5", "_save": "1"}).content.decode()
    assert "data set 1: row 1 of runs: &#x27;one&#x27; is not integer" in text


def test_a_query_is_tried_before_anything_is_saved(client, stored):
    question = stored("sql")
    fields = fields_of(client.get(change(question))) | {"_refresh": "try"}
    page = client.post(change(question), fields).content.decode()
    assert "it returns 2 rows" in page
    assert "<td>fraud</td>" in page
    wrong = {"sql-solution": "select 'a', 1 union select 'b', 2"}
    page = client.post(change(question), fields | wrong).content.decode()
    assert "so it could be copied" in page[page.index('id="id_data-0-rows_error"') :]
    assert (
        "A query begins with SELECT"
        in client.post(change(question), fields | {"sql-solution": "drop table runs"}).content.decode()
    )
    assert question.versions.count() == 1


def test_both_are_written_from_nothing(client, skill):
    begun = fields_of(client.get(ADD)) | {"topic": str(skill.topics.get(position=0).pk), "stem": "Which?"}
    begun |= {"explanation": "Because.", "expected_seconds": "120"}
    sql = fields_of(client.post(ADD, begun | {"type": "sql", "_refresh": "1"})) | {
        "external_id": "own-query",
        "table-0-name": "runs",
        "table-0-columns": "id integer\nnote text",
        "table-0-rows": '1, "a, b"\n2, NULL',
        "data-0-message": "All notes are there.",
        "data-0-rows": "7, c\n8,",
        "sql-solution": "SELECT note FROM runs",
        "sql-result": "note",
        "_save": "1",
    }
    client.post(ADD, sql)
    payload = Question.objects.get(external_id="own-query").current.payload
    assert payload["tables"][0]["rows"] == [[1, "a, b"], [2, None]]
    assert payload["data_sets"][0]["rows"] == {"runs": [[7, "c"], [8, None]]}
    text = fields_of(client.post(ADD, begun | {"type": "free_text", "_refresh": "1"})) | {
        "external_id": "own-text",
        "criterion-0-title": "The cause",
        "criterion-0-levels": "0: None\n1,5 points: Named",
        "text-max_words": "80",
        "_save": "1",
    }
    client.post(ADD, text)
    payload = Question.objects.get(external_id="own-text").current.payload
    levels = [{"points": 0.0, "text": "None"}, {"points": 1.5, "text": "Named"}]
    assert payload["criteria"] == [{"id": "the-cause", "title": "The cause", "levels": levels}]
    assert (payload["max_words"], payload["show_criteria"]) == (80, True)


def test_what_has_no_place_in_a_form_is_edited_as_yaml():
    sql, text = (dict(TYPES[slug].samples()[0].payload) for slug in ("sql", "free_text"))
    assert editor_for("sql", sql) is SqlEditor
    assert editor_for("sql", {**sql, "data_sets": [{"message": "m", "rows": {"runs": [["a\nb"]]}}]}) is YamlEditor
    assert editor_for("free_text", text) is FreeTextEditor
    level = {"points": 0, "text": "two\nlines"}
    assert editor_for("free_text", {**text, "criteria": [{"levels": [level]}]}) is YamlEditor


CELL = {
    "integer": st.none() | st.integers(-(2**60), 2**60),
    "real": st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**6), 10**6),
    "text": st.none() | st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12),
}
TABLES = st.lists(st.sampled_from(sorted(CELL)), min_size=1, max_size=4).flatmap(
    lambda types: st.tuples(
        st.just(types), st.lists(st.tuples(*(CELL[kind] for kind in types)).map(list), min_size=1, max_size=4)
    )
)


@given(TABLES)
def test_rows_that_are_typed_back_as_they_are_shown_are_the_same(table):
    types, rows = table
    assert [row_of(line_of(row), types) for row in rows] == rows
    named = {"runs": rows, "empty": []}
    assert tables_of(text_of(named), {"runs": types, "empty": ["text"]}) == named
