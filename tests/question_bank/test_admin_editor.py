"""Writing and editing a question through the form, as a browser without JavaScript does."""

from __future__ import annotations

import pytest
from django.test import override_settings
from django.urls import reverse

from question_bank import editor
from question_bank.editor.yaml_text import YamlEditor
from question_bank.image_refs import as_written, names_in
from question_bank.models import Question
from question_bank.services.images import store_image
from question_bank.services.questions import move
from question_bank.states import Status
from question_bank.types import TYPES
from tests.question_bank.forms import fields_of

ADD = "/admin/question_bank/question/add/"


def change(question: Question) -> str:
    return reverse("admin:question_bank_question_change", args=[question.pk])


@pytest.fixture
def client(author, signed_in):
    return signed_in(author)


def filled_in(client, skill) -> dict[str, str]:
    return fields_of(client.get(ADD)) | {
        "topic": str(skill.topics.get(position=1).pk),
        "stem": "What is drawn?\r\n\r\n```python\r\nprint(1)\r\n```",
        "explanation": "Because.",
        "expected_seconds": "45",
        "option-0-text": "The right one",
        "option-0-correct": "on",
        "option-0-rationale": "It holds.",
        "option-1-text": "The wrong one",
        "option-1-rationale": "A common mistake.",
        "reference-0-title": "A true title",
        "note": "first wording",
        "_save": "1",
    }


def test_a_new_question_is_a_draft_with_ids_made_from_the_texts(client, author, organisation, skill):
    response = client.post(ADD, filled_in(client, skill))
    question = Question.objects.get()
    assert response["Location"] == change(question)
    version = question.current
    assert (question.status, question.organisation, question.skill) == ("draft", organisation, skill)
    assert question.external_id == "deployment-what-is-drawn-python-print1"
    assert (version.number, version.author, version.topic.title) == (1, author, "topic 1")
    assert version.stem == "What is drawn?\n\n```python\nprint(1)\n```"
    assert [option["id"] for option in version.payload["options"]] == ["the-right-one", "the-wrong-one"]
    assert version.references == [{"title": "A true title", "url": None}]


def test_each_error_stands_beside_its_field(client, skill):
    data = filled_in(client, skill) | {
        "stem": "",
        "option-1-rationale": "",
        "expected_seconds": "5",
        "reference-0-url": "ftp://example.org",
    }
    page = client.post(ADD, data).content.decode()
    assert Question.objects.count() == 0
    for field in ("id_stem", "id_option-1-rationale", "id_expected_seconds", "id_reference-0-url"):
        assert f'id="{field}_error"' in page, field
    assert "The right one" in page
    assert 'id="id_option-0-rationale_error"' not in page


def test_a_missing_key_is_said_in_words(client, skill):
    data = filled_in(client, skill)
    del data["option-0-correct"]
    assert "single choice needs exactly one option" in client.post(ADD, data).content.decode()


def test_more_rows_come_without_javascript_and_without_complaints(client, skill):
    data = filled_in(client, skill) | {"_more": "option", "explanation": ""}
    del data["_save"]
    page = client.post(ADD, data)
    assert 'name="option-5-text"' in page.content.decode()
    assert "Not saved yet" not in page.content.decode()
    assert fields_of(page)["option-0-text"] == "The right one"
    assert Question.objects.count() == 0


def test_another_type_shows_other_fields_and_keeps_what_was_typed(client, skill):
    data = filled_in(client, skill) | {"type": "numeric", "_refresh": "1"}
    page = client.post(ADD, data)
    fields = fields_of(page)
    assert "number-answer" in fields
    assert "option-0-text" not in fields
    assert fields["explanation"] == "Because."
    saved = fields | {"number-answer": "0.5", "number-tolerance": "0,1", "_save": "1"}
    page = client.post(ADD, saved).content.decode()
    assert 'id="id_number-tolerance_error"' in page
    client.post(ADD, saved | {"number-tolerance": "0.1", "miss-0-value": "5", "miss-0-rationale": "Ten times"})
    assert Question.objects.get().current.payload["near_misses"] == [{"value": 5.0, "rationale": "Ten times"}]


def test_a_numeric_question_with_drawn_numbers_is_written_in_its_form_and_previewed_with_three_draws(client, skill):
    page = client.post(ADD, filled_in(client, skill) | {"type": "numeric", "_refresh": "1"})
    fields = fields_of(page) | {
        "stem": "What do [[gpus]] GPUs cost?",
        "number-variables": "gpus: {low: 2, high: 9}",
        "number-answer": "= gpus / (gpus - 4)",
        "number-tolerance": "0.1",
    }
    refused = client.post(ADD, fields | {"_save": "1"}).content.decode()
    assert "division by zero with gpus = 4" in refused
    assert 'id="id_number-answer_error"' in refused
    shown = client.post(ADD, fields | {"number-answer": "= gpus * 24", "_preview": "1"}).content.decode()
    assert shown.count("GPUs cost?") == 4
    assert "Three draws" in shown
    client.post(ADD, fields | {"number-answer": "= gpus * 24", "_save": "1"})
    question = Question.objects.get()
    assert question.current.payload["variables"] == {"gpus": {"low": 2, "high": 9}}
    client.post(change(question), fields_of(client.get(change(question))) | {"_save": "1"})
    assert question.versions.count() == 1
    page = client.get(reverse("question_preview", args=[question.public_id]) + "?key=1").content.decode()
    assert page.count("<strong>Right:</strong>") == 3


def test_saving_without_a_change_makes_no_version(client, draft):
    data = fields_of(client.get(change(draft)))
    page = client.post(change(draft), data | {"_save": "1"}, follow=True).content.decode()
    assert "Nothing changed" in page
    assert draft.versions.count() == 1


def test_an_edit_is_a_new_version_and_options_keep_their_ids(client, draft):
    data = fields_of(client.get(change(draft)))
    data |= {"option-0-text": "Canary rollout", "option-2-DELETE": "on", "note": "clearer", "_save": "1"}
    data |= {"option-TOTAL_FORMS": "4", "option-3-text": "Blue and green", "option-3-rationale": "All at once."}
    page = client.post(change(draft), data, follow=True).content.decode()
    draft.refresh_from_db()
    assert "Saved as version 2" in page
    assert draft.current.number == 2
    assert [(o["id"], o["text"]) for o in draft.current.payload["options"]] == [
        ("canary", "Canary rollout"),
        ("shadow", "Shadow deployment"),
        ("blue-and-green", "Blue and green"),
    ]
    assert draft.versions.get(number=1).payload["options"][0]["text"] == "Canary release"
    versions = client.get(reverse("admin:question_bank_question_versions", args=[draft.pk])).content.decode()
    assert "clearer" in versions
    assert "Canary rollout" in versions


def test_an_edit_of_a_live_question_waits_for_its_release(client, author, reviewer, draft):
    move(question=draft, to=Status.IN_REVIEW, by=author)
    move(question=draft, to=Status.LIVE, by=reviewer)
    data = fields_of(client.get(change(draft))) | {"stem": "Another wording?", "_save": "1"}
    page = client.post(change(draft), data, follow=True).content.decode()
    draft.refresh_from_db()
    assert draft.current.number == 1
    assert "Candidates get the released version until somebody else releases it" in page
    assert fields_of(client.get(change(draft)))["stem"] == "Another wording?"


def test_the_preview_of_an_unsaved_text_saves_nothing(client, skill):
    data = filled_in(client, skill) | {"_preview": "1"}
    page = client.post(ADD, data).content.decode()
    assert "Not saved" in page
    assert "The wrong one" in page
    assert "A common mistake" not in page
    assert Question.objects.count() == 0


PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="800" height="450"><rect width="800" height="450"/></svg>'
YAML_TYPES = [slug for slug in TYPES if slug not in editor.EDITORS]


@pytest.mark.parametrize("slug", YAML_TYPES)
def test_a_type_without_a_form_of_its_own_begins_with_an_example_and_is_edited_as_yaml(
    client, organisation, skill, slug
):
    kind = TYPES[slug]
    for name in names_in(kind.samples()[0].payload):
        store_image(organisation=organisation, name=name, data=PICTURE)
    data = {name: value for name, value in filled_in(client, skill).items() if not name.startswith("option-")}
    fields = fields_of(client.post(ADD, data | {"type": slug, "_refresh": "1"}))
    client.post(ADD, fields | {"_preview": "1"})
    assert Question.objects.count() == 0
    client.post(ADD, fields | {"_save": "1"})
    question = Question.objects.get()
    assert kind.load(as_written(question.current.payload)) == kind.load(kind.samples()[0].payload)
    page = client.get(change(question))
    client.post(change(question), fields_of(page) | {"_save": "1"})
    assert question.versions.count() == 1  # what is shown is what is stored
    assert client.get(reverse("question_preview", args=[question.public_id]) + "?key=1").status_code == 200


def test_an_error_in_yaml_names_the_line_and_the_field(client, draft, monkeypatch):
    monkeypatch.delitem(editor.EDITORS, "single_choice")
    assert editor.editor_for("single_choice") is YamlEditor
    data = fields_of(client.get(change(draft)))
    text = data["yaml-single_choice-payload"]
    save = lambda text: client.post(change(draft), data | {"yaml-single_choice-payload": text, "_save": "1"})  # noqa: E731
    save(text.replace("Shadow deployment", "Shadow traffic"))
    draft.refresh_from_db()
    assert draft.current.payload["options"][1]["text"] == "Shadow traffic"
    assert "Line 4: options.1.correct" in save(text.replace("correct: true", "correct: perhaps")).content.decode()
    assert (
        "Line 7: options.2.surprise"
        in save(text.replace("  text: Shadow", "  surprise: 1\n  text: Shadow")).content.decode()
    )
    assert "single choice needs exactly one" in save(text.replace("correct: true", "correct: false")).content.decode()
    for bad in (
        "{",
        "a: *b",
        "a: &b 1\nc: *b",
        "- 1",
        "? [a]\n: b",
        "a: 1\na: 2",
        "!!python/object:os.system {}",
        "[" * 2000,
    ):
        page = save(bad).content.decode()
        assert "Not saved yet" in page, bad
        assert 'id="id_yaml-single_choice-payload_error"' in page, bad
    draft.refresh_from_db()
    assert draft.versions.count() == 2


def test_a_taken_name_is_said_beside_the_name(client, draft, skill):
    page = client.post(ADD, filled_in(client, skill) | {"external_id": draft.external_id}).content.decode()
    assert 'id="id_external_id_error"' in page
    assert Question.objects.count() == 1


def test_nobody_writes_into_another_organisation(client, other_organisation, skill):
    page = client.post(ADD, filled_in(client, skill) | {"owner": str(other_organisation.pk)}).content.decode()
    assert 'id="id_owner_error"' in page
    assert client.post(ADD, filled_in(client, skill) | {"owner": "library"}).status_code == 200
    assert Question.objects.count() == 0


@override_settings(DEBUG=False)
def test_texts_of_questions_are_shown_as_text(client, skill):
    sly = '<script>alert(1)</script> {{7*7}} "><img src=x onerror=alert(1)>'
    client.post(ADD, filled_in(client, skill) | {"stem": sly, "option-0-text": sly, "note": sly})
    question = Question.objects.get()
    pages = [
        change(question),
        "/admin/question_bank/question/",
        reverse("question_preview", args=[question.public_id]) + "?key=1",
        reverse("admin:question_bank_question_versions", args=[question.pk]),
    ]
    for page in pages:
        text = client.get(page).content.decode()
        assert "<script>alert" not in text, page
        assert "<img src=x" not in text, page


def test_two_people_at_one_question_do_not_overwrite_each_other_unseen(client, owner, signed_in, draft):
    mine = fields_of(client.get(change(draft))) | {"stem": "My wording?", "_save": "1"}
    other = signed_in(owner)
    other.post(change(draft), fields_of(other.get(change(draft))) | {"stem": "Their wording?", "_save": "1"})
    page = client.post(change(draft), mine)
    assert "Somebody saved version 2" in page.content.decode()
    assert draft.versions.count() == 2
    again = fields_of(page)
    assert again["stem"] == "My wording?"
    client.post(change(draft), again | {"_save": "1"})
    draft.refresh_from_db()
    assert (draft.current.number, draft.current.stem) == (3, "My wording?")
