"""Classical statistics, reliability and sub-scores: against R's psych on LSAT6, formulas by hand, and made-up truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from psychometrics.classical import classical, options
from psychometrics.reliability import alpha, omega, standard_error_of_measurement
from psychometrics.subscores import subscores
from tests.psychometrics import lsat6

CTT = lsat6.REFERENCE["ctt"]


def test_lsat6_agrees_with_r_to_six_digits() -> None:
    data = lsat6.patterns()
    found = classical(data.array(), data.names, data.weights)

    def values(name: str) -> list[float]:
        return [getattr(item, name).value for item in found.items]

    assert values("difficulty") == pytest.approx(CTT["p"], abs=1e-9)
    assert values("item_total") == pytest.approx(CTT["item_total_r"], abs=1e-9)
    assert values("item_rest") == pytest.approx(CTT["corrected_item_rest_r"], abs=1e-9)
    assert values("alpha_without") == pytest.approx(CTT["alpha_if_deleted"], abs=1e-9)
    assert found.alpha.value == pytest.approx(CTT["alpha"], abs=1e-9)
    assert (found.mean.value, found.sd.value) == pytest.approx((CTT["mean_total"], CTT["sd_total"]), abs=1e-9)
    assert found.sem.value == pytest.approx(CTT["SEM"], abs=1e-9)
    assert omega(data.array(), data.weights, standardised=True).value == pytest.approx(CTT["omega_total_1f"], abs=1e-6)
    assert classical(lsat6.persons().array(), data.names).alpha.high == pytest.approx(found.alpha.high)
    assert not any(item.few for item in found.items)


def test_feldts_interval_holds_alpha_as_often_as_it_says() -> None:
    """400 samples of 100 persons x 8 items that correlate 1/3, alpha = 0.8; 3 standard errors of 95 % are 3.3 %."""
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(400):
        sample = rng.standard_normal((100, 1)) / np.sqrt(2) + rng.standard_normal((100, 8))
        found = alpha(sample)
        held += found.low <= 0.8 <= found.high
    assert 0.917 <= held / 400 <= 0.983


def test_omega_beats_alpha_where_loadings_differ() -> None:
    loadings = np.array([0.9, 0.8, 0.6, 0.3, 0.2])
    rng = np.random.default_rng(6)
    scores = rng.standard_normal((40_000, 1)) * loadings + rng.standard_normal((40_000, 5)) * np.sqrt(1 - loadings**2)
    true = loadings.sum() ** 2 / (loadings.sum() ** 2 + (1 - loadings**2).sum())
    assert omega(scores).value == pytest.approx(true, abs=0.01)
    assert alpha(scores).value < true - 0.02


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), shown=st.floats(0.3, 1.0), items=st.integers(1, 6))
@example(seed=1, shown=0.5, items=4)  # covariances of other persons each: their sum is below 0
def test_missing_by_design_gives_figures_or_reasons_never_nan(seed: int, shown: float, items: int) -> None:
    rng = np.random.default_rng(seed)
    scores = (rng.random((12, items)) < 0.6).astype(float)
    scores[rng.random(scores.shape) > shown] = np.nan
    found = classical(scores)
    figures = [found.mean, found.sd, found.alpha, found.omega, found.sem]
    for item in found.items:
        assert item.few
        figures += [item.difficulty, item.item_total, item.item_rest, item.alpha_without]
    for figure in figures:
        assert (figure.value is None) <= bool(figure.reason)
        assert all(number is None or np.isfinite(number) for number in (figure.value, figure.low, figure.high))


def test_missing_at_random_hardly_changes_the_figures() -> None:
    data = lsat6.persons().array()
    holes = np.where(np.random.default_rng(7).random(data.shape) < 0.2, np.nan, data)
    whole, part = classical(data), classical(holes)
    assert part.alpha.value == pytest.approx(whole.alpha.value, abs=0.08)
    assert part.alpha.n < whole.alpha.n
    assert standard_error_of_measurement(holes).value == pytest.approx(whole.sem.value, abs=0.05)


def test_options_tell_who_is_drawn_by_what() -> None:
    scores = list(range(30))
    chosen = ["wrong"] * 8 + ["right", "other"] + ["right"] * 20
    found = {one.option: one for one in options(chosen, scores, ["right", "wrong", "other", "never"])}
    assert [third.value for third in found["wrong"].by_third] == [0.8, 0, 0]
    assert [third.n for third in found["right"].by_third] == [10, 10, 10]
    assert found["right"].mean > found["wrong"].mean
    assert (found["never"].n, found["never"].mean) == (0, None)
    assert sum(one.share.value for one in found.values()) == pytest.approx(1)


def _two_skills(correlation: float, persons: int = 20_000, items: int = 6) -> np.ndarray:
    rng = np.random.default_rng(9)
    root = np.linalg.cholesky(np.array([[1, correlation], [correlation, 1]]))
    theta = rng.standard_normal((persons, 2)) @ root.T
    return np.repeat(theta, items, axis=1) + rng.standard_normal((persons, 2 * items)) * np.sqrt(2)


@pytest.mark.parametrize(("correlation", "worth"), [(0.2, True), (0.98, False)])
def test_prmse_agrees_with_the_truth_it_stands_for(correlation: float, worth: bool) -> None:
    """True sub-scores are known here: PRMSE is their squared correlation with each predictor."""
    found = subscores(_two_skills(correlation), ["a"] * 6 + ["b"] * 6)
    true, error = 36.0, 12.0
    by_itself = true / (true + error)
    by_total = (true + correlation * true) ** 2 / (true * (2 * true + 2 * error + 2 * correlation * true))
    one = found.scores[0]
    assert one.by_itself == pytest.approx(by_itself, abs=0.01)
    assert one.by_total == pytest.approx(by_total, abs=0.015)
    assert one.worth_reporting is worth
    assert max(one.by_itself, one.by_total) - 1e-9 <= one.by_both <= one.augmented + 1e-6


def test_augmented_scores_are_nearer_to_the_truth() -> None:
    rng = np.random.default_rng(10)
    theta = rng.standard_normal((5000, 2)) @ np.linalg.cholesky(np.array([[1, 0.8], [0.8, 1]])).T
    scores = np.repeat(theta, 5, axis=1) + 2 * rng.standard_normal((5000, 10))
    found = subscores(scores, ["a"] * 5 + ["b"] * 5).augmentation
    observed = np.stack([scores[:, :5].sum(axis=1), scores[:, 5:].sum(axis=1)], axis=1)
    augmented = found.mean + (observed - found.mean) @ found.weights.T
    errors = augmented - 5 * theta
    assert errors.std(axis=0) == pytest.approx(found.se, rel=0.05)
    assert (errors.std(axis=0) < 0.9 * (observed - 5 * theta).std(axis=0)).all()


def test_what_cannot_be_judged_says_why() -> None:
    assert alpha(np.ones((10, 1))).reason == "fewer than two items"
    assert alpha(np.ones((10, 3))).reason == "the sum of the items does not vary"
    assert "persons" in alpha(np.array([[1.0, np.nan], [np.nan, 1]])).reason
    noise = np.random.default_rng(3).integers(0, 2, (50, 5)).astype(float)
    found = subscores(noise, ["a", "b", "b", "c", "c"])
    assert (found.scores[0].worth_reporting, found.scores[0].reason) == (None, "fewer than two items")
    assert found.augmentation is None
    with pytest.raises(ValueError, match="at least two sub-scores"):
        subscores(noise, ["a"] * 5)
