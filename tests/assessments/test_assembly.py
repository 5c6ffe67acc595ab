"""Drawing forms: reproducible, complete, without doubles, and fresh the second time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.assembly import PoolQuestion, PoolTooSmall, check_pool, draw, seconds_too_long
from assessments.definition import Definition
from assessments.services.library import DIFFICULTY_MIX, apportion, spread_difficulties

POOL = [
    PoolQuestion(question=100 * s + n, version=1000 * s + n, skill=skill, difficulty=n % 3 + 1, topic=n % 4)
    for s, skill in enumerate(("serving", "drift"))
    for n in range(24)
]


def definition(*lines: tuple[str, int | None, int], **section: object) -> Definition:
    blueprint = [{"skill": s, "difficulty": d, "count": c} for s, d, c in lines]
    return Definition.model_validate({"sections": [{"blueprint": blueprint, **section}]})


@given(seed=st.integers(0, 2**62), counts=st.tuples(st.integers(1, 8), st.integers(1, 8), st.integers(1, 8)))
def test_a_form_fills_its_blueprint_without_doubles(seed: int, counts: tuple[int, int, int]) -> None:
    asked = definition(("serving", 1, counts[0]), ("serving", None, counts[1]), ("drift", 3, counts[2]))
    form = draw(asked, POOL, seed)
    ids = [drawn.question.question for drawn in form]
    assert len(ids) == len(set(ids)) == sum(counts)
    assert sum(d.question.skill == "drift" and d.question.difficulty == 3 for d in form) == counts[2]
    assert sum(d.question.skill == "serving" and d.question.difficulty == 1 for d in form) >= counts[0]


@given(seed=st.integers(0, 2**62))
def test_the_same_seed_gives_the_same_form_whatever_the_order_of_the_pool(seed: int) -> None:
    asked = definition(("serving", None, 6), ("drift", 2, 3))
    assert draw(asked, POOL, seed) == draw(asked, list(reversed(POOL)), seed)


@given(seed=st.integers(0, 2**62), again=st.integers(0, 2**62))
def test_a_second_sitting_gets_new_questions_while_there_are_any(seed: int, again: int) -> None:
    asked = definition(("serving", None, 12))
    first = frozenset(d.question.question for d in draw(asked, POOL, seed))
    second = {d.question.question for d in draw(asked, POOL, again, seen=first)}
    assert not first & second


def test_topics_are_spread() -> None:
    form = draw(definition(("serving", None, 4)), POOL, seed=1)
    assert len({d.question.topic for d in form}) == 4


TIMED = [replace(question, seconds=300 if question.topic == 0 else 60) for question in POOL]
"""A quarter of the questions takes five minutes, the others one."""


@given(seed=st.integers(0, 2**62))
def test_a_form_fits_its_time_limit_where_the_pool_has_one_that_does(seed: int) -> None:
    asked = definition(("serving", None, 8)).model_copy(update={"time_limit_minutes": 16})
    form = draw(asked, TIMED, seed)
    assert len(form) == 8
    assert sum(drawn.question.seconds for drawn in form) <= 16 * 60


@given(seed=st.integers(0, 2**62))
def test_a_part_with_a_limit_of_its_own_fits_that_one(seed: int) -> None:
    asked = definition(("serving", None, 3), time_limit_minutes=7)
    assert sum(drawn.question.seconds for drawn in draw(asked, TIMED, seed)) <= 7 * 60


def test_a_limit_that_no_form_fits_gets_the_form_that_is_least_too_long() -> None:
    asked = definition(("serving", None, 8)).model_copy(update={"time_limit_minutes": 5})
    form = draw(asked, TIMED, seed=1)
    assert len(form) == 8
    assert seconds_too_long(asked, form) == sum(drawn.question.seconds for drawn in form) - 5 * 60
    assert draw(asked, TIMED, seed=1) == form


def test_without_a_time_limit_long_questions_come_as_often_as_others() -> None:
    asked = definition(("serving", None, 8)).model_copy(update={"time_limit_minutes": None})
    long = sum(drawn.question.seconds == 300 for seed in range(200) for drawn in draw(asked, TIMED, seed))
    assert 1.8 <= long / 200 <= 2.2


def test_a_pool_that_is_too_small_names_the_line() -> None:
    with pytest.raises(PoolTooSmall, match=r"serving \(difficulty 1\): 9 questions asked, 8 in the bank"):
        draw(definition(("serving", 1, 9)), POOL, seed=1)


def test_the_pool_check_counts_what_two_sittings_share() -> None:
    check = check_pool(definition(("serving", 1, 4), ("drift", 2, 2)), POOL)
    assert check.missing == 0
    assert check.shared_share == pytest.approx((4 * 4 / 8 + 2 * 2 / 8) / 6)


def test_the_pool_check_takes_specific_lines_from_the_general_one() -> None:
    check = check_pool(definition(("serving", 1, 8), ("serving", None, 17)), POOL)
    assert check.missing == 1


@given(
    weights=st.dictionaries(st.text(min_size=1, max_size=3), st.integers(1, 3), min_size=1, max_size=15),
    total=st.integers(1, 60),
)
def test_apportioned_parts_add_up_and_stay_within_one_of_their_share(weights: dict[str, int], total: int) -> None:
    parts = apportion(weights, total)
    whole = sum(weights.values())
    assert sum(parts.values()) == total
    assert all(abs(parts.get(key, 0) - total * weight / whole) < 1 for key, weight in weights.items())


def test_difficulties_of_a_whole_test_come_near_the_wanted_mix() -> None:
    lines = spread_difficulties({f"skill-{n}": 2 for n in range(12)})
    total = {level: sum(c for (_, d), c in lines.items() if d == level) for level in DIFFICULTY_MIX}
    assert all(abs(total[level] - 24 * share) < 1 for level, share in DIFFICULTY_MIX.items())


def test_two_lines_for_the_same_place_are_refused() -> None:
    with pytest.raises(ValueError, match="two lines draw serving"):
        definition(("serving", 1, 2), ("serving", 1, 3))
