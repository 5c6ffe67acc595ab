"""What is expected before the test (information, blueprint), panels of judges, and how skills hang together."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.differentiate import derivative

from psychometrics.bank import Bank
from psychometrics.blueprint import expected_precision, information
from psychometrics.correlations import estimate_correlations
from psychometrics.items import Item, category_probabilities
from psychometrics.profile import score_profile
from psychometrics.standards import angoff
from tests.psychometrics.simulate import cases, prior_bank

ITEMS = prior_bank(3, 20)
BANK = Bank.of(ITEMS)


@pytest.mark.parametrize("item", [Item("x", log_slope=0.4), Item("x", chance=0.25), Item("x", steps=(-1.0, 0.2, 0.8))])
def test_information_is_the_expected_squared_slope_of_the_log_likelihood(item: Item) -> None:
    theta = np.array([-1.5, 0.0, 0.7])

    def probabilities(at: np.ndarray) -> np.ndarray:
        slope, difficulty = np.array(item.slope), np.array(item.difficulty)
        return category_probabilities(at, slope, difficulty, item.chance, item.steps)

    found = np.zeros(3)
    for category in range(len(probabilities(theta))):
        slope = derivative(lambda at, category=category: probabilities(at)[category], theta).df
        found += slope**2 / probabilities(theta)[category]
    assert information([item], theta)[0] == pytest.approx(found, rel=1e-6)


@pytest.mark.parametrize("asked", [3, 8])
def test_expected_widths_are_those_that_people_then_get(asked: int) -> None:
    skills, whole = expected_precision({f"skill {number}": asked for number in range(3)}, BANK)
    halves = []
    for case in cases(ITEMS, asked, correlation=0.65, count=60, seed=3):
        found = score_profile(case.answers, BANK)
        estimates = [skill.share for skill in found.skills] + [found.overall]
        halves.append([(one.high - one.low) / 2 for one in estimates])
    mean = np.mean(halves, axis=0)
    assert [skill.half_width for skill in skills] == pytest.approx(mean[:3], abs=0.03)
    assert whole.half_width == pytest.approx(mean[3], abs=0.03)


def test_more_questions_tell_more() -> None:
    few, many = (expected_precision({"skill 0": count, "skill 1": count}, BANK, cut=0.6) for count in (6, 20))
    assert many[1].at_cut < few[1].at_cut < 0.5
    assert 0 < few[1].reliability < many[1].reliability < 1
    for one, two in zip(few[0], many[0], strict=True):
        assert (two.reliability > one.reliability, two.half_width < one.half_width) == (True, True)
    assert (few[1].n, few[0][0].n) == (12, 6)


def test_an_isolated_skill_has_the_reliability_that_is_known_from_the_literature() -> None:
    """Slopes around 1 without guessing: about .35 with 3 questions, .48 with 5, .66 with 10, .80 with 20."""
    items = [Item(str(number), "s", log_slope=0.1, difficulty=place) for number, place in enumerate([-1, 0, 1] * 10)]
    for count, reliability in ((3, 0.38), (5, 0.5), (10, 0.67), (20, 0.8)):
        found = expected_precision({"s": count}, Bank.of(items))[0][0]
        assert found.reliability == pytest.approx(reliability, abs=0.05)


def test_impossible_blueprints_are_refused() -> None:
    for counts, words in (({}, "at least one"), ({"skill 0": -1}, "negative"), ({"nowhere": 2}, "nowhere")):
        with pytest.raises(ValueError, match=words):
            expected_precision(counts, BANK)


def test_a_panel_has_a_mean_and_an_error() -> None:
    ratings = np.array([[0.5, 0.7, 0.9], [0.4, 0.6, 0.8], [0.6, 0.8, 1.0]])
    found = angoff(ratings)
    assert found.cut.value == pytest.approx(0.7)
    assert found.cut.se == pytest.approx(0.1 / np.sqrt(3))
    assert found.cut.high - found.cut.value == pytest.approx(2.9199856 * found.cut.se)
    assert found.judges == pytest.approx((0.7, 0.6, 0.8))
    assert [item.value for item in found.items] == pytest.approx([0.5, 0.7, 0.9])


def test_who_left_out_the_hard_items_does_not_move_the_cut() -> None:
    whole = np.array([[0.5, 0.7, 0.9], [0.4, 0.6, 0.8], [0.6, 0.8, 1.0]])
    part = whole.copy()
    part[1, 0] = np.nan
    assert angoff(part).cut.value == pytest.approx(angoff(whole).cut.value, abs=1e-6)


def test_panels_that_cannot_say_do_not() -> None:
    one = angoff(np.array([[0.5, 0.7]]))
    assert (one.cut.value, one.cut.low) == (0.6, None)
    assert "one judge" in one.cut.reason
    assert angoff(np.full((2, 2), np.nan)).cut.reason == "nobody has rated anything"
    assert "some items" in angoff(np.array([[0.5, np.nan]])).cut.reason
    with pytest.raises(ValueError, match="between 0 and 1"):
        angoff(np.array([[60.0]]))


def test_correlations_of_skills_are_found_and_held_where_there_is_little() -> None:
    """600 persons x 3 skills x 8 questions at .3; errors of about .07, and a little lean to .65."""
    persons = [case.answers for case in cases(ITEMS, 8, correlation=0.3, count=600, seed=4)]
    skills = [f"skill {number}" for number in range(3)]
    found = estimate_correlations(persons, BANK, skills)
    away = found.matrix[np.triu_indices(3, 1)]
    assert found.converged
    assert away.mean() == pytest.approx(0.34, abs=0.12)
    assert (found.together == 600).all()
    few = estimate_correlations(persons[:5], BANK, skills)
    assert few.matrix[np.triu_indices(3, 1)] == pytest.approx(0.65, abs=0.1)
    none = estimate_correlations([], BANK, skills)
    assert (none.n, none.matrix[0, 1]) == (0, 0.65)
    with pytest.raises(ValueError, match="item nowhere"):
        estimate_correlations([{"nowhere": 1.0}], BANK, skills)
