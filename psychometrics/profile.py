"""Correlated-skills scoring: a person's answers to a profile over skills, with errors, from the first answer on.

theta ~ N(0, R) over the skills, so that two answers on one skill borrow from the rest and say how little they know.
What is reported is the *expected share*: the mean expected mark over all live items of the skill, were this person to
answer them all. Its posterior carries the error of the ability, of the answered items and of the other live items.

Sources: Segall (1996), "Multidimensional adaptive testing", Psychometrika 61, 331-354, and de la Torre & Patz (2005),
"Making the most of what we have", Journal of Educational and Behavioral Statistics 30, 295-311 (correlated skills);
Bock, Thissen & Zimowski (1997), "IRT estimation of domain scores", Journal of Educational Measurement 34, 197-211
(expected share).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.polynomial.hermite_e import hermevander
from scipy.special import ndtri

from psychometrics.bank import THETA, Bank
from psychometrics.estimates import Array, Estimate, check_level, unknown
from psychometrics.propagation import Posterior, propagate
from psychometrics.shares import ShareMixture, spread_between

METHOD = "correlated-skills/1"
#: Correlation between any two skills before it can be estimated.
CORRELATION = 0.65

Correlation = float | Sequence[Sequence[float]] | npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SkillScore:
    """One skill of one person.

    share: expected share of the skill's live questions, in [0, 1]. theta: ability, SD 1 in the reference population.
    points, n: sum of the marks and number of the answers that were counted.
    own: how much of what is known of the ability the skill's own answers would tell alone, in [0, 1]: the reduction
        of variance with them only, over the reduction with all answers. Below a half the figure rests mostly on the
        other skills (Wainer et al. 2001, on augmented scores).
    """

    skill: str
    share: Estimate
    theta: Estimate
    points: float
    n: int
    own: float = 0.0


@dataclass(frozen=True, slots=True)
class Profile:
    """A person's scores.

    skills: in the order asked for. overall: weighted mean of the shares of the skills that could be estimated.
    points, n: over all counted answers. probability: that the true overall share is at least ``cut``; None without a
    cut or without an estimate.
    """

    skills: tuple[SkillScore, ...]
    overall: Estimate
    points: float
    n: int
    cut: float | None
    probability: float | None

    def verdict(self, sure: float = 0.9) -> str:
        """``pass``, ``below`` or ``borderline`` at the cut; empty without a cut or an estimate.

        Pass where the probability is at least ``sure``, below where it is at most 1 - ``sure``.
        """
        if self.probability is None:
            return ""
        if self.probability >= sure:
            return "pass"
        return "below" if self.probability <= 1 - sure else "borderline"


def score_profile(
    answers: Mapping[str, float],
    bank: Bank,
    *,
    skills: Sequence[str] | None = None,
    correlation: Correlation = CORRELATION,
    weights: Mapping[str, float] | None = None,
    cut: float | None = None,
    level: float = 0.90,
) -> Profile:
    """Score one person's answers.

    Args:
        answers: item name to mark in [0, 1]. Leave out what does not count (pilots, not shown); a skipped item that
            the policy counts as wrong is 0.
        bank: the items with their tables; keep one per calibration.
        skills: which skills to report, and the order of a ``correlation`` matrix; default: those answered, as they
            first appear.
        correlation: one number for all pairs, or a matrix over ``skills``.
        weights: of the skills in the overall share, at least 0; default: their number of answers.
        cut: overall share to pass, in [0, 1].
        level: probability of the intervals.

    Returns:
        A skill without an answer or without a live item has no value but a reason, and no part in the overall share.
        The same input always gives the same output, to the last digit.

    Raises:
        ValueError: an unknown item, a mark outside [0, 1], a skill missing from ``skills``, a correlation or weights
            that are none.
    """
    check_level(level)
    if cut is not None and not 0 <= cut <= 1:
        raise ValueError(f"cut must lie between 0 and 1, got {cut}")
    evidence = _gather(answers, bank, skills)
    if not evidence.skills:
        blank = unknown("no questions were counted", 0, METHOD, level=level, version=bank.version)
        return Profile((), blank, 0.0, 0, cut, None)
    posterior = propagate(evidence.log_likelihood, correlation_matrix(correlation, len(evidence.skills)))
    mixture = ShareMixture(
        posterior.weights, evidence.means, evidence.variances + spread_between(evidence.means), evidence.floors
    )
    scores = _skill_scores(evidence, posterior, mixture, level, bank.version)
    mix = _mix(scores, weights)
    n, points = sum(evidence.counts), sum(evidence.points)
    if not mix.any():
        reason = "no skill could be estimated" if n else "no questions were counted"
        overall = unknown(reason, n, METHOD, level=level, version=bank.version)
        return Profile(scores, overall, points, n, cut, None)
    together = _overall(mix, mixture, posterior, evidence)
    overall = _share_estimates(together, [n], level, bank.version)[0]
    probability = None if cut is None else float(together.probability_at_least(cut)[0])
    return Profile(scores, overall, points, n, cut, probability)


def correlation_matrix(correlation: Correlation, size: int) -> Array:
    """R from one number for all pairs or from a matrix.

    Raises:
        ValueError: not (size, size), not symmetric with unit diagonal, or not positive definite. One number must lie
            above -1 / (size - 1) and below 1.
    """
    if isinstance(correlation, (int, float)):
        matrix = np.full((size, size), float(correlation))
        np.fill_diagonal(matrix, 1.0)
    else:
        matrix = np.asarray(correlation, dtype=float)
    if matrix.shape != (size, size):
        raise ValueError(f"correlation must be a number or a {size} x {size} matrix, got shape {matrix.shape}")
    if not np.allclose(matrix, matrix.T) or not np.allclose(np.diagonal(matrix), 1):
        raise ValueError("correlation must be symmetric with ones on the diagonal")
    if size and np.linalg.eigvalsh(matrix)[0] < 1e-8:
        raise ValueError("correlation must be positive definite: some skills would be copies of others")
    return matrix


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What the answers say per skill, on the ability grid: (S, G) arrays, (S,) floors."""

    skills: list[str]
    counts: list[int]
    points: list[float]
    live: list[int]
    log_likelihood: Array
    means: Array
    variances: Array
    floors: Array


def _gather(answers: Mapping[str, float], bank: Bank, wanted: Sequence[str] | None) -> _Evidence:
    for name, mark in answers.items():
        if name not in bank.items:
            raise ValueError(f"item {name} is not in the bank")
        if not 0 <= mark <= 1:
            raise ValueError(f"item {name}: mark must lie between 0 and 1, got {mark}")
    answered = dict.fromkeys(bank.items[name].skill for name in answers)
    skills = list(answered if wanted is None else wanted)
    if left_out := [skill for skill in answered if skill not in skills]:
        raise ValueError(f"answers belong to skills that were not asked for: {', '.join(left_out)}")
    place = {skill: index for index, skill in enumerate(skills)}
    found = _Evidence(
        skills,
        [0] * len(skills),
        [0.0] * len(skills),
        [bank.live[skill].count if skill in bank.live else 0 for skill in skills],
        np.zeros((len(skills), len(THETA))),
        np.full((len(skills), len(THETA)), 0.5),
        np.zeros((len(skills), len(THETA))),
        np.zeros(len(skills)),
    )
    for skill, index in place.items():
        if skill in bank.live:
            found.means[index], found.variances[index] = bank.live[skill].mean, bank.live[skill].variance
            found.floors[index] = bank.live[skill].chance
    for name, mark in answers.items():
        _add(found, place[bank.items[name].skill], name, float(mark), bank)
    for index, live in enumerate(found.live):
        if live:
            found.means[index] /= live
            found.variances[index] /= live**2
            found.floors[index] /= live
    return found


def _add(found: _Evidence, index: int, name: str, mark: float, bank: Bank) -> None:
    """Add one answer: to the likelihood, and to what is known of the item itself where it is live."""
    curve = bank.curves[name]
    log_likelihood, mean_after, variance_after = curve.at(mark)
    found.counts[index] += 1
    found.points[index] += mark
    found.log_likelihood[index] += log_likelihood
    if bank.items[name].live:
        found.means[index] += mean_after - curve.mean
        found.variances[index] += variance_after - curve.variance


def _skill_scores(
    evidence: _Evidence, posterior: Posterior, mixture: ShareMixture, level: float, version: str
) -> tuple[SkillScore, ...]:
    shares = _share_estimates(mixture, evidence.counts, level, version)
    abilities = _ability_estimates(posterior.weights, evidence.counts, level, version)
    own = _own_part(evidence, abilities)
    scores = []
    for index, skill in enumerate(evidence.skills):
        share, theta, n = shares[index], abilities[index], evidence.counts[index]
        if not n:
            share = theta = unknown("no questions on this skill were counted", 0, METHOD, level=level, version=version)
        elif not evidence.live[index]:
            share = unknown("the skill has no live questions", n, METHOD, level=level, version=version)
        scores.append(SkillScore(skill, share, theta, evidence.points[index], n, own[index]))
    return tuple(scores)


def _own_part(evidence: _Evidence, abilities: Sequence[Estimate]) -> list[float]:
    """Reduction of each ability's variance by the skill's own answers, over that by all answers."""
    log_posterior = evidence.log_likelihood - THETA**2 / 2
    weights = np.exp(log_posterior - log_posterior.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    variances = weights @ THETA**2 - (weights @ THETA) ** 2
    parts = []
    for variance, ability, n in zip(variances, abilities, evidence.counts, strict=True):
        known = 1 - (ability.se or 0.0) ** 2
        parts.append(float(np.clip((1 - variance) / known, 0, 1)) if n and known > 0 else 0.0)
    return parts


def _share_estimates(mixture: ShareMixture, counts: Iterable[int], level: float, version: str) -> list[Estimate]:
    tail = (1 - level) / 2
    rows = zip(*mixture.moments(), mixture.quantiles(tail, 1 - tail), counts, strict=True)
    return [
        Estimate(float(value), float(sd), float(low), float(high), level, n, METHOD, version)
        for value, sd, (low, high), n in rows
    ]


def _ability_estimates(weights: Array, counts: Iterable[int], level: float, version: str) -> list[Estimate]:
    """Posterior mean, SD and central interval from the marginals on the grid."""
    tail = (1 - level) / 2
    means = weights @ THETA
    sds = np.sqrt(weights @ THETA**2 - means**2)
    # Distribution function at the nodes: trapezoid rule with its first correction (Euler-Maclaurin). On the normal
    # scale it is close to a line, so that reading between the nodes is exact to some 0.001.
    below = np.cumsum(weights, axis=-1) - weights / 2 - np.gradient(weights, axis=-1) / 12
    below = ndtri(np.clip(below, 1e-12, 1 - 1e-12))
    found = []
    for mean, sd, row, n in zip(means, sds, below, counts, strict=True):
        low, high = np.interp(ndtri([tail, 1 - tail]), row, THETA)
        found.append(Estimate(float(mean), float(sd), float(low), float(high), level, n, METHOD, version))
    return found


def _mix(scores: Sequence[SkillScore], weights: Mapping[str, float] | None) -> Array:
    """Weights of the skills in the overall share, summing to 1; all 0 where none can be estimated."""
    chosen = np.array([float(score.n if weights is None else weights.get(score.skill, 0)) for score in scores])
    if not np.isfinite(chosen).all() or (chosen < 0).any():
        raise ValueError("weights of skills must be numbers of at least 0")
    mix = np.where([bool(score.share) for score in scores], chosen, 0.0)
    return np.asarray(mix / mix.sum() if mix.any() else mix)


def _overall(mix: Array, mixture: ShareMixture, posterior: Posterior, evidence: _Evidence) -> ShareMixture:
    """Distribution of the weighted mean of shares.

    One skill keeps its own mixture. Of several, mean and variance are matched: variances from the marginals,
    covariances from the normal approximation, Cov(f(x), g(y)) = Σ_k r^k / k! · E[f He_k] E[g He_k] over Hermite
    polynomials of the standardised abilities (Mehler's formula), k = 1..4.
    """
    if np.count_nonzero(mix) == 1:
        only = mix > 0
        return ShareMixture(mixture.weights[only], mixture.means[only], mixture.variances[only], mixture.floors[only])
    means, sds = mixture.moments()
    scale = np.sqrt(np.diagonal(posterior.covariance))
    correlation = posterior.covariance / np.outer(scale, scale)
    z = (THETA - posterior.mean[:, None]) / scale[:, None]
    density = np.exp(-0.5 * z**2)
    density /= density.sum(axis=-1, keepdims=True)
    parts = np.einsum("sg,sg,sgk->ks", density, evidence.means, hermevander(z, 4))
    covariance = np.zeros_like(correlation)
    factorial = 1.0
    for k in range(1, 5):
        factorial *= k
        covariance += correlation**k / factorial * np.outer(parts[k], parts[k])
    np.fill_diagonal(covariance, sds**2)
    variance = max(float(mix @ covariance @ mix), 0.0)
    return ShareMixture(
        np.ones((1, 1)), np.array([[mix @ means]]), np.array([[variance]]), np.array([mix @ evidence.floors])
    )
