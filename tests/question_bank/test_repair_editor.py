"""The form of configuration repair, as a browser without JavaScript sends it."""

from __future__ import annotations

import jmespath
import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from question_bank.editor import editor_for
from question_bank.editor.config_repair import QUERIES, ConfigRepairEditor, shown, typed
from question_bank.editor.yaml_text import YamlEditor
from question_bank.models import Question
from question_bank.services.questions import create_question
from question_bank.types import TYPES
from question_bank.types.artefacts import read
from tests.question_bank.conftest import content
from tests.question_bank.forms import fields_of
from tests.question_bank.test_artefacts import HOSTILE

KIND = TYPES["config_repair"]
SAMPLES = [sample.payload for sample in KIND.samples()]
ADD = "/admin/question_bank/question/add/"


@pytest.fixture
def client(author, signed_in):
    return signed_in(author)


@pytest.fixture
def repairs(organisation, author, skill):
    """The samples of the type as stored drafts."""
    return [
        create_question(
            organisation=organisation,
            external_id=f"repair-{number}",
            skill=skill,
            topic=skill.topics.get(position=0),
            content=content(type="config_repair", payload=KIND.load(payload).model_dump(mode="json")),
            author=author,
        )
        for number, payload in enumerate(SAMPLES)
    ]


def change(question: Question) -> str:
    return reverse("admin:question_bank_question_change", args=[question.pk])


def test_what_is_shown_is_what_is_stored(client, repairs):
    for question in repairs:
        fields = fields_of(client.get(change(question)))
        assert "repair-start" in fields
        page = client.post(change(question), fields | {"_save": "1"}, follow=True).content.decode()
        assert "Nothing changed" in page
        assert question.versions.count() == 1


def test_a_changed_check_is_a_new_version(client, repairs):
    fields = fields_of(client.get(change(repairs[0])))
    client.post(change(repairs[0]), fields | {"check-2-value": "50", "check-2-share": "2.5", "_save": "1"})
    stored = repairs[0].versions.get(number=2).payload["assertions"]
    assert (stored[2]["value"], stored[2]["share"], stored[3]["keep"]) == (50, 2.5, True)


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"check-0-query": "jobs["}, "check-0-query", "the query is not JMESPath"),
        ({"check-0-value": "(a+)+"}, "check-0-value", "repeats a group"),
        ({"check-0-message": ""}, "check-0-message", "Fill this in."),
        ({"check-0-share": "much"}, "check-0-share", "Type a number"),
        ({"check-0-share": "0"}, "check-0-share", "more than 0"),
        ({"check-1-test": "equals", "check-1-value": ""}, "check-1-value", "write null"),
        ({"check-1-test": "equals", "check-1-value": "a: ["}, "check-1-value", "cannot be read"),
        ({"check-1-test": "one_of", "check-1-value": ""}, "check-1-value", "one_of needs a list"),
        ({"check-2-value": "soon"}, "check-2-value", "needs a value that reads as a number"),
        ({"check-0-value": "nothing like it"}, "check-0-value", "does not hold in the solution"),
        ({"check-3-keep": None}, "check-3-keep", "holds before anything is repaired"),
        ({"check-0-keep": "on"}, "check-0-keep", "does not hold in the file at the start"),
        ({"repair-solution": "a: ["}, "repair-solution", "not YAML: line 1"),
        ({"repair-start": ""}, "repair-start", "Fill this in."),
        ({"repair-file_name": ""}, "repair-file_name", "Fill this in."),
        ({"repair-start": "#" * 10_001}, "repair-start", "at most"),
    ],
)
def test_each_error_stands_beside_its_field_of_its_row(client, repairs, wrong, field, words):
    fields = fields_of(client.get(change(repairs[0]))) | wrong | {"_save": "1"}
    page = client.post(change(repairs[0]), {name: value for name, value in fields.items() if value is not None})
    text = page.content.decode()
    place = text.index(f'id="id_{field}_error"')
    assert words in text[place : text.index("</p>", place)]
    assert repairs[0].versions.count() == 1


def test_what_belongs_to_no_row_is_said_above(client, repairs):
    fields = fields_of(client.get(change(repairs[0]))) | {"_save": "1"}
    none = {**fields, **{f"check-{number}-DELETE": "on" for number in range(4)}}
    assert "Write at least one check, and at most 20." in client.post(change(repairs[0]), none).content.decode()
    kept = {**fields, **{f"check-{number}-DELETE": "on" for number in range(3)}}
    assert "every check is one to keep" in client.post(change(repairs[0]), kept).content.decode()


def test_trying_saves_nothing_and_shows_what_each_check_finds(client, repairs):
    fields = fields_of(client.get(change(repairs[0])))
    page = client.post(change(repairs[0]), fields | {"_refresh": "try"}).content.decode()
    assert "Fine: each check does what it should in both files." in page
    assert "actions/checkout@main" in page[page.index('id="tried"') :]
    assert "Not saved yet" not in page
    broken = {"repair-start": "jobs: [", "check-0-query": "jobs[", "check-2-value": "5", "_refresh": "try"}
    page = client.post(change(repairs[0]), fields | broken).content.decode()
    assert 'id="id_repair-start_error"' in page
    assert 'id="id_check-0-query_error"' in page
    assert "1 of 3 checks need another look." in page
    assert "cannot be read" in page[page.index('id="tried"') :]
    assert repairs[0].versions.count() == 1


def test_trying_an_empty_form_says_what_is_missing(client, skill):
    data = fields_of(client.get(ADD)) | {"type": "config_repair", "_refresh": "1"}
    page = client.post(ADD, fields_of(client.post(ADD, data)) | {"_refresh": "try"}).content.decode()
    assert "Nothing could be tried" in page
    assert "There is nothing in this file yet." in page


def test_hostile_texts_are_shown_as_texts(client, repairs):
    sly = '</textarea><script>alert(1)</script>"><img src=x onerror=alert(1)>{{7*7}}'
    fields = fields_of(client.get(change(repairs[0])))
    wrong = {"repair-start": f"a: '{sly}'", "repair-file_name": sly, "check-0-query": "a", "check-0-message": sly}
    for button in ({"_refresh": "try"}, {"_save": "1"}):
        page = client.post(change(repairs[0]), fields | wrong | button).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_hostile_files_and_values_are_read_or_refused_beside_their_field(client, repairs):
    fields = fields_of(client.get(change(repairs[0])))
    for name, text in HOSTILE.items():
        if "\ud800" in text or len(text) > 20_000:  # no browser sends the one, no server takes the other
            continue
        wrong = {"repair-start": text, "repair-solution": text, "check-2-value": text, "check-2-test": "equals"}
        for button in ({"_refresh": "try"}, {"_save": "1"}):
            page = client.post(change(repairs[0]), fields | wrong | button)
            assert page.status_code == 200, name
            assert 'id="question-form"' in page.content.decode(), name
    assert repairs[0].versions.count() == 1


def test_drawn_numbers_have_no_place_in_the_form_and_are_edited_as_yaml():
    assert editor_for("config_repair") is ConfigRepairEditor
    assert editor_for("config_repair", {"variables": {"a": {"low": 1, "high": 2}}}) is YamlEditor


def test_each_query_in_the_help_finds_something():
    files = {
        "YAML and JSON": "name: n\non: {schedule: s}\njobs: {train: {timeout-minutes: 5, steps: "
        "[{name: Test, uses: u, run: r}]}}",
        "YAML of several documents": "kind: Service\n---\nkind: Deployment\nspec: {replicas: 2}",
        "Dockerfile": 'FROM python:3.12\nUSER 1\nUSER 2\nCMD ["python", "serve.py"]',
    }
    languages = {"YAML and JSON": "yaml", "YAML of several documents": "yaml_documents", "Dockerfile": "dockerfile"}
    for kind, lines in QUERIES:
        data = read(files[kind], languages[kind])
        for query, words in lines:
            assert jmespath.search(query, data), (query, words)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(-1e9, 1e9) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(VALUES)
def test_a_value_that_is_typed_back_as_it_is_shown_is_the_same(value):
    from question_bank.types.assertions import _same

    assert _same(typed("equals", shown("equals", value)), value)
    assert _same(typed("one_of", shown("one_of", [value, 1])), [value, 1])
