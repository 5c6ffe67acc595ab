"""The own format loses nothing, and its published schema says the same as the code."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import jsonschema
import pytest
import yaml
from django.core.management import CommandError, call_command
from hypothesis import given, settings

from question_bank.export import export
from question_bank.formats import FORMATS, format_of
from question_bank.formats.base import Defaults, Item
from question_bank.formats.pack import parse_file
from question_bank.formats.schema import pack_schema
from question_bank.formats.source import Source
from question_bank.formats.yaml_pack import as_fields
from question_bank.models import Question, QuestionVersion
from question_bank.services.load import load_planned, read_source, shipped_packs
from question_bank.services.plan import make_plan
from question_bank.types import TYPES
from tests.factories import make_bank, make_question, make_skill
from tests.question_bank.formats.strategies import banks

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef\x00\x00\x00\x00IEND\xaeB`\x82"
)


def read(data: bytes, name: str = "pack.yaml"):
    source = Source(name, data)
    return format_of(source).read(source, Defaults())


def told(item: Item) -> tuple:
    """Everything that a question says: name, state and content."""
    return item.question.id, item.question.status, item.question.content()


@settings(max_examples=60, deadline=None)
@given(banks())
def test_any_question_comes_back_as_it_was(items: list[Item]) -> None:
    written = FORMATS["yaml"].write(items, {})
    parsed = read(written.data)
    assert not parsed.refused
    assert [told(item) for item in parsed.items] == [told(item) for item in items]
    assert {item.skill for item in parsed.items} == {"model-serving"}
    assert FORMATS["yaml"].write(parsed.items, {}).data == written.data


@pytest.mark.parametrize("slug", list(TYPES))
def test_every_type_comes_back_with_equal_content(slug: str) -> None:
    base = parse_file(shipped_packs()[0]).questions[0]
    schema = jsonschema.Draft202012Validator(pack_schema())
    for sample in TYPES[slug].samples():
        question = base.model_copy(update={"type": slug, "payload": sample.payload})
        pack = {"pack": "a", "skill": "b", "questions": [json.loads(json.dumps(as_fields(question), default=str))]}
        assert list(schema.iter_errors(pack)) == []
        parsed = read(FORMATS["yaml"].write([Item(question, "model-serving")], {}).data)
        assert [item.question.content() for item in parsed.items] == [question.content()]


def test_several_skills_and_pictures_make_a_zip_that_comes_back() -> None:
    first, second = parse_file(shipped_packs()[0]).questions[:2]
    shows = first.model_copy(update={"stem": "![a plan](image:plan)"})
    items = [Item(shows, "model-serving"), Item(second, "model-monitoring")]
    written = FORMATS["yaml"].write(items, {"plan": PNG})
    assert written.extension == ".zip"
    parsed = read(written.data, "bank.zip")
    assert [(item.skill, *told(item)) for item in parsed.items] == [
        (item.skill, *told(item)) for item in (items[1], items[0])
    ]
    assert parsed.pictures == {"plan": PNG}


def test_a_shipped_pack_satisfies_the_published_schema_and_a_wrong_one_does_not(capsys) -> None:
    schema = pack_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    data = json.loads(json.dumps(yaml.safe_load(shipped_packs()[0].read_text()), default=str))
    assert list(check.iter_errors(data)) == []
    for field, wrong in (("difficulty", 9), ("type", "essay"), ("payload", {}), ("explanation", None)):
        spoiled = json.loads(json.dumps(data))
        spoiled["questions"][0][field] = wrong
        assert list(check.iter_errors(spoiled)), field
    spoiled = json.loads(json.dumps(data))
    del spoiled["questions"][0]["explanation"]
    assert list(check.iter_errors(spoiled))
    spoiled["questions"][0]["status"] = "draft"
    assert list(check.iter_errors(spoiled)) == []


def test_the_command_prints_the_schema() -> None:
    out = StringIO()
    call_command("bank", "schema", stdout=out)
    assert json.loads(out.getvalue()) == pack_schema()


def test_the_whole_bank_dumped_and_loaded_again_is_unchanged(db: None, tmp_path: Path) -> None:
    make_bank()
    before = QuestionVersion.objects.count()
    target = tmp_path / "bank.zip"
    call_command("bank", "dump", str(target), stdout=StringIO())
    out = StringIO()
    call_command("bank", "load", str(target), "--json", stdout=out)
    said = json.loads(out.getvalue())
    assert said["counts"] == {"new": 0, "changed": 0, "unchanged": Question.objects.count(), "refused": 0}
    assert QuestionVersion.objects.count() == before


def test_a_dry_dump_says_what_would_be_lost_and_writes_nothing(db: None, tmp_path: Path) -> None:
    make_question(make_skill("serving"), 1)
    target, out = tmp_path / "bank.gift", StringIO()
    call_command("bank", "dump", str(target), "--format", "gift", "--dry-run", stdout=out)
    assert not target.exists()
    assert "not kept: serving-1" in out.getvalue()
    assert out.getvalue().rstrip().splitlines()[-1].startswith("Would write")


def test_a_dump_of_nothing_says_so_and_leaves_the_file_alone(db: None, tmp_path: Path) -> None:
    make_question(make_skill("serving"), 1)
    target = tmp_path / "bank.yaml"
    for wrong in (["--skill", "sreving"], ["--question", "serving-9"], ["--skill", "serving", "--status", "retired"]):
        with pytest.raises(CommandError, match="nothing was written"):
            call_command("bank", "dump", str(target), *wrong, stdout=StringIO())
    assert not target.exists()


def test_a_dump_into_an_empty_team_makes_the_same_questions(db: None, organisation) -> None:
    make_bank()
    source = Source("bank.zip", export(Question.objects.filter(organisation=None), "yaml").data)
    plan = make_plan(read_source(source), organisation=organisation)
    load_planned(plan, organisation=organisation, actor=None, trusted=True)
    ours, theirs = (export(Question.objects.filter(organisation=who), "yaml").data for who in (organisation, None))
    assert ours == theirs
