"""Case studies: drawn whole or not at all, standing together, as often as other questions, pinned like the stem."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import NotPossible
from assessments.assembly import PoolQuestion, PoolTooSmall, check_pool, draw
from assessments.models import AttemptItem
from assessments.services.publish import pool_for
from question_bank.export import export
from question_bank.formats import FORMATS
from question_bank.formats.pack import PackError, parse_text
from question_bank.formats.yaml_pack import pack_text
from question_bank.models import Question, QuestionVersion
from question_bank.services.load import load_packs
from question_bank.services.questions import add_version
from tests.assessments.test_assembly import definition
from tests.assessments.test_taking_pages import begin
from tests.factories import blueprint, make_assessment, make_invitation, make_skill


def pool(alone: int, cases: int, size: int = 3, skill: str = "serving") -> list[PoolQuestion]:
    """Questions alone, then cases whose questions have the difficulties 1, 2, 3 in turn."""
    singles = [PoolQuestion(n, n, skill, n % 3 + 1, n % 4) for n in range(alone)]
    return singles + [
        PoolQuestion(1000 + 10 * c + n, 1000 + 10 * c + n, skill, n % 3 + 1, n, case=f"case-{c}")
        for c in range(cases)
        for n in range(size)
    ]


@given(
    seed=st.integers(0, 2**62),
    alone=st.integers(12, 30),
    cases=st.integers(0, 6),
    size=st.integers(2, 4),
    count=st.integers(3, 9),
    shuffle=st.booleans(),
)
def test_a_case_is_whole_or_absent_and_stands_together(seed, alone, cases, size, count, shuffle):
    bank = pool(alone, cases, size)
    asked = definition(("serving", 2, 2), ("serving", None, count), shuffle_questions=shuffle)
    form = [drawn.question for drawn in draw(asked, bank, seed)]
    assert len(form) == len({q.question for q in form}) == count + 2
    assert sum(q.difficulty == 2 for q in form) >= 2
    for case, group in groupby(form, key=lambda q: q.case):
        if case:
            assert [q.question for q in group] == sorted(q.question for q in bank if q.case == case)
    runs = [case for case, _ in groupby(form, key=lambda q: q.case) if case]
    assert len(runs) == len(set(runs))
    assert draw(asked, bank[::-1], seed) == draw(asked, bank, seed)


def test_cases_are_seen_about_as_often_as_questions_alone():
    bank = pool(30, 4)
    asked = definition(("serving", None, 12))
    seen = Counter(drawn.question.question for seed in range(600) for drawn in draw(asked, bank, seed))
    alone = sum(seen[n] for n in range(30)) / 30
    in_cases = sum(count for question, count in seen.items() if question >= 1000) / 12
    assert min(seen[q.question] for q in bank) > 0
    assert 0.6 < in_cases / alone < 1.4


def test_cases_fill_what_other_questions_cannot():
    bank = pool(2, 3)
    form = [drawn.question for drawn in draw(definition(("serving", None, 8)), bank, seed=4)]
    assert Counter(bool(q.case) for q in form) == {True: 6, False: 2}


def test_unseen_questions_come_before_cases_that_were_seen():
    bank = pool(12, 3)
    seen = frozenset(q.question for q in bank if q.case in {"case-0", "case-1"})
    for seed in range(30):
        form = draw(definition(("serving", None, 9)), bank, seed, seen)
        assert not seen & {drawn.question.question for drawn in form}


def test_a_case_without_room_is_not_counted_and_not_drawn():
    bank = pool(2, 2, size=4)
    asked = definition(("serving", None, 3))
    assert check_pool(asked, bank).missing == 1
    with pytest.raises(PoolTooSmall, match=r"3 questions asked"):
        draw(asked, bank, seed=1)
    for seed in range(20):
        assert not any(drawn.question.case for drawn in draw(definition(("serving", None, 2)), bank, seed))


PACK = """pack: cases
skill: serving
cases:
  - id: slow-service
    stimulus: |
      The log of a slow service, with [[replicas]] in it:

      ```
      p99 = 2300 ms
      ```
questions:
"""
QUESTION = """  - id: slow-{n}
    case: slow-service
    topic: topic 1
    type: numeric
    difficulty: 2
    expected_seconds: 60
    stem: Question {n} on the log?
    payload: {{answer: {n}, tolerance: 0.1}}
    explanation: Because.
    author: Somebody
    checked_on: 2026-11-01
"""
WHOLE = PACK + "".join(QUESTION.format(n=n) for n in (1, 2, 3))


def test_a_pack_with_cases_comes_back_as_it_was():
    pack = parse_text(WHOLE, file="a.yaml")
    assert {question.case for question in pack.questions} == {"slow-service"}
    assert pack.questions[0].stimulus.startswith("The log of a slow service")
    text = pack_text("serving", pack.questions)
    assert text.count("p99 = 2300 ms") == 1
    assert parse_text(text, file="b.yaml").questions == pack.questions


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("case: slow-service\n    topic", "case: other\n    topic", 12, "a case and its stimulus go together"),
        ("- id: slow-service", "- id: unused", 4, "no question of this file has 'case: unused'"),
        ("    stimulus: |", "    text: |", 4, "a case has an 'id' and a 'stimulus'"),
    ],
)
def test_what_is_wrong_with_a_case_is_said_with_its_line(old, new, line, words):
    with pytest.raises(PackError) as refused:
        parse_text(WHOLE.replace(old, new, 1), file="a.yaml")
    assert any(words in problem.message for problem in refused.value.problems)
    assert line in {problem.line for problem in refused.value.problems}


@pytest.fixture
def loaded(db):
    make_skill("serving")
    load_packs([parse_text(WHOLE, file="a.yaml")])


def test_loading_again_adds_nothing(loaded):
    plan = load_packs([parse_text(WHOLE, file="a.yaml")])
    assert (len(plan.unchanged), len(plan.new), len(plan.changed)) == (3, 0, 0)
    assert {one.case for one in pool_for(None, ["serving"])} == {"0:slow-service"}


@pytest.mark.parametrize("format", FORMATS)
def test_no_format_drops_what_a_case_shares(loaded, format):
    if not FORMATS[format].writes:
        pytest.skip("is only read")
    written = export(Question.objects.all(), format)
    if written.data and written.extension != ".zip":  # Aiken has no numeric questions, and says so
        assert b"The log of a slow service" in written.data
    told = [problem for problem in written.lost if problem.field == "case"]
    assert len(told) == (0 if format == "yaml" else 3)


def test_a_sitting_shows_the_case_above_each_of_its_questions(loaded, organisation):
    asked = {"time_limit_minutes": 30, "sections": [{"blueprint": blueprint(("serving", 2, 3))}]}
    client, attempt = begin(make_invitation(organisation, make_assessment(organisation, asked)))
    names = AttemptItem.objects.filter(attempt=attempt).values_list(
        "question_version__question__external_id", flat=True
    )
    assert list(names) == ["slow-1", "slow-2", "slow-3"]
    for position in (1, 2, 3):
        page = client.get(f"/attempt/{attempt.public_id}/q/{position}/").content.decode()
        assert "p99 = 2300 ms" in page
        assert f"Question {position} on the log?" in page


def test_a_blueprint_that_cases_cannot_fill_is_not_published(loaded, organisation):
    with pytest.raises(NotPossible, match="Ask for fewer"):
        make_assessment(organisation, {"sections": [{"blueprint": blueprint(("serving", 2, 2))}]})


def test_a_new_stimulus_makes_a_version_of_each_question_of_the_case(loaded, owner):
    question = Question.objects.get(external_id="slow-2")
    version = question.current
    assert version is not None
    content = {name: getattr(version, name) for name in ("type", "difficulty", "expected_seconds", "stem", "payload")}
    content |= {"explanation": "x", "references": [], "interview_follow_up": "", "checked_on": version.checked_on}
    content |= {"case": "slow-service", "stimulus": "Another log."}
    add_version(question=question, content=content, topic=version.topic, author=owner)
    newest = QuestionVersion.objects.order_by("question_id", "-number").distinct("question_id")
    assert {one.stimulus for one in newest} == {"Another log."}
    assert {one.number for one in newest} == {2}
    assert {one.current.stimulus.strip()[:7] for one in Question.objects.all() if one.current} == {"The log"}


def test_a_case_belongs_to_one_skill(loaded, owner):
    other = Question.objects.create(external_id="other", skill=make_skill("drift"))
    version = QuestionVersion.objects.filter(question__external_id="slow-1").get()
    content = {name: getattr(version, name) for name in ("type", "difficulty", "expected_seconds", "stem", "payload")}
    content |= {"explanation": "x", "references": [], "interview_follow_up": "", "checked_on": version.checked_on}
    with pytest.raises(NotPossible, match="The case slow-service is about Serving"):
        add_version(
            question=other, content=content | {"case": "slow-service", "stimulus": "x"}, topic=None, author=owner
        )
    assert not other.versions.exists()
