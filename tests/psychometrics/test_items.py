"""Items and their response functions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import dblquad
from scipy.stats import norm

from psychometrics.bank import THETA, Bank, tabulate
from psychometrics.items import Item, category_probabilities, prior_item

STEPS = st.one_of(st.just(()), st.lists(st.floats(-2, 2), min_size=2, max_size=4).map(tuple))


@given(slope=st.floats(0.1, 4), difficulty=st.floats(-4, 4), chance=st.floats(0, 0.5), steps=STEPS)
def test_categories_are_probabilities_and_a_better_person_earns_more(
    slope: float, difficulty: float, chance: float, steps: tuple[float, ...]
) -> None:
    found = category_probabilities(THETA, np.array(slope), np.array(difficulty), 0.0 if steps else chance, steps)
    assert np.all(found >= 0)
    assert found.sum(axis=0) == pytest.approx(1)
    assert np.all(np.diff(np.linspace(0, 1, len(found)) @ found) >= -1e-12)


def test_partial_credit_in_one_step_would_be_right_or_wrong() -> None:
    slope, difficulty = np.array(1.3), np.array(0.4)
    plain = category_probabilities(THETA, slope, difficulty, 0.0, ())
    assert category_probabilities(THETA, slope, difficulty, 0.0, (0.0,)) == pytest.approx(plain)


def test_an_integrated_curve_agrees_with_integration_by_scipy() -> None:
    item = prior_item("x", "skill", 3, chance=0.25)
    curve = tabulate(item)
    for index in (30, 60, 85):
        theta = THETA[index]

        def weighted(b: float, log_a: float, theta: float = theta) -> float:
            right = 0.25 + 0.75 / (1 + np.exp(-np.exp(log_a) * (theta - b)))
            return float(right * norm.pdf(b, 1, 0.7) * norm.pdf(log_a, 0, 0.35))

        exact, _ = dblquad(weighted, -1.75, 1.75, -3.2, 5.2, epsabs=1e-6)
        assert curve.likelihood[1, index] == pytest.approx(exact, abs=1e-5)


def test_uncertain_parameters_flatten_the_curve() -> None:
    sure, unsure = tabulate(Item("x")), tabulate(Item("y", difficulty_sd=0.7, log_slope_sd=0.35))
    middle = len(THETA) // 2
    assert np.gradient(unsure.mean)[middle] < np.gradient(sure.mean)[middle]
    assert sure.variance.max() < 1e-12
    assert unsure.variance.max() > 0.01


def test_a_right_answer_says_that_the_item_was_rather_easy() -> None:
    curve = tabulate(prior_item("x", "skill", 2))
    assert np.all(curve.mean_after[1] > curve.mean)
    assert np.all(curve.mean_after[0] < curve.mean)
    back = curve.likelihood[0] * curve.mean_after[0] + curve.likelihood[1] * curve.mean_after[1]
    assert back == pytest.approx(curve.mean)


def test_a_mark_between_two_categories_lies_between_them() -> None:
    curve = tabulate(Item("x", steps=(-0.5, 0.5)))
    low, between, high = (curve.at(mark)[0] for mark in (0.5, 0.75, 1.0))
    assert between == pytest.approx((low + high) / 2)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"chance": 1.0}, "chance"),
        ({"log_slope": float("nan")}, "finite"),
        ({"difficulty_sd": -1.0}, "negative"),
        ({"correlation": 1.5}, "correlation"),
        ({"steps": (0.0, 0.0), "chance": 0.2}, "no lower asymptote"),
        ({"steps": (0.0,)}, "right or wrong"),
    ],
)
def test_impossible_parameters_are_refused_by_name(wrong: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=f"item x.*{words}"):
        Item("x", **wrong)


def test_an_unknown_band_and_a_doubled_name_are_refused() -> None:
    with pytest.raises(ValueError, match="item x: difficulty band"):
        prior_item("x", "skill", 4)
    with pytest.raises(ValueError, match="two items are named x"):
        Bank.of([Item("x"), Item("x")])
