"""The shipped questions keep the rules that a machine can check."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections import Counter
from collections.abc import Callable
from functools import cache

import pytest

from question_bank.formats.pack import Pack
from question_bank.linting import lint, lint_question
from question_bank.linting.base import Severity, items_from_packs
from question_bank.linting.command import context_of
from question_bank.linting.duplicates import near_duplicates
from question_bank.linting.table import SkillRow, skill_rows
from question_bank.services.load import parse_files, shipped_packs
from question_bank.taxonomy import CONTENT, shipped_taxonomy
from question_bank.types import TYPES

PACKS: list[Pack] = parse_files(shipped_packs())
TAXONOMY = shipped_taxonomy()
ITEMS = items_from_packs(PACKS)
SKILLS = [skill.slug for domain in TAXONOMY.domains for skill in domain.skills]
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


@pytest.mark.parametrize("row", skill_rows(ITEMS, TAXONOMY), ids=lambda row: row.skill)
def test_each_skill_has_enough_questions_on_all_topics_in_the_mix(row: SkillRow) -> None:
    assert row.live >= (30 if row.core else 16)
    assert row.covered == row.topics
    assert len(row.types) >= 3
    for count, share in zip(row.bands, (0.30, 0.45, 0.25), strict=True):
        assert abs(count / row.live - share) <= 0.1
    if row.core:
        assert row.stimulus >= row.live / 3
        assert row.produced >= 4
    assert row.longest <= 0.3 * row.choices
    assert row.shortest <= 0.3 * row.choices
    assert row.places_p > 0.001


def test_the_bank_has_27_skills_and_600_questions() -> None:
    rows = skill_rows(ITEMS, TAXONOMY)
    assert len(rows) == 27
    assert sum(row.live for row in rows) >= 600


def test_the_linter_has_nothing_to_complain_about() -> None:
    found = lint(ITEMS, context_of(TAXONOMY, max(item.checked_on for item in ITEMS if item.checked_on)))
    assert [str(finding) for finding in found if finding.severity is not Severity.HINT] == []


def test_no_two_questions_are_nearly_the_same() -> None:
    assert [(ITEMS[pair.first].id, ITEMS[pair.second].id) for pair in near_duplicates(ITEMS)] == []


def test_what_is_accepted_names_a_rule_that_would_complain() -> None:
    context = context_of(TAXONOMY, max(item.checked_on for item in ITEMS if item.checked_on))
    for item in ITEMS:
        told = {finding.rule for finding in lint_question(dataclasses.replace(item, allow={}), context)}
        assert set(item.allow) <= told, item.id


def test_ids_are_unique_in_the_whole_bank():
    ids = Counter(question.id for pack in PACKS for question in pack.questions)
    assert [name for name, count in ids.items() if count > 1] == []


@pytest.mark.parametrize(("pack", "question"), QUESTIONS)
def test_a_question_is_named_for_its_skill(pack, question):
    assert question.id.startswith(pack.skill)


NUMERIC = [param for param in QUESTIONS if param.values[1].type == "numeric"]


@pytest.mark.parametrize(("pack", "question"), NUMERIC)
def test_numeric_answers_are_what_their_stems_compute_to(pack, question):
    payload = TYPES["numeric"].load(question.payload)
    assert abs(float(computed(pack.skill)[question.id]()) - payload.answer) <= payload.tolerance


def test_no_check_is_left_without_its_question():
    known = {question.id for pack in PACKS for question in pack.questions if question.type == "numeric"}
    for pack in PACKS:
        assert set(computed(pack.skill)) <= known


@pytest.mark.parametrize("slug", SKILLS)
def test_each_skill_has_three_works_to_learn_from_with_a_reason(slug):
    works = [work for work in TAXONOMY.resources if slug in work.skills]
    assert len(works) >= 3
    # Two sentences: what it covers, and why it is worth the time.
    assert [work.title for work in works if work.why.count(". ") < 1 or len(work.why) < 80] == []
