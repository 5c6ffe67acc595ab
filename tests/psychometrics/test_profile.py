"""Correlated-skills scores: against exact integration, and against simulated truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psychometrics.bank import THETA, Bank
from psychometrics.estimates import Estimate, probability_higher
from psychometrics.items import Item, prior_item
from psychometrics.profile import correlation_matrix, score_profile
from tests.psychometrics.simulate import cases, prior_bank

ITEMS = prior_bank(2, 8)
BANK = Bank.of(ITEMS)
ANSWERS = {"0-0": 1.0, "0-1": 1.0, "0-2": 1.0, "0-3": 0.5, "1-0": 0.0, "1-1": 1.0, "1-2": 0.0}


def _exact(correlation: float) -> dict[str, np.ndarray]:
    """The posterior of two skills on the full two-dimensional grid."""
    first, second = np.meshgrid(THETA, THETA, indexing="ij")
    log = -(first**2 - 2 * correlation * first * second + second**2) / (2 * (1 - correlation**2))
    means = [BANK.live[f"skill {skill}"].mean.copy() for skill in (0, 1)]
    variances = [BANK.live[f"skill {skill}"].variance.copy() for skill in (0, 1)]
    for name, mark in ANSWERS.items():
        skill = int(name[0])
        likelihood, mean, variance = BANK.curves[name].at(mark)
        log += likelihood[:, None] if skill == 0 else likelihood
        means[skill] += mean - BANK.curves[name].mean
        variances[skill] += variance - BANK.curves[name].variance
    weights = np.exp(log - log.max())
    weights /= weights.sum()
    shares = [means[0][:, None] / 8, means[1][None, :] / 8]
    together = (4 * shares[0] + 3 * shares[1]) / 7
    noise = (16 * variances[0][:, None] + 9 * variances[1][None, :]) / 49 / 64
    mean = (weights * together).sum()
    return {
        "theta": np.array([(weights * first).sum(), (weights * second).sum()]),
        "sd": np.sqrt([(weights * first**2).sum(), (weights * second**2).sum()]),
        "shares": np.array([(weights * share).sum() for share in shares]),
        "overall": np.array([mean, np.sqrt((weights * (together**2 + noise)).sum() - mean**2)]),
    }


@pytest.mark.parametrize("correlation", [0.0, 0.4, 0.65, 0.9])
def test_it_agrees_with_exact_integration_over_two_skills(correlation: float) -> None:
    exact, found = _exact(correlation), score_profile(ANSWERS, BANK, correlation=correlation)
    sd = np.sqrt(exact["sd"] ** 2 - exact["theta"] ** 2)
    assert [skill.theta.value for skill in found.skills] == pytest.approx(exact["theta"], abs=0.01)
    assert [skill.theta.se for skill in found.skills] == pytest.approx(sd, abs=0.01)
    assert [skill.share.value for skill in found.skills] == pytest.approx(exact["shares"], abs=0.002)
    assert (found.overall.value, found.overall.se) == pytest.approx(exact["overall"], abs=0.002)


def test_one_skill_with_known_items_is_the_textbook_posterior() -> None:
    items = [Item(str(number), "s", difficulty=number / 4 - 1, log_slope=0.2) for number in range(10)]
    answers = {str(number): float(number < 6) for number in range(10)}
    found = score_profile(answers, Bank.of(items)).skills[0].theta
    fine = np.linspace(-8, 8, 20001)
    right = [1 / (1 + np.exp(-item.slope * (fine - item.difficulty))) for item in items]
    log = -(fine**2) / 2 + sum(np.log(p if answers[item.name] else 1 - p) for item, p in zip(items, right, strict=True))
    weights = np.exp(log - log.max())
    weights /= weights.sum()
    mean = weights @ fine
    assert found.value == pytest.approx(mean, abs=1e-6)
    assert found.se == pytest.approx(np.sqrt(weights @ fine**2 - mean**2), abs=1e-6)
    ends = np.interp([0.05, 0.95], np.cumsum(weights), fine)
    assert (found.low, found.high) == pytest.approx(ends, abs=0.002)


@settings(deadline=None, max_examples=30)
@given(marks=st.lists(st.floats(0, 1), min_size=1, max_size=16), level=st.floats(0.5, 0.99), cut=st.floats(0, 1))
def test_every_interval_holds_its_estimate_and_stays_a_share(marks: list[float], level: float, cut: float) -> None:
    answers = {item.name: mark for item, mark in zip(ITEMS, marks, strict=False)}
    found = score_profile(answers, BANK, level=level, cut=cut)
    for estimate in (found.overall, *(skill.share for skill in found.skills)):
        assert 0 <= estimate.low < estimate.value < estimate.high <= 1
        assert estimate.se > 0
    assert 0 <= found.probability <= 1
    assert found == score_profile(dict(answers), BANK, level=level, cut=cut)


def test_each_better_answer_raises_the_skill_and_lends_to_the_others() -> None:
    before = score_profile(ANSWERS | {"0-0": 0.0}, BANK)
    after = score_profile(ANSWERS, BANK)
    assert after.skills[0].share.value > before.skills[0].share.value
    assert after.skills[1].share.value > before.skills[1].share.value
    alone = score_profile(ANSWERS, BANK, correlation=0.0), score_profile(ANSWERS | {"0-0": 0.0}, BANK, correlation=0.0)
    assert alone[0].skills[1] == alone[1].skills[1]


def test_more_answers_and_better_known_items_narrow_the_interval() -> None:
    def width(estimate: Estimate) -> float:
        return float(estimate.high - estimate.low)

    eight = {f"0-{number}": float(number % 2) for number in range(8)}
    few = score_profile({"0-0": 1.0, "0-1": 0.0}, BANK).skills[0]
    many = score_profile(eight, BANK).skills[0]
    assert width(many.share) < width(few.share)
    known = Bank.of([replace(item, log_slope_sd=0.1, difficulty_sd=0.1) for item in ITEMS], "first calibration")
    sharper = score_profile(eight, known).skills[0]
    assert width(sharper.theta) < width(many.theta)
    assert (many.share.version, sharper.share.version) == ("prior", "first calibration")


def test_extreme_answers_keep_a_finite_estimate() -> None:
    items = prior_bank(1, 40)
    for mark in (0.0, 1.0):
        found = score_profile({item.name: mark for item in items}, Bank.of(items)).skills[0]
        assert abs(found.theta.value) < 4
        assert 0 < found.share.low < found.share.high < 1


def test_what_cannot_be_estimated_says_why() -> None:
    asked_only = [replace(item, live=False) if item.skill == "skill 1" else item for item in ITEMS]
    found = score_profile({"0-0": 1.0, "1-0": 1.0}, Bank.of(asked_only), skills=["skill 0", "skill 1", "skill 2"])
    first, second, third = found.skills
    assert first.share
    assert not second.share
    assert second.share.reason == "the skill has no live questions"
    assert second.theta
    assert not third.share
    assert third.share.reason == "no questions on this skill were counted"
    assert found.overall.value == pytest.approx(first.share.value)
    empty = score_profile({}, BANK, skills=["skill 0"], cut=0.5)
    assert not empty.overall
    assert empty.overall.reason == "no questions were counted"
    assert (empty.probability, empty.verdict()) == (None, "")


def test_the_verdict_follows_the_probability_at_the_cut() -> None:
    found = {cut: score_profile(ANSWERS, BANK, cut=cut) for cut in (0.1, 0.5, 0.95)}
    assert [found[cut].verdict() for cut in found] == ["pass", "borderline", "below"]
    middle = found[0.5]
    at_low = score_profile(ANSWERS, BANK, cut=middle.overall.low)
    assert at_low.probability == pytest.approx(0.95, abs=1e-3)


def test_weights_choose_what_the_overall_share_is_of() -> None:
    by_answers = score_profile(ANSWERS, BANK)
    only = score_profile(ANSWERS, BANK, weights={"skill 1": 2.0})
    assert only.overall.value == pytest.approx(only.skills[1].share.value)
    assert only.overall.low == pytest.approx(only.skills[1].share.low)
    shares = [skill.share.value for skill in by_answers.skills]
    assert by_answers.overall.value == pytest.approx((4 * shares[0] + 3 * shares[1]) / 7)


@pytest.mark.parametrize(
    ("answers", "options", "words"),
    [
        ({"unknown": 1.0}, {}, "item unknown is not in the bank"),
        ({"0-0": 1.2}, {}, "item 0-0: mark must lie between 0 and 1"),
        ({"0-0": float("nan")}, {}, "item 0-0: mark"),
        ({"0-0": 1.0}, {"skills": ["skill 1"]}, "not asked for: skill 0"),
        ({"0-0": 1.0}, {"weights": {"skill 0": -1.0}}, "weights"),
        ({"0-0": 1.0}, {"level": 1.0}, "level"),
        ({"0-0": 1.0}, {"cut": 60}, "cut"),
        (ANSWERS, {"correlation": 1.0}, "positive definite"),
        (ANSWERS, {"correlation": [[1.0]]}, "2 x 2"),
        (ANSWERS, {"correlation": [[1.0, 0.5], [0.4, 1.0]]}, "symmetric"),
    ],
)
def test_bad_input_is_refused_with_its_place(answers: dict[str, float], options: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        score_profile(answers, BANK, **options)


def test_a_matrix_may_say_that_some_skills_go_together() -> None:
    matrix = correlation_matrix(0.3, 2)
    assert score_profile(ANSWERS, BANK, correlation=matrix) == score_profile(ANSWERS, BANK, correlation=0.3)


def test_two_persons_within_error_are_not_told_apart() -> None:
    better, worse = score_profile(ANSWERS, BANK).overall, score_profile(ANSWERS | {"0-0": 0.0}, BANK).overall
    assert 0.5 < probability_higher(better, worse) < 0.95
    assert probability_higher(better, worse) == pytest.approx(1 - probability_higher(worse, better))
    assert probability_higher(better, score_profile({}, BANK).overall) is None


def test_with_no_data_at_all_the_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """1,000 persons, 4 skills, 6 questions each on made-up items drawn from their priors; 90 % and 95 % intervals.

    From one seed, so that it cannot fail by chance. 4,000 shares, correlated within a person, have a standard error
    of 0.7 % at 90 % and 0.5 % at 95 %.
    """
    items = prior_bank(4, 20)
    bank = Bank.of(items)
    held, held_theta, held_overall, errors = [], [], [], []
    for case in cases(items, 6, correlation=0.65, count=1000, seed=20):
        found = score_profile(case.answers, bank)
        alone = score_profile(case.answers, bank, correlation=0.0)
        held_overall.append(found.overall.low <= case.overall <= found.overall.high)
        for skill, isolated in zip(found.skills, alone.skills, strict=True):
            truth, theta = case.shares[skill.skill], case.theta[skill.skill]
            held.append(skill.share.low <= truth <= skill.share.high)
            held_theta.append(abs(skill.theta.value - theta) <= 1.96 * skill.theta.se)
            errors.append([skill.share.value - truth, isolated.share.value - truth, skill.points / skill.n - truth])
    assert 0.88 <= np.mean(held) <= 0.92
    assert np.mean(held_theta) >= 0.94
    assert 0.88 <= np.mean(held_overall) <= 0.92
    correlated, isolated_error, raw = np.mean(np.square(errors), axis=0)
    assert correlated < 0.9 * isolated_error
    assert isolated_error < 0.7 * raw
    assert abs(np.mean(errors, axis=0)[0]) < 0.01


def test_the_part_of_the_own_answers_grows_with_their_number_and_is_whole_where_nothing_else_is_known() -> None:
    items = [prior_item(f"{skill}-{n}", skill, 1 + n % 3) for skill in ("drift", "serving") for n in range(20)]
    bank = Bank.of(items)
    alone = score_profile({"drift-0": 1.0, "drift-1": 0.0}, bank)
    assert alone.skills[0].own == pytest.approx(1, abs=0.02)
    parts = []
    for own in (1, 4, 16):
        answers = {f"drift-{n}": float(n % 2) for n in range(own)} | {f"serving-{n}": float(n % 2) for n in range(16)}
        parts.append(score_profile(answers, bank).skills[0].own)
    assert 0 < parts[0] < 0.5 < parts[2] < 1
    assert parts == sorted(parts)
