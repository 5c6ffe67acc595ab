"""The ready-made assessments can be filled from the shipped bank, and two sittings differ."""

from __future__ import annotations

from itertools import combinations

import pytest

from assessments.assembly import PoolQuestion, check_pool, draw
from assessments.definition import Definition
from assessments.services.library import listed, ready_made
from question_bank.services.load import parse_files, shipped_packs
from question_bank.taxonomy import shipped_taxonomy

TAXONOMY = shipped_taxonomy()
LIBRARY = list(ready_made(TAXONOMY))
SITTINGS = 40


@pytest.fixture(scope="module")
def pool() -> list[PoolQuestion]:
    """The live questions of the packs, as the assembly sees them."""
    topics: dict[tuple[str, str], int] = {}
    found = []
    for pack in parse_files(shipped_packs()):
        for question in pack.questions:
            if question.status == "live":
                topic = topics.setdefault((pack.skill, question.topic), len(topics))
                number = len(found)
                found.append(PoolQuestion(number, number, pack.skill, question.difficulty, topic))
    return found


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


def test_a_list_of_titles_reads_as_a_sentence():
    assert listed(["Git"]) == "Git"
    assert listed(["Git", "SQL"]) == "Git and SQL"
    assert listed(["Git", "SQL", "Bash"]) == "Git, SQL and Bash"
