"""Calibration against R's mirt and ltm on LSAT6, against simulated truth, and where there is nothing to estimate."""

from __future__ import annotations

import numpy as np
import pytest

from psychometrics.calibrated import Calibration
from psychometrics.calibration import NotIdentified, calibrate
from psychometrics.engines import DenseEngine, SparseEngine, answers_by_column
from psychometrics.estimation import Search
from psychometrics.items import Item, category_probabilities, prior_item
from psychometrics.layout import Layout, curves_at
from psychometrics.priors import Prior
from psychometrics.responses import BadData, Responses
from tests.psychometrics import lsat6


def _numbers(found: Calibration) -> np.ndarray:
    return np.array([(i.slope.value, i.slope.se, i.difficulty.value, i.difficulty.se) for i in found.items])


def _reference(model: str) -> np.ndarray:
    items = lsat6.REFERENCE[model]["items"].values()
    return np.array([(i["a"]["est"], i["a"]["se"], i["b"]["est"], i["b"]["se"]) for i in items])


@pytest.mark.parametrize(("model", "reference"), [("2pl", "twoPL"), ("1pl", "onePL_equal_a")])
def test_lsat6_without_priors_agrees_with_mirt(model: str, reference: str) -> None:
    found, expected = calibrate(lsat6.patterns(), model, prior="none"), _reference(reference)
    assert found.converged
    assert found.log_likelihood == pytest.approx(lsat6.REFERENCE[reference]["logLik"], abs=1e-4)
    numbers = _numbers(found)
    assert numbers[:, [0, 2]] == pytest.approx(expected[:, [0, 2]], abs=5e-4)
    assert numbers[:, [1, 3]] == pytest.approx(expected[:, [1, 3]], rel=1e-3)
    assert (found.persons, found.parameters) == (1000, lsat6.REFERENCE[reference]["nest"])


def test_patterns_with_counts_and_persons_one_by_one_are_the_same_data() -> None:
    assert _numbers(calibrate(lsat6.patterns())) == pytest.approx(_numbers(calibrate(lsat6.persons())), abs=1e-6)


def test_a_free_lower_asymptote_is_refused_with_the_reason() -> None:
    with pytest.raises(NotIdentified, match="not identified"):
        calibrate(lsat6.patterns(), "3pl")  # type: ignore[arg-type]


def _made_up(
    persons: int, items: list[Item], seed: int, shown: float = 1.0, mean: float = 0.0, sd: float = 1.0
) -> Responses:
    rng = np.random.default_rng(seed)
    theta = mean + sd * rng.standard_normal(persons)
    marks = np.empty((persons, len(items)))
    for number, item in enumerate(items):
        p = category_probabilities(theta, np.array(item.slope), np.array(item.difficulty), item.chance, item.steps)
        marks[:, number] = (rng.random(persons) > np.cumsum(p, axis=0)).sum(axis=0) / (len(p) - 1)
    marks[rng.random(marks.shape) >= shown] = np.nan
    return Responses.dense(marks, [item.name for item in items])


def _items(count: int, seed: int, **more: float | tuple[float, ...]) -> list[Item]:
    rng = np.random.default_rng(seed)
    return [
        Item(f"q{number}", log_slope=0.3 * rng.standard_normal(), difficulty=rng.standard_normal(), **more)
        for number in range(count)
    ]


@pytest.mark.parametrize("shown", [1.0, 0.5])
@pytest.mark.parametrize("kind", ["plain", "guessing", "partial"])
def test_the_gradient_and_the_information_are_those_of_the_likelihood(kind: str, shown: float) -> None:
    """Both engines against numerical derivatives of the log posterior."""
    more = {"plain": {}, "guessing": {"chance": 0.2}, "partial": {"steps": (-0.6, 0.1, 0.5)}}[kind]
    items = _items(4, 3, **more)
    data = _made_up(60, items, 4, shown)
    steps = np.array([max(len(item.steps), 1) for item in items])
    chance = np.array([item.chance for item in items])
    layout = Layout.of(steps, shared_slope=False, chance=chance, log_slopes=True)
    place = np.random.default_rng(1).normal(0, 0.4, layout.size + 2)
    for engine in (DenseEngine(layout, data, float), SparseEngine(layout, data, float)):
        for prior in (Prior.weak(4), Prior.of_items([prior_item(f"q{n}", "s", 1) for n in range(4)])):
            free = np.ones(layout.size, dtype=bool)
            search = Search(engine, prior, np.linspace(-6, 6, 61), free, population=True)
            state, h = search.at(place), 1e-5
            shifts = np.eye(len(place)) * h
            up, down = ([search.at(place + sign * shift) for shift in shifts] for sign in (1, -1))

            def objective(at: np.ndarray, search: Search = search) -> float:
                penalty = search.prior.penalty(search.layout, at[:-2], exact=True)[0]
                return search.at(at).expectation.log_likelihood - penalty

            numerical = [(objective(place + shift) - objective(place - shift)) / (2 * h) for shift in shifts]
            assert state.gradient == pytest.approx(np.array(numerical), abs=1e-3)
            second = np.array([(one.gradient - two.gradient) / (2 * h) for one, two in zip(up, down, strict=True)])
            assert search.information(state) == pytest.approx(-second, abs=2e-3)


def test_sparse_and_dense_engines_add_up_the_same() -> None:
    items = _items(6, 5, steps=(-0.5, 0.5))
    data = _made_up(300, items, 6, 0.4)
    layout = Layout.of(np.full(6, 2), shared_slope=False, chance=np.zeros(6), log_slopes=True)
    theta = np.linspace(-6, 6, 41)
    curves = curves_at(layout, np.random.default_rng(2).normal(0, 0.5, layout.size), theta)
    prior = -(theta**2) / 2
    one, two = (kind(layout, data, float).expect(curves, prior) for kind in (DenseEngine, SparseEngine))
    assert one.chosen == pytest.approx(two.chosen)
    assert one.shown == pytest.approx(two.shown)
    assert one.log_likelihood == pytest.approx(two.log_likelihood)
    assert sum(len(entry[0]) for entry in answers_by_column(layout, data)) <= len(data.mark)


def test_single_precision_is_enough_where_it_is_used() -> None:
    """The same 2,000 x 30 in both precisions: estimates differ by less than a hundredth of a standard error."""
    data = _made_up(2000, _items(30, 7), 8)
    double = _numbers(calibrate(data))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("psychometrics.engines.DOUBLE_UP_TO", 0)
        single = _numbers(calibrate(data))
    assert np.abs(single[:, [0, 2]] - double[:, [0, 2]]).max() < 0.01 * double[:, [1, 3]].min()
    assert single[:, [1, 3]] == pytest.approx(double[:, [1, 3]], rel=0.002)


@pytest.mark.parametrize("model", ["2pl", "gpcm"])
def test_made_up_items_are_found_again(model: str) -> None:
    """z scores of 24 items x 2 parameters: their spread has a standard error of 0.1."""
    items = _items(24, 11, **({"steps": (-0.8, 0.0, 0.8)} if model == "gpcm" else {}))
    found = calibrate(_made_up(1500, items, 12, 0.7), model, prior="none")
    assert found.converged
    numbers = _numbers(found)
    true = np.array([(item.slope, item.difficulty) for item in items])
    z = (numbers[:, [0, 2]] - true) / numbers[:, [1, 3]]
    assert 0.7 < z.std() < 1.3
    if model == "gpcm":
        offsets = np.array([[step.value for step in item.steps] for item in found.items])
        assert np.abs(offsets - [-0.8, 0.0, 0.8]).mean() < 0.15
        assert offsets.sum(axis=1) == pytest.approx(0, abs=1e-9)


def test_guessing_at_a_known_chance_level_is_taken_into_account() -> None:
    items = _items(24, 13, chance=0.25)
    data = _made_up(3000, items, 14)
    with_chance, without = calibrate(data, chance=0.25), calibrate(data)
    assert with_chance.log_likelihood > without.log_likelihood
    bias = _numbers(with_chance)[:, 2] - [item.difficulty for item in items]
    assert abs(bias.mean()) < 0.1


def test_few_answers_barely_move_an_item_and_many_decide() -> None:
    prior = [prior_item(f"q{number}", "s", 2) for number in range(12)]
    hard = [Item(item.name, difficulty=1.5) for item in prior]
    few, many = (calibrate(_made_up(persons, hard, 15), prior=prior) for persons in (4, 2000))
    assert abs(_numbers(few)[:, 2].mean()) < 1.0
    assert _numbers(many)[:, 2].mean() > 1.0
    assert _numbers(many)[:, 3].max() < _numbers(few)[:, 3].min()
    assert all(item.n == 4 for item in few.items)


def test_anchors_hold_the_scale_for_new_items_and_another_population() -> None:
    items = _items(30, 17)
    prior = [item if number < 20 else prior_item(item.name, "s", 2) for number, item in enumerate(items)]
    found = calibrate(_made_up(2500, items, 18, mean=0.8, sd=0.7), prior=prior)
    assert found.converged
    assert abs(found.mean.value - 0.8) < 3.5 * found.mean.se < 0.1
    assert abs(found.sd.value - 0.7) < 3.5 * found.sd.se < 0.1
    numbers = _numbers(found)
    assert numbers[:20, [0, 2]] == pytest.approx(np.array([(item.slope, item.difficulty) for item in items[:20]]))
    assert (numbers[:20, [1, 3]] == 0).all()
    z = (numbers[20:, 2] - [item.difficulty for item in items[20:]]) / numbers[20:, 3]
    assert np.abs(z).max() < 3.5
    assert [item.as_item().difficulty_sd > 0 for item in found.items] == [False] * 20 + [True] * 10


def test_what_cannot_be_estimated_has_a_reason_instead_of_a_number() -> None:
    marks = np.array([[1.0, 0, 1, np.nan], [1, 1, 0, np.nan], [1, 0, 1, np.nan], [1, 1, 1, np.nan]] * 20)
    found = calibrate(Responses.dense(marks, ["easy", "b", "c", "unseen"]), prior="none")
    assert found.items[0].slope.value is None
    assert "unbounded" in found.items[0].reason
    assert found.items[3].reason == "nobody has answered it"
    with pytest.raises(ValueError, match="item easy cannot be scored"):
        found.items[0].as_item()
    weak = calibrate(Responses.dense(marks[:, :3]))
    assert all(item.slope for item in weak.items)
    nothing = calibrate(Responses.dense(np.full((3, 2), np.nan)))
    assert (nothing.log_likelihood, nothing.reason) == (None, "no item could be estimated")
    unused = np.array([[0.0, 1], [1, 0], [1, 1], [0, 0]] * 10)
    unused[0, 0] = 1 / 3
    assert "category" in calibrate(Responses.dense(unused), "gpcm", prior="none").items[0].reason


def test_an_item_that_measures_the_opposite_gets_a_negative_slope_without_a_prior() -> None:
    items = _items(10, 19)
    marks = _made_up(800, items, 20).array()
    marks[:, 0] = 1 - marks[:, 0]
    found = calibrate(Responses.dense(marks), prior="none")
    assert found.items[0].slope.high < 0
    with pytest.raises(ValueError, match="not positive"):
        found.items[0].as_item()


def test_unfit_data_are_refused_with_their_place() -> None:
    with pytest.raises(BadData, match="item odd"):
        calibrate(Responses.dense([[0.123], [1.0]], ["odd"]), "gpcm")
    with pytest.raises(ValueError, match="prior items"):
        calibrate(lsat6.patterns(), prior=_items(5, 1))
    with pytest.raises(BadData, match="person 1, item b: marks must lie between 0 and 1"):
        Responses.dense([[0, 1], [1, 2]], ["a", "b"])
    with pytest.raises(BadData, match="person 0 has two marks for item b"):
        Responses.sparse([0, 0], [1, 1], [1, 0], names=["a", "b"])


@pytest.mark.parametrize("seed", range(25))
def test_a_handful_of_answers_with_guessing_still_gives_finite_figures_near_the_prior(seed: int) -> None:
    """Ten people, thirteen items, two answers each: the information of an item alone may be negative."""
    rng = np.random.default_rng(seed)
    items = [prior_item(f"i{n}", "skill", 1 + n % 3, chance=(0.25, 0.0, 0.1875)[n % 3]) for n in range(13)]
    person = np.repeat(np.arange(10), 2)
    item = np.concatenate([rng.choice(13, 2, replace=False) for _ in range(10)])
    mark = rng.choice([0.0, 0.5, 1.0], 20, p=[0.35, 0.1, 0.55])
    responses = Responses.sparse(person, item, mark, names=[one.name for one in items])
    found = calibrate(responses, "2pl", prior=items)
    assert found.converged
    for estimate, prior in zip(found.items, items, strict=True):
        if estimate.n:
            scored = estimate.as_item()
            assert abs(scored.difficulty - prior.difficulty) < 1.2
            assert 0.4 < scored.difficulty_sd <= 0.72
