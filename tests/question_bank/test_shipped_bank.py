"""The shipped questions keep the rules that a machine can check."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
from collections import Counter
from collections.abc import Callable
from functools import cache

import pytest
import yaml
from scipy.stats import chisquare

from question_bank.formats.pack import Pack, PackQuestion
from question_bank.services.load import parse_files, shipped_packs
from question_bank.taxonomy import CONTENT, shipped_taxonomy
from question_bank.types import TYPES

PACKS: list[Pack] = parse_files(shipped_packs())
TAXONOMY = shipped_taxonomy()
TOPICS = {skill.slug: set(skill.topics) for domain in TAXONOMY.domains for skill in domain.skills}
CORE = [skill.slug for skill in TAXONOMY.domains[0].skills]
QUESTIONS = [pytest.param(pack, question, id=question.id) for pack in PACKS for question in pack.questions]


@cache
def computed(skill: str) -> dict[str, Callable[[], float]]:
    """The recomputed answers of a skill's numeric questions."""
    path = CONTENT / "checks" / f"{skill.replace('-', '_')}.py"
    if not path.exists():
        return {}
    spec = importlib.util.spec_from_file_location(f"check_{path.stem}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.COMPUTED


def options(question: PackQuestion):
    return TYPES[question.type].load(question.payload).options


@pytest.mark.parametrize("slug", CORE)
def test_each_core_skill_has_eight_live_questions_of_three_types(slug):
    live = [q for pack in PACKS if pack.skill == slug for q in pack.questions if q.status == "live"]
    assert len(live) >= 8
    assert {q.type for q in live} == set(TYPES)
    assert {q.difficulty for q in live} == {1, 2, 3}


def test_ids_are_unique_in_the_whole_bank():
    ids = Counter(question.id for pack in PACKS for question in pack.questions)
    assert [name for name, count in ids.items() if count > 1] == []


@pytest.mark.parametrize(("pack", "question"), QUESTIONS)
def test_a_question_keeps_the_rules(pack, question):
    assert question.id.startswith(pack.skill)
    assert question.topic in TOPICS[pack.skill]
    assert question.references
    assert question.difficulty == 1 or question.interview_follow_up
    text = f"{question.explanation} {question.payload}"
    assert not re.search(r"\b[Oo]ption [A-E1-5]\b|\banswer [A-E]\b|\b(first|second|third|last) option\b", text)
    assert not re.search(r"\b(all|none|both) of the above\b", str(question.payload), re.IGNORECASE)


@pytest.mark.parametrize(("pack", "question"), QUESTIONS)
def test_listings_in_stems_are_what_they_say(pack, question):
    for language, code in re.findall(r"^```(\w+)\n(.*?)^```", question.stem, re.DOTALL | re.MULTILINE):
        if language == "python":
            ast.parse(code)
        elif language in {"yaml", "yml"}:
            list(yaml.safe_load_all(code))
        elif language == "json":
            json.loads(code)


NUMERIC = [param for param in QUESTIONS if param.values[1].type == "numeric"]


@pytest.mark.parametrize(("pack", "question"), NUMERIC)
def test_numeric_answers_are_what_their_stems_compute_to(pack, question):
    payload = TYPES["numeric"].load(question.payload)
    assert abs(float(computed(pack.skill)[question.id]()) - payload.answer) <= payload.tolerance


def test_no_check_is_left_without_its_question():
    known = {question.id for pack in PACKS for question in pack.questions if question.type == "numeric"}
    for pack in PACKS:
        assert set(computed(pack.skill)) <= known


def choice_questions() -> list[PackQuestion]:
    return [q for pack in PACKS for q in pack.questions if q.type != "numeric"]


def test_the_key_is_seldom_the_longest_or_the_shortest_option():
    longest = shortest = 0
    for question in choice_questions():
        sizes = sorted((len(option.text), option.correct) for option in options(question))
        longest += sizes[-1][1] and sizes[-1][0] > sizes[-2][0]
        shortest += sizes[0][1] and sizes[0][0] < sizes[1][0]
    count = len(choice_questions())
    assert longest / count <= 0.3
    assert shortest / count <= 0.3


def test_keys_stand_at_every_place_about_equally_often():
    """Chi-square over the places of the key among questions with four options (the candidate's order is shuffled)."""
    places = Counter(
        [option.correct for option in options(question)].index(True)
        for question in choice_questions()
        if question.type == "single_choice" and len(options(question)) == 4
    )
    assert chisquare([places[place] for place in range(4)]).pvalue > 0.001


def test_absolute_words_do_not_give_options_away():
    for question in choice_questions():
        for option in options(question):
            assert not re.search(r"\b(always|never)\b", option.text, re.IGNORECASE), question.id
