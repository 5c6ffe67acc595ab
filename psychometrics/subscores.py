"""Is a sub-score worth reporting? Haberman's PRMSE, and Wainer's augmented sub-scores.

With s the observed and s_t the true sub-score, x the total, e the error of s:

    PRMSE(s) = Var(s_t) / Var(s)                                reliability of the sub-score (alpha)
    PRMSE(x) = Cov(s_t, x)² / (Var(s_t) Var(x)),                Cov(s_t, x) = Cov(s, x) - Var(e)

are the shares of the variance of the true sub-score that the sub-score and the total predict. A sub-score has value
of its own where the first exceeds the second by a margin. The augmented score predicts from all sub-scores together.

Sources: Haberman (2008), "When can subscores have value?", Journal of Educational and Behavioral Statistics 33,
204-229; Wainer et al. (2001), "Augmented scores", in Thissen & Wainer, "Test scoring".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from psychometrics.covariances import Moments, moments
from psychometrics.estimates import Array, Estimate
from psychometrics.reliability import APART, alpha_of

METHOD = "haberman-prmse/1"
#: By how much the sub-score must predict better: nearer than that is a tie.
MARGIN = 0.02


@dataclass(frozen=True, slots=True)
class Subscore:
    """One sub-score. alpha: its reliability with interval. by_total, by_both: PRMSE of the total, and of both.

    augmented: PRMSE of the augmented score. worth_reporting: None where it cannot be said, and why in ``reason``.
    """

    name: str
    items: int
    alpha: Estimate
    by_itself: float | None
    by_total: float | None
    by_both: float | None
    augmented: float | None
    worth_reporting: bool | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Augmentation:
    """augmented = mean + weights @ (observed - mean), in sums of scores; se: its standard error. All per sub-score."""

    mean: Array
    weights: Array
    se: Array


@dataclass(frozen=True, slots=True)
class Subscores:
    """All sub-scores; ``augmentation`` is None where the sub-scores' covariances do not allow it."""

    scores: tuple[Subscore, ...]
    augmentation: Augmentation | None
    n: int
    method: str = METHOD


def subscores(
    scores: Array, groups: Sequence[str], weights: Array | None = None, *, margin: float = MARGIN
) -> Subscores:
    """Judge the sub-scores of a test.

    Args:
        scores: (persons, items), in any unit, NaN = not shown (covariances from persons who saw both items).
        groups: the sub-score of each item. weights: (persons,).

    Returns:
        Sub-scores in order of first appearance. One item alone, or a reliability of 0 or less, cannot be judged.

    Raises:
        ValueError: another number of groups than items, or fewer than two different ones.
    """
    if len(groups) != scores.shape[1]:
        raise ValueError(f"{scores.shape[1]} items need as many groups, got {len(groups)}")
    names = list(dict.fromkeys(groups))
    if len(names) < 2:
        raise ValueError("there must be at least two sub-scores")
    found = moments(scores, weights)
    member = np.array([[group == name for group in groups] for name in names], dtype=float)
    together = member @ found.covariance @ member.T
    alphas = [alpha_of(_part(found, rows.astype(bool))) for rows in member]
    reliable = np.array([estimate.value if estimate.value is not None else np.nan for estimate in alphas])
    errors = np.diagonal(together) * (1 - reliable)
    judged = [_judge(name, int(member[i].sum()), alphas[i], together, i, margin) for i, name in enumerate(names)]
    n = found.persons
    true = together - np.diag(errors)
    if np.isnan(true).any() or np.linalg.eigvalsh(together)[0] <= 0:
        return Subscores(tuple(judged), None, n)
    by = np.linalg.solve(together, true).T
    explained = np.diagonal(by @ true)
    variance = np.diagonal(true)
    scores_ = tuple(
        one if not variance[i] > 0 else _with_augmented(one, float(explained[i] / variance[i]))
        for i, one in enumerate(judged)
    )
    se = np.sqrt(np.maximum(variance - explained, 0))
    return Subscores(scores_, Augmentation(member @ found.mean, by, se), n)


def _part(found: Moments, rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Moments:
    both = np.ix_(rows, rows)
    return Moments(found.mean[rows], found.covariance[both], found.pairs[both])


def _judge(name: str, items: int, reliability: Estimate, together: Array, i: int, margin: float) -> Subscore:
    """One sub-score against the total."""
    if reliability.value is None or reliability.value <= 0:
        reason = reliability.reason or "its reliability is not above 0"
        return Subscore(name, items, reliability, None, None, None, None, None, reason)
    if np.isnan(together).any():
        return Subscore(name, items, reliability, None, None, None, None, None, APART)
    variance, total = together[i, i], together.sum()
    true = variance * reliability.value
    with_total = together[i].sum() - (variance - true)
    by_total = float(with_total**2 / (true * total))
    # Regression of the true sub-score on sub-score and total; the same as by the total where they are proportional.
    predictors = np.array([[variance, together[i].sum()], [together[i].sum(), total]])
    targets = np.array([true, with_total])
    by_both = float(targets @ np.linalg.lstsq(predictors, targets, rcond=None)[0] / true)
    worth = reliability.value > by_total + margin
    reason = "" if worth else "the total predicts it nearly as well or better"
    return Subscore(name, items, reliability, reliability.value, by_total, by_both, None, worth, reason)


def _with_augmented(one: Subscore, augmented: float) -> Subscore:
    return Subscore(
        one.name,
        one.items,
        one.alpha,
        one.by_itself,
        one.by_total,
        one.by_both,
        augmented,
        one.worth_reporting,
        one.reason,
    )
