"""Hostile files are refused or made harmless, within bounds of memory."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.urls import reverse

from question_bank.formats import FORMATS
from question_bank.formats.base import Defaults, Item
from question_bank.formats.csv_table import guarded
from question_bank.formats.pack import PackQuestion
from question_bank.formats.source import Refused, Source
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
    is_harmless(parsed.items[0].question)


def is_harmless(question: PackQuestion) -> None:
    """Nothing in any text of a question becomes an element that runs or loads, wherever it is shown."""
    options = [one[name] for one in question.payload.get("options", []) for name in ("text", "rationale")]
    for text in (question.stem, question.explanation, question.author, question.interview_follow_up, *options):
        for shown in (render(text), render_inline(text)):
            lowered = shown.lower()
            assert not any(f"<{tag}" in lowered for tag in ("script", "svg", "iframe", "b on"))
            assert not re.search(r"<[a-z][^<>]*javascript:", lowered)
            assert "onerror=" not in lowered.replace("&quot;", "").split("&lt;")[0]
            assert 'src="http' not in lowered


FOREIGN = {
    "moodle": """<quiz><question type="multichoice"><name><text>{0}</text></name>
      <questiontext format="html"><text>Q {0}</text></questiontext><generalfeedback format="html"><text>{0}</text>
      </generalfeedback><single>true</single><tags><tag><text>{0}</text></tag></tags>
      <answer fraction="100" format="html"><text>one {0}</text><feedback><text>{0}</text></feedback></answer>
      <answer fraction="0" format="markdown"><text>two {0}</text></answer></question></quiz>""",
    "qti12": """<questestinterop><item ident="a" title="{0}"><presentation>
      <material><mattext texttype="text/html">Q {0}</mattext></material><response_lid ident="r" rcardinality="Single">
      <render_choice><response_label ident="a"><material><mattext texttype="text/html">one {0}</mattext></material>
      </response_label><response_label ident="b"><material><mat_extension><mat_formattedtext type="HTML">two {0}
      </mat_formattedtext></mat_extension></material></response_label></render_choice></response_lid></presentation>
      <resprocessing><respcondition><conditionvar><varequal respident="r">a</varequal></conditionvar>
      <setvar action="Set">1</setvar></respcondition></resprocessing><itemfeedback ident="general_fb"><material>
      <mattext texttype="text/html">{0}</mattext></material></itemfeedback></item></questestinterop>""",
    "qti2": """<assessmentItem identifier="a" title="{0}"><responseDeclaration identifier="R" cardinality="single">
      <correctResponse><value>a</value></correctResponse></responseDeclaration><itemBody><p>Q {0}</p>{1}
      <choiceInteraction responseIdentifier="R"><simpleChoice identifier="a">one {0}{1}</simpleChoice>
      <simpleChoice identifier="b">two {0}<feedbackInline identifier="b">{1}</feedbackInline></simpleChoice>
      </choiceInteraction></itemBody><modalFeedback identifier="x">{0}{1}</modalFeedback></assessmentItem>""",
}
ELEMENTS = (
    "<script>alert(1)</script>", '<img src="x" onerror="alert(1)"/>', '<a href="javascript:alert(1)">x</a>',
    '<svg onload="alert(1)"/>', '<iframe src="//x"/>', '<object data="https://example.org/x"/>',
    '<img src="https://example.org/x.png" alt="x"/>', '<style>p {}</style>', '<b onmouseover="a()">x</b>',
)  # fmt: skip


@pytest.mark.parametrize("slug", list(FOREIGN))
@pytest.mark.parametrize("script", [*SCRIPTS, *ELEMENTS])
def test_scripts_in_files_of_others_stay_text_or_go(slug: str, script: str) -> None:
    element = script if script in ELEMENTS else ""
    text = FOREIGN[slug].format(html.escape(script), element)
    parsed = FORMATS[slug].read(Source("a.xml", text.encode()), Defaults(skill="a"))
    assert len(parsed.items) == 1, parsed.refused
    assert parsed.items[0].question.payload["options"][0]["text"].startswith("one")
    is_harmless(parsed.items[0].question)


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1"])
def test_no_cell_of_a_csv_begins_a_formula_and_numbers_stay_numbers(start: str) -> None:
    question = hostile_question("x").model_copy(update={"stem": start})
    everywhere = {"stem": start, "explanation": start, "author": start, "interview_follow_up": start}
    every = FORMATS["csv"].write([Item(question.model_copy(update=everywhere), "a")], {}).data.decode("utf-8-sig")
    for row in csv.reader(io.StringIO(every)):
        assert not any(cell[:1] in set("=+-@\t\r") for cell in row)
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
    for slug, foreign in FOREIGN.items():
        source = Source("a.xml", foreign.format(sign, "").encode())
        if sign < " ":  # XML itself allows none of these
            with pytest.raises(Refused, match="well-formed"):
                FORMATS[slug].read(source, Defaults(skill="a"))
            continue
        parsed = FORMATS[slug].read(source, Defaults(skill="a"))
        assert [sign in item.question.model_dump_json() for item in parsed.items] == [False], parsed.refused
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
