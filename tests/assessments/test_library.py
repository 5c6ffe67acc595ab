"""The ready-made assessments can be filled from the shipped bank, and two sittings differ."""

from __future__ import annotations

from itertools import combinations
from statistics import mean

import pytest

from assessments.assembly import PoolQuestion, check_pool, draw, seconds_too_long
from assessments.definition import Definition
from assessments.services.library import listed, ready_made
from question_bank.formats.pack import PackQuestion
from question_bank.services.load import parse_files, shipped_packs
from question_bank.taxonomy import shipped_taxonomy

TAXONOMY = shipped_taxonomy()
LIBRARY = list(ready_made(TAXONOMY))
SITTINGS = 40
PRODUCED = {"sql", "config_repair"}


@pytest.fixture(scope="module")
def live() -> list[tuple[str, PackQuestion]]:
    """The live questions of the packs, each with its skill."""
    packs = parse_files(shipped_packs())
    return [(pack.skill, question) for pack in packs for question in pack.questions if question.status == "live"]


@pytest.fixture(scope="module")
def pool(live: list[tuple[str, PackQuestion]]) -> list[PoolQuestion]:
    """The same as the assembly sees them; a question's number is its place in the list."""
    topics: dict[tuple[str, str], int] = {}
    return [
        PoolQuestion(
            number,
            number,
            skill,
            question.difficulty,
            topics.setdefault((skill, question.topic), len(topics)),
            seconds=question.expected_seconds,
        )
        for number, (skill, question) in enumerate(live)
    ]


def test_there_is_one_for_the_core_each_domain_each_role_and_each_core_skill():
    core, *others = TAXONOMY.domains
    expected = {"mlops-core", "taster"}
    expected |= {f"domain-{domain.slug}" for domain in others}
    expected |= {f"role-{role.slug}" for role in TAXONOMY.roles}
    expected |= {f"skill-{skill.slug}" for skill in core.skills}
    assert {entry.slug for entry in LIBRARY} == expected


@pytest.mark.parametrize("entry", LIBRARY, ids=lambda entry: entry.slug)
def test_two_people_share_at_most_a_third_of_their_questions(entry, pool):
    definition = Definition.model_validate(entry.definition)
    check = check_pool(definition, pool)
    assert check.missing == 0
    forms = [{drawn.question.question for drawn in draw(definition, pool, seed)} for seed in range(SITTINGS)]
    shared = [len(one & other) / len(one) for one, other in combinations(forms, 2)]
    assert sum(shared) / len(shared) <= 1 / 3


@pytest.mark.parametrize("entry", LIBRARY, ids=lambda entry: entry.slug)
def test_what_is_asked_can_be_answered_in_the_time_that_is_given(entry, pool):
    definition = Definition.model_validate(entry.definition)
    longer = [seed for seed in range(SITTINGS) if seconds_too_long(definition, draw(definition, pool, seed))]
    assert len(longer) <= SITTINGS / 20


def test_the_core_assessment_has_work_to_produce_in_spite_of_its_clock(live, pool):
    [core] = [Definition.model_validate(entry.definition) for entry in LIBRARY if entry.slug == "mlops-core"]
    assert (core.question_count, core.time_limit_minutes) == (24, 40)
    produced = [
        sum(live[drawn.question.question][1].type in PRODUCED for drawn in draw(core, pool, seed))
        for seed in range(SITTINGS)
    ]
    assert mean(produced) >= 0.75


def test_a_list_of_titles_reads_as_a_sentence():
    assert listed(["Git"]) == "Git"
    assert listed(["Git", "SQL"]) == "Git and SQL"
    assert listed(["Git", "SQL", "Bash"]) == "Git, SQL and Bash"
