"""``manage.py bank lint`` and ``bank table``: what they print, and the status that CI reads."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from tests.factories import make_question, make_skill

PACK = {
    "pack": "own",
    "skill": "model-serving",
    "questions": [
        {
            "id": "model-serving-own",
            "topic": "dynamic batching",
            "type": "numeric",
            "difficulty": 1,
            "expected_seconds": 60,
            "stem": "A server takes 40 requests per second, each of 250 ms. How many does it hold on average?",
            "payload": {"answer": 10, "tolerance": 0},
            "explanation": "By Little's law the mean number in a system is arrivals per second times seconds of stay.",
            "references": [{"title": "A Proof for the Queuing Formula: L = lambda W"}],
            "author": "Somebody",
            "checked_on": "2026-11-21",
        }
    ],
}


def write(folder: Path, **changes: object) -> str:
    path = folder / "own.yaml"
    path.write_text(yaml.safe_dump(PACK | {"questions": [PACK["questions"][0] | changes]}), encoding="utf-8")  # type: ignore[index]
    return str(path)


def run(*arguments: str) -> tuple[str, int]:
    out, status = StringIO(), 0
    try:
        call_command("bank", *arguments, stdout=out)
    except SystemExit as end:
        status = int(end.code or 0)
    return out.getvalue(), status


def test_errors_give_status_one_and_name_question_and_field(tmp_path: Path) -> None:
    text, status = run("lint", write(tmp_path, explanation="See option B."))
    assert status == 1
    assert "error: model-serving-own: explanation: “option B”" in text
    assert "1 questions: 2 errors" in text


def test_warnings_fail_only_where_it_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path, checked_on="2020-01-01")
    assert run("lint", path)[1] == 0
    assert run("lint", path, "--strict")[1] == 1


@pytest.mark.parametrize(
    ("name", "text", "refused"),
    [
        ("a.gift", "::One:: Which holds the weights? See option B. {=the registry ~the queue ~the cache}", 0),
        ("a.txt", "Which holds the weights?\nA) all of the above\nB) the queue\nANSWER: A\n\nCut\nA) x\n", 1),
        ("a.csv", "id,stem,option_1,option_2,key\none,Which holds the weights?,the registry,the queue,9\n", 1),
    ],
)
@pytest.mark.parametrize("named", [False, True])
def test_files_of_every_format_are_looked_at_and_what_is_refused_is_named_with_its_line(
    tmp_path: Path, name: str, text: str, refused: int, named: bool
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    slug = {"gift": "gift", "txt": "aiken", "csv": "csv"}[path.suffix[1:]]
    said, status = run("lint", str(path), "--skill", "model-serving", "--json", *(["--format", slug] if named else []))
    told = json.loads(said)
    assert status == 1
    assert len(told["refused"]) == refused
    assert all(problem["line"] for problem in told["refused"])
    lines, _ = run("lint", str(path), "--skill", "model-serving")
    assert (f"{name}:" in lines) is bool(refused)
    assert told["questions"] + refused > 0
    assert told["findings"] or not told["questions"]


def test_findings_come_as_json(tmp_path: Path) -> None:
    text, status = run("lint", write(tmp_path, difficulty=2), "--json")
    told = json.loads(text)
    assert status == 0
    assert (told["questions"], told["errors"]) == (1, 0)
    assert ("follow-up", "model-serving-own") in {(f["rule"], f["question"]) for f in told["findings"]}


@pytest.mark.django_db
def test_the_stored_questions_of_one_owner_are_looked_at(organisation) -> None:
    skill = make_skill("deployment")
    make_question(skill, 1, organisation=organisation)
    make_question(skill, 2)
    text, status = run("lint", "--stored", "--organisation", organisation.slug)
    assert status == 1
    assert text.strip().splitlines()[-1].startswith("1 questions: ")
    assert "Name a source" in text
    assert run("lint", "--stored")[0].strip().splitlines()[-1].startswith("1 questions: ")
    with pytest.raises(CommandError, match="not both"):
        run("lint", "--stored", "own.yaml")
    with pytest.raises(CommandError, match="no team"):
        run("lint", "--stored", "--organisation", "nobody")


def test_a_file_that_cannot_be_read_says_where(tmp_path: Path) -> None:
    text, status = run("lint", write(tmp_path, difficulty=4))
    assert status == 1
    assert re.search(r"^own\.yaml:\d+: model-serving-own: difficulty", text)
    assert text.rstrip().endswith("1 refused.")
    with pytest.raises(CommandError, match=r"own\.yaml:\d+: model-serving-own: difficulty"):
        run("table", write(tmp_path, difficulty=4))


def test_the_table_has_a_row_for_each_skill(tmp_path: Path) -> None:
    text, _ = run("table", write(tmp_path))
    row = next(line for line in text.splitlines() if line.startswith("model-serving"))
    assert row.split()[1:4] == ["1", "30", "1/0/0"]
    rows = json.loads(run("table", write(tmp_path), "--json")[0])
    assert len(rows) == 27
    assert {row["skill"]: row["live"] for row in rows}["model-serving"] == 1
