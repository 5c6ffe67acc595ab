"""Shifts: none is found where there is none, a leaked item is found, and a stronger group is not a drift."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from psychometrics.drift import shifts
from psychometrics.items import Item, category_probabilities, prior_item
from psychometrics.responses import Responses


def bank(count: int = 20, sd: float = 0.1) -> list[Item]:
    rng = np.random.default_rng(3)
    places = rng.standard_normal((count, 2)) * [0.3, 1.0]
    return [
        Item(str(i), log_slope=a, difficulty=b, log_slope_sd=sd, difficulty_sd=sd, n=500)
        for i, (a, b) in enumerate(places)
    ]


def answers(items: list[Item], people: int, seed: int, mean: float = 0.0) -> Responses:
    """Each person sees half of the items."""
    rng = np.random.default_rng(seed)
    theta = mean + rng.standard_normal(people)
    marks = np.full((people, len(items)), np.nan)
    for column, item in enumerate(items):
        p = category_probabilities(theta, np.array(item.slope), np.array(item.difficulty), item.chance, item.steps)
        draw = (rng.random(people)[:, None] > np.cumsum(p, axis=0).T).sum(axis=1)
        seen = rng.random(people) < 0.5
        marks[seen, column] = draw[seen] / (len(p) - 1)
    return Responses.dense(marks, names=[item.name for item in items])


def wandered(items: list[Item], seed: int) -> list[Item]:
    """True parameters, as unsure as the items say."""
    rng = np.random.default_rng(seed)
    return [
        replace(
            item,
            log_slope=item.log_slope + item.log_slope_sd * rng.standard_normal(),
            difficulty=item.difficulty + item.difficulty_sd * rng.standard_normal(),
        )
        for item in items
    ]


@pytest.mark.parametrize("sd", [0.0, 0.3])
def test_without_drift_intervals_hold_zero_as_often_as_they_say(sd: float) -> None:
    held = []
    for seed in range(12):
        items = bank(sd=sd)
        held += [s.change.low <= 0 <= s.change.high for s in shifts(answers(wandered(items, seed), 300, seed), items)]
    assert 0.85 <= np.mean(held) <= 0.97  # nominal 0.90, a little wider with unsure items


def test_a_leaked_item_stands_out_and_the_others_do_not() -> None:
    items = bank()
    true = [replace(item, difficulty=item.difficulty - 1.5) if item.name == "7" else item for item in items]
    found = {shift.name: shift for shift in shifts(answers(true, 400, 1), items)}
    assert found["7"].z > 5
    assert found["7"].change.low > 0
    assert found["7"].observed > found["7"].expected
    assert max(abs(shift.z) for name, shift in found.items() if name != "7") < 4


def test_a_stronger_group_is_no_drift() -> None:
    found = shifts(answers(bank(), 400, 2, mean=1.0), bank())
    assert abs(np.mean([shift.z for shift in found])) < 0.5
    assert max(abs(shift.z) for shift in found) < 4


def test_partial_credit_in_steps_is_judged_by_its_mean() -> None:
    items = [Item(str(i), difficulty=i / 5 - 1, steps=(-0.5, 0.5)) for i in range(10)]
    found = shifts(answers(items, 400, 4), items)
    assert max(abs(shift.z) for shift in found) < 4
    assert all(0 < shift.expected < 1 for shift in found)


def test_few_answers_and_single_answers_are_no_ground() -> None:
    items = [prior_item(str(i), "", 2) for i in range(3)]
    few = Responses.dense(np.ones((5, 3)), names=["0", "1", "2"])
    assert all(shift.change.reason == "too few new answers to say" for shift in shifts(few, items))
    alone = Responses.dense(np.vstack([np.eye(3)] * 40) + np.where(np.vstack([np.eye(3)] * 40), 0, np.nan))
    assert {shift.change.n for shift in shifts(alone, items)} == {0}
    assert {shift.z for shift in shifts(alone, items)} == {0.0}


def test_other_items_than_those_answered_are_refused() -> None:
    with pytest.raises(ValueError, match="3 items"):
        shifts(Responses.dense(np.ones((5, 3))), bank(2))
