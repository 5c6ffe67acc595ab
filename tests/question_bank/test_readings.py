"""Sheets for blind readers, their answers, and what the options alone earn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from question_bank import readings
from question_bank.formats.pack import PackQuestion
from question_bank.services.load import parse_files

PACK = """\
skill: model-serving
pack: serving
questions:
- id: model-serving-first
  topic: latency and throughput
  type: single_choice
  difficulty: 1
  expected_seconds: 40
  stem: The p99 of one replica doubles at noon. Which line of the log names the cause?
  payload:
    options:
    - {id: line-three, text: Line 3, correct: true, rationale: It names the queue.}
    - {id: line-five, text: Line 5, rationale: It names the probe.}
    - {id: line-nine, text: Line 9, rationale: It names the cache.}
  explanation: The queue grows.
  references: [{title: A book on serving}]
  author: Somebody
  checked_on: 2026-11-21
- id: model-serving-second
  topic: latency and throughput
  type: multiple_choice
  difficulty: 2
  expected_seconds: 60
  stem: Which rows of the table exceed the limit?
  payload:
    options:
    - {id: row-a, text: Row A, correct: true, rationale: It exceeds it.}
    - {id: row-b, text: Row B, correct: true, rationale: It exceeds it as well.}
    - {id: row-c, text: Row C, rationale: It does not.}
  explanation: Two rows exceed it.
  references: [{title: A book on serving}]
  author: Somebody
  checked_on: 2026-11-21
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    path = tmp_path / "pack.yaml"
    path.write_text(PACK)
    return path


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    folder = tmp_path / "reviews"
    folder.mkdir()
    return folder


def asked(pack: Path, seed: int = 7) -> dict[str, readings.Numbered]:
    return {each.question.id: each for each in readings.numbered(parse_files([pack]), seed)}


def head(pack: Path, *, alone: bool = False) -> str:
    return f"# Sheet {readings.name_of(readings.numbered(parse_files([pack]), 7), options_only=alone)}\n"


def line(each: readings.Numbered, *options: str) -> str:
    letters = [letter for letter, option in each.letters.items() if option in options]
    return f"{each.number}: {', '.join(letters)}\n"


def run(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, str]:
    status = 0
    try:
        call_command("bank", *(str(a) for a in arguments))
    except SystemExit as end:
        status = int(end.code or 0)
    return status, capsys.readouterr().out


def test_a_sheet_shows_questions_without_names_keys_and_reasons(pack, capsys):
    _, text = run(capsys, "sheet", pack, "--seed", 7)
    assert "Which line of the log names the cause?" in text
    assert "Select all that apply." in text
    for hidden in ("model-serving", "line-three", "correct", "It names", "The queue grows"):
        assert hidden not in text


def test_a_sheet_of_options_hides_the_stems(pack, capsys):
    _, text = run(capsys, "sheet", pack, "--seed", 7, "--options-only")
    assert "Line 3" in text
    assert "Row B" in text
    assert "Which" not in text


def test_the_seed_alone_decides_the_order(pack):
    assert asked(pack, 7) == asked(pack, 7)
    orders = {tuple(asked(pack, seed)["model-serving-first"].letters.values()) for seed in range(60)}
    assert len(orders) == 6


def test_blind_answers_are_kept_and_compared_with_the_key(pack, reviews, tmp_path, capsys):
    sheet = asked(pack)
    given = tmp_path / "given.txt"
    given.write_text(
        head(pack)
        + line(sheet["model-serving-first"], "line-five")
        + "\n"
        + line(sheet["model-serving-second"], "row-a", "row-b")
    )
    status, said = run(capsys, "record", given, pack, "--seed", 7, "--reviews", reviews)
    assert status == 1
    assert "model-serving-first: differs from the key: line-five" in said
    kept = readings.read_records(reviews)["model-serving"]["questions"]
    assert kept["model-serving-first"]["agreed"] is False
    assert kept["model-serving-second"]["agreed"] is True
    assert kept["model-serving-second"]["blind_answer"] == ["row-a", "row-b"]


def test_what_was_changed_before_stays_on_record(pack, reviews, tmp_path, capsys):
    before = {"blind_answer": ["line-five"], "agreed": False, "change": "The stem names the log now."}
    record = {"skill": "model-serving", "by": "second reader", "questions": {"model-serving-first": before}}
    (reviews / "model-serving.yaml").write_text(readings.written(record))
    given = tmp_path / "given.txt"
    given.write_text(head(pack) + line(asked(pack)["model-serving-first"], "line-three"))
    assert run(capsys, "record", given, pack, "--seed", 7, "--reviews", reviews)[0] == 0
    kept = readings.read_records(reviews)["model-serving"]
    assert kept["by"] == "second reader"
    assert kept["questions"]["model-serving-first"]["change"] == "The stem names the log now."
    assert kept["questions"]["model-serving-first"]["agreed"] is True


def test_only_what_nobody_has_read_can_be_asked_for(pack, reviews, tmp_path, capsys):
    given = tmp_path / "given.txt"
    given.write_text(head(pack) + line(asked(pack)["model-serving-first"], "line-three"))
    run(capsys, "record", given, pack, "--seed", 7, "--reviews", reviews)
    _, text = run(capsys, "sheet", pack, "--seed", 7, "--reviews", reviews, "--unread")
    assert "Line 3" not in text
    assert "Row B" in text
    _, text = run(capsys, "sheet", pack, "--seed", 7, "--reviews", reviews, "--unread", "--options-only")
    assert "Line 3" in text
    pack.write_text(PACK.replace("Line 9", "Line 11"))
    _, text = run(capsys, "sheet", pack, "--seed", 7, "--reviews", reviews, "--unread")
    assert "Line 11" in text


def test_guesses_count_for_the_wording_that_was_guessed_only(pack, reviews, tmp_path, capsys):
    sheet = asked(pack)
    given = tmp_path / "given.txt"
    given.write_text(
        head(pack, alone=True)
        + line(sheet["model-serving-first"], "line-three")
        + line(sheet["model-serving-second"], "row-a")
    )
    status, said = run(capsys, "record", given, pack, "--seed", 7, "--options-only", "--reviews", reviews)
    assert status == 0
    assert "model-serving-first: guessed" in said
    records = readings.read_records(reviews)
    found = readings.guessing(parse_files([pack]), records)
    assert (found.earned.n, found.earned.value) == (2, pytest.approx(0.75))  # right, and one of two right ticks
    assert found.chance == pytest.approx((1 / 3 + 0.25) / 2)
    pack.write_text(PACK.replace("Line 9", "Line 11"))
    found = readings.guessing(parse_files([pack]), records)
    assert (found.earned.n, found.earned.value) == (1, pytest.approx(0.5))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1: A\n1 B C", "line 3: write a number and letters"),
        ("9: A", "line 2: the sheet has no question 9"),
        ("\n# a remark\n1: E", "line 4: question 1 has no option E"),
    ],
)
def test_a_wrong_line_is_named(pack, tmp_path, text, words):
    given = tmp_path / "given.txt"
    given.write_text(head(pack) + text)
    with pytest.raises(CommandError, match=words):
        call_command("bank", "record", str(given), str(pack), "--seed", "7", "--dry-run")


def test_a_dry_run_writes_nothing(pack, reviews, tmp_path, capsys):
    given = tmp_path / "given.txt"
    given.write_text(head(pack) + line(asked(pack)["model-serving-first"], "line-three"))
    run(capsys, "record", given, pack, "--seed", 7, "--reviews", reviews, "--dry-run")
    assert list(reviews.iterdir()) == []


def test_shipped_records_are_written_as_they_are_read():
    for skill, record in readings.read_records().items():
        assert yaml.safe_load(readings.written(record)) == record, skill


def test_a_reason_is_no_part_of_what_a_reader_answers(pack):
    question = parse_files([pack])[0].questions[0]
    reworded = PackQuestion.model_validate(question.model_dump() | {"explanation": "Other words."})
    assert readings.digest(question) == readings.digest(reworded)
    moved = PackQuestion.model_validate(question.model_dump() | {"stem": "Which line names it?"})
    assert readings.digest(question) != readings.digest(moved)


def test_the_table_names_range_and_n(capsys):
    _, text = run(capsys, "readings")
    assert text.splitlines()[0].split() == [
        "from",
        "the",
        "options",
        "alone",
        "n",
        "earned",
        "90",
        "%",
        "range",
        "chance",
    ]
    assert len(text.splitlines()) == 29


def test_answers_to_another_wording_are_not_taken(pack, tmp_path):
    given = tmp_path / "given.txt"
    given.write_text(head(pack) + line(asked(pack)["model-serving-first"], "line-three"))
    pack.write_text(PACK.replace("doubles at noon", "doubles at night"))
    with pytest.raises(CommandError, match="first line of the sheet"):
        call_command("bank", "record", str(given), str(pack), "--seed", "7", "--dry-run")


def test_a_guess_stands_where_only_the_stem_has_changed(pack, reviews, tmp_path, capsys):
    given = tmp_path / "given.txt"
    given.write_text(head(pack, alone=True) + line(asked(pack)["model-serving-first"], "line-three"))
    run(capsys, "record", given, pack, "--seed", 7, "--options-only", "--reviews", reviews)
    pack.write_text(PACK.replace("doubles at noon", "doubles at night"))
    assert readings.guessing(parse_files([pack]), readings.read_records(reviews)).earned.n == 1


def test_a_new_disagreement_is_not_covered_by_an_old_change(pack, reviews, tmp_path, capsys):
    before = {"blind_answer": ["line-three"], "agreed": True, "change": "The stem names the log now."}
    record = {"skill": "model-serving", "questions": {"model-serving-first": before}}
    (reviews / "model-serving.yaml").write_text(readings.written(record))
    given = tmp_path / "given.txt"
    given.write_text(head(pack) + line(asked(pack)["model-serving-first"], "line-nine"))
    assert run(capsys, "record", given, pack, "--seed", 7, "--reviews", reviews)[0] == 1
    kept = readings.read_records(reviews)["model-serving"]["questions"]["model-serving-first"]
    assert (kept["agreed"], kept["change"]) == (False, "")
