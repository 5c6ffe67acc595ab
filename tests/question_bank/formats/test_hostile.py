"""Hostile files are refused or made harmless, within bounds of memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.urls import reverse

from question_bank.formats import FORMATS
from question_bank.formats.base import Defaults, Item
from question_bank.formats.csv_table import guarded
from question_bank.formats.pack import PackQuestion
from question_bank.formats.source import Source
from question_bank.markdown import render, render_inline
from tests.question_bank.formats.hostile import CASES

ROOT = Path(__file__).resolve().parents[3]
MAX_KB = 100_000


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """All cases read in one process of their own, so that its peak of memory is theirs."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, make in CASES.items():
        (folder / name).write_bytes(make())
    command = [sys.executable, "-m", "tests.question_bank.formats.hostile", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    found: dict[str, dict[str, object]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", list(CASES))
def test_a_hostile_file_is_refused_with_a_reason(name: str, outcomes) -> None:
    assert outcomes[name]["words"], "it was read"


def test_hostile_files_cost_less_than_100_mb(outcomes) -> None:
    costs = {name: one["kb"] for name, one in outcomes.items()}
    assert max(costs.values()) < MAX_KB, costs


SCRIPTS = (
    "<script>alert(1)</script>", '<img src=x onerror="alert(1)">', "[x](javascript:alert(1))", "<svg onload=alert(1)>",
    "{{7*7}}", "{% debug %}", "${7*7}", "<iframe src=//x>", "![x](https://example.org/x.png)", '"><b onmouseover=a>',
)  # fmt: skip


def hostile_question(script: str) -> PackQuestion:
    options = [
        {"id": "a", "text": f"{script} a", "correct": True, "rationale": script},
        {"id": "b", "text": f"{script} b", "rationale": script},
    ]
    return PackQuestion.model_validate(
        {
            "id": "hostile",
            "status": "draft",
            "type": "single_choice",
            "difficulty": 1,
            "expected_seconds": 60,
            "stem": script,
            "payload": {"options": options},
            "explanation": script,
            "author": script,
            "interview_follow_up": script,
        }
    )


@pytest.mark.parametrize("slug", [slug for slug, known in FORMATS.items() if known.writes])
@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_in_every_field_stay_text_through_every_format(slug: str, script: str) -> None:
    written = FORMATS[slug].write([Item(hostile_question(script), "a")], {})
    parsed = FORMATS[slug].read(Source(f"a{written.extension}", written.data), Defaults(skill="a"))
    assert len(parsed.items) == 1, parsed.refused
    question = parsed.items[0].question
    for text in (question.stem, question.explanation, *(o["text"] for o in question.payload["options"])):
        for shown in (render(text), render_inline(text)):
            lowered = shown.lower()
            assert not any(f"<{tag}" in lowered for tag in ("script", "svg", "iframe", "b on"))
            assert 'href="javascript' not in lowered
            assert "onerror=" not in lowered.replace("&quot;", "").split("&lt;")[0]
            assert 'src="http' not in lowered


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1"])
def test_no_cell_of_a_csv_begins_a_formula_and_numbers_stay_numbers(start: str) -> None:
    question = hostile_question("x").model_copy(update={"stem": start})
    written = FORMATS["csv"].write([Item(question, "a")], {})
    cells = written.data.decode("utf-8-sig").split("\r\n", 1)[1]
    assert f",'{start}" in cells or f",\"'{start}" in cells
    assert guarded(-5.5) == -5.5
    again = FORMATS["csv"].read(Source("a.csv", written.data), Defaults(skill="a"))
    assert again.items[0].question.stem == start.strip()


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\u202e", "\u2066", "\u200f"])
def test_invisible_signs_are_removed_and_told_or_refused(sign: str) -> None:
    texts = {
        "gift": f"::a::Which{sign} one?{{=one{sign} ~two}}",
        "aiken": f"Which{sign} one?\nA. one{sign}\nB. two\nANSWER: A\n",
        "csv": f"id,stem,key,option_1,option_2\na,Which{sign} one?,1,one{sign},two\n",
    }
    for slug, text in texts.items():
        for item in FORMATS[slug].read(Source("a", text.encode()), Defaults(skill="a")).items:
            told = item.question.stem + json.dumps(item.question.payload, ensure_ascii=False)
            assert sign not in told, slug
    page = json.dumps(f"Which{sign} one?")
    pack = "pack: a\nskill: a\nquestions:\n  - {id: a, type: numeric, difficulty: 1, expected_seconds: 60, "
    pack += f"stem: {page}, payload: {{answer: 1, tolerance: 0}}, author: A, status: draft}}\n"
    parsed = FORMATS["yaml"].read(Source("a.yaml", pack.encode()), Defaults())
    assert parsed.items == []
    assert "invisible" in str(parsed.refused[0])


def test_the_page_of_a_hostile_file_shows_its_words_as_text(organisation, author, signed_in, db) -> None:
    from question_bank.services.imports import plan_import, start_import

    script = SCRIPTS[0]
    data = f"id,stem,key,option_1,option_2\n{script},{script},1,{script},two\n".encode()
    row = start_import(
        organisation=organisation, by=author, name=f"{script}.csv", data=data, format="csv", defaults=Defaults()
    )
    plan_import(row.pk)
    page = signed_in(author).get(reverse("admin:question_bank_questionimport_change", args=[row.pk]))
    assert script not in page.content.decode()
    assert "&lt;script&gt;alert(1)" in page.content.decode()
