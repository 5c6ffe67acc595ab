"""Packs: what a broken file is told, and what loading does and does not change."""

from __future__ import annotations

import textwrap

import pytest
from django.core.management import CommandError, call_command

from question_bank.formats.pack import PackError, parse_file, parse_text
from question_bank.models import Question, QuestionVersion
from question_bank.services.load import load_packs, load_taxonomy, parse_files, shipped_packs
from question_bank.services.questions import add_version, move
from question_bank.states import Status
from question_bank.taxonomy import shipped_taxonomy
from tests.question_bank.conftest import content

GOOD = """\
pack: deployment-core
skill: deployment
questions:
  - id: deployment-one
    topic: topic 0
    type: single_choice
    difficulty: 1
    expected_seconds: 60
    stem: Which one?
    payload:
      options:
        - {id: a, text: The first, correct: true, rationale: It holds.}
        - {id: b, text: The second, rationale: It does not.}
    explanation: Because.
    author: Plumbline editors
    checked_on: 2026-11-21
  - id: deployment-two
    topic: topic 1
    type: numeric
    difficulty: 2
    expected_seconds: 60
    stem: How many?
    payload: {answer: 4, tolerance: 0.1}
    explanation: Because.
    author: Plumbline editors
    checked_on: 2026-11-21
"""


def problems(text: str):
    with pytest.raises(PackError) as refused:
        parse_text(text, file="core.yaml")
    return refused.value.problems


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


@pytest.mark.parametrize(
    ("old", "new", "at", "question", "field"),
    [
        ("difficulty: 1", "difficulty: 7", "difficulty: 7", "deployment-one", "difficulty"),
        ("type: numeric", "type: essay", "id: deployment-two", "deployment-two", ""),
        ("tolerance: 0.1", "tolerance: -1", "tolerance: -1", "deployment-two", "payload.tolerance"),
        ("rationale: It does not.", "hint: x", "text: The second", "deployment-one", "payload.options.2.rationale"),
        (" correct: true,", "", "options:", "deployment-one", "payload"),
        (
            "expected_seconds: 60\n    stem: How",
            "seconds: 60\n    stem: How",
            "    seconds: 60",
            "deployment-two",
            "seconds",
        ),
        ("checked_on: 2026-11-21", "checked_on: yesterday", "checked_on: y", "deployment-one", "checked_on"),
    ],
)
def test_an_error_names_file_line_question_and_field(old, new, at, question, field):
    text = GOOD.replace(old, new, 1)
    found = problems(text)
    assert {problem.file for problem in found} == {"core.yaml"}
    match = [problem for problem in found if (problem.question, problem.field) == (question, field)]
    assert match, found
    assert str(match[0]).startswith("core.yaml:")
    if field and field != "payload":
        assert match[0].line == line_of(text, at), str(match[0])


def test_all_errors_of_a_file_come_at_once():
    text = GOOD.replace("difficulty: 1", "difficulty: 9").replace("tolerance: 0.1", "tolerance: -1")
    assert {problem.question for problem in problems(text)} == {"deployment-one", "deployment-two"}


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [1, 2]\nb: *x\n",
        "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nquestions: [*c]\n",
        "<<: &x {pack: y}\npack: *x\n",
    ],
)
def test_aliases_are_refused(text):
    assert "aliases are not allowed" in str(problems(text)[0])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace("    stem: Which one?", "    stem: Which one?\n    stem: Again?"), "twice"),
        (GOOD.replace("skill: deployment\n", "skill: deployment\nskill: deployment\n"), "twice"),
        (GOOD.replace("deployment-two", "deployment-one"), "also used by question 1"),
        ("- just\n- a list\n", "at the top"),
        ("", "at the top"),
        ("questions: 3", "at the top"),
        ("pack: a\nskill: b\nquestions: [4]\n", "not a mapping"),
        ("pack: a\nskill: b\nextra: c\nquestions: []\n", "unknown key"),
        ("a: [1", "not readable as YAML"),
        ("a: !!python/object/apply:os.system ['true']\n", "not readable as YAML"),
        ("[" * 5000, "not readable as YAML"),
    ],
)
def test_a_broken_file_is_told_what_is_wrong(text, words):
    assert any(words in str(problem) for problem in problems(text))


def test_a_file_that_is_no_text_or_not_there_is_one_problem(tmp_path):
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"pack: \xff\xfe")
    for path in (binary, tmp_path / "missing.yaml"):
        with pytest.raises(PackError) as refused:
            parse_file(path)
        assert len(refused.value.problems) == 1


def load(text: str = GOOD, **options):
    return load_packs([parse_text(text, file="core.yaml")], **options)


def rows() -> tuple[int, int]:
    return Question.objects.count(), QuestionVersion.objects.count()


def test_loading_twice_changes_nothing(skill):
    assert len(load().new) == 2
    before = rows()
    assert len(load().unchanged) == 2
    assert rows() == before


def test_a_dry_run_changes_nothing(skill):
    assert len(load(dry_run=True).new) == 2
    assert rows() == (0, 0)


def test_a_changed_question_becomes_a_new_version(skill):
    load()
    plan = load(GOOD.replace("How many?", "How many are there?"))
    assert plan.changed == ["deployment-two"]
    question = Question.objects.get(external_id="deployment-two")
    assert (question.current.number, question.current.stem) == (2, "How many are there?")
    assert question.versions.get(number=1).stem == "How many?"


def test_an_edited_question_is_not_overwritten_by_an_unchanged_file(skill, author):
    load()
    question = Question.objects.get(external_id="deployment-one")
    add_version(question=question, content=content(stem="Edited by hand"), topic=None, author=author)
    assert "deployment-one" in load().unchanged
    assert question.versions.count() == 2
    changed = load(GOOD.replace("Which one?", "Which of them?"))
    assert changed.changed == ["deployment-one"]
    question.refresh_from_db()
    assert (question.current.number, question.current.stem) == (3, "Which of them?")


def test_a_retired_question_stays_retired(skill, reviewer):
    load()
    question = Question.objects.get(external_id="deployment-one")
    move(question=question, to=Status.RETIRED, by=reviewer)
    load()
    load(GOOD.replace("Which one?", "Which of them?"))
    question.refresh_from_db()
    assert question.status == "retired"


def test_an_unknown_skill_or_topic_loads_nothing(skill):
    for text in (GOOD.replace("skill: deployment", "skill: cooking"), GOOD.replace("topic: topic 1", "topic: soup")):
        with pytest.raises(PackError):
            load(text)
    assert rows() == (0, 0)


def test_an_organisations_pack_is_its_own(skill, organisation, other_organisation):
    load()
    load(organisation=organisation)
    assert Question.objects.filter(organisation=organisation).count() == 2
    assert Question.objects.filter(organisation=other_organisation).count() == 0


def test_the_command_says_what_happened_and_what_is_wrong(skill, tmp_path, capsys):
    path = tmp_path / "core.yaml"
    path.write_text(GOOD)
    call_command("bank", "load", str(path), "--dry-run")
    call_command("bank", "load", str(path))
    assert "Loaded: 2 new" in capsys.readouterr().out
    path.write_text(textwrap.dedent(GOOD).replace("difficulty: 1", "difficulty: 9"))
    with pytest.raises(CommandError, match=r"core\.yaml:\d+: deployment-one: difficulty"):
        call_command("bank", "load", str(path))


def test_the_shipped_bank_loads_and_loading_it_again_changes_nothing(db):
    load_taxonomy(shipped_taxonomy())
    packs = parse_files(shipped_packs())
    plan = load_packs(packs)
    assert len(plan.new) == sum(len(pack.questions) for pack in packs)
    before = rows()
    load_taxonomy(shipped_taxonomy())
    again = load_packs(packs)
    assert (again.new, again.changed) == ([], [])
    assert rows() == before
