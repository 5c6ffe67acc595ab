"""Scores of persons on one scale, against R's mirt and where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from psychometrics.abilities import abilities
from psychometrics.calibration import calibrate
from psychometrics.items import Item
from psychometrics.responses import Responses
from tests.psychometrics import lsat6

SCORES = lsat6.REFERENCE["twoPL"]["scores"]
PATTERNS = Responses.dense(np.array(SCORES["patterns"], float))
ITEMS = [item.as_item() for item in calibrate(lsat6.patterns(), prior="none").items]


@pytest.mark.parametrize(("method", "places"), [("eap", 1e-4), ("map", 1e-4), ("wle", 3e-4), ("ml", 3e-4)])
def test_lsat6_scores_by_pattern_agree_with_mirt(method: str, places: float) -> None:
    found = abilities(PATTERNS, ITEMS, method)
    theirs = {name: np.array(SCORES[method.upper()][name], float) for name in ("theta", "se")}
    assert found.theta == pytest.approx(theirs["theta"], abs=places, nan_ok=True)
    if method != "wle":  # mirt takes the curvature of Warm's function, we the information (Warm 1989, equation 10)
        assert found.se == pytest.approx(theirs["se"], abs=places, nan_ok=True)


def test_all_wrong_and_all_right_have_no_maximum_likelihood() -> None:
    found = abilities(PATTERNS, ITEMS, "ml")
    ends = [found.estimate(0), found.estimate(len(found.n) - 1)]
    assert all(end.value is None and "no maximum" in end.reason for end in ends)
    assert sum(bool(reason) for reason in found.reason) == 2


def test_nothing_answered_gives_the_prior_or_a_reason() -> None:
    nothing = Responses.dense(np.full((1, 5), np.nan))
    eap = abilities(nothing, ITEMS, mean=0.3, sd=0.5).estimate(0)
    assert (eap.value, eap.se, eap.n) == (pytest.approx(0.3), pytest.approx(0.5), 0)
    assert abilities(nothing, ITEMS, "map").estimate(0).value == pytest.approx(0, abs=1e-8)
    assert "no questions" in abilities(nothing, ITEMS, "wle").estimate(0).reason


def test_warms_estimate_has_less_bias_than_the_others() -> None:
    rng = np.random.default_rng(1)
    items = [Item(str(number), difficulty=place) for number, place in enumerate(np.linspace(-2, 2, 20))]
    right = 1 / (1 + np.exp(-(1.2 - np.linspace(-2, 2, 20))))
    answers = Responses.dense((rng.random((4000, 20)) < right).astype(float))
    bias = {method: np.nanmean(abilities(answers, items, method).theta) - 1.2 for method in ("wle", "eap", "ml")}
    assert abs(bias["wle"]) < 0.03
    assert bias["eap"] < -0.1
    assert bias["ml"] > 0.03


def test_a_guessed_answer_is_worth_less() -> None:
    items = [Item(str(number), difficulty=number - 2, chance=0.25 * (number == 4)) for number in range(5)]
    answers = Responses.dense([[0, 0, 0, 0, 1.0]])
    sure = [Item(item.name, difficulty=item.difficulty) for item in items]
    for method in ("eap", "map"):
        assert abilities(answers, items, method).theta[0] < abilities(answers, sure, method).theta[0] - 0.1


def test_marks_between_categories_and_partial_credit_are_ordered() -> None:
    items = [Item("a", steps=(-0.5, 0.5)), Item("b"), Item("c", difficulty=0.5)]
    for method in ("eap", "map", "wle"):
        theta = abilities(Responses.dense([[mark, 1, 0] for mark in (0, 0.25, 0.5, 1)]), items, method).theta
        assert np.all(np.diff(theta) > 0)


def test_other_items_and_methods_are_refused() -> None:
    with pytest.raises(ValueError, match="5 items"):
        abilities(PATTERNS, ITEMS[:3])
    with pytest.raises(ValueError, match="method must be"):
        abilities(PATTERNS, ITEMS, "mode")  # type: ignore[arg-type]
