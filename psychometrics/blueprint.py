"""What a set of questions will be able to tell, before anybody has answered it.

Information of items and tests, and for a blueprint over skills the expected width of the interval of a share, at the
cut and elsewhere, and the expected reliability: "12 questions give ±14 points at the cut; 20 give ±11".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from psychometrics.bank import THETA, Bank
from psychometrics.estimates import Array, check_level
from psychometrics.items import Item, category_probabilities
from psychometrics.profile import CORRELATION, Correlation, correlation_matrix

METHOD = "expected-information/1"


def information(items: Sequence[Item], theta: Array) -> Array:
    """Fisher information of each item about theta; (items, theta). Their sum is the test's; its error 1 / √sum.

    (dP/dtheta)² / (P (1 - P)) for right or wrong, a² Var(category) for partial credit, at the items' mean parameters.

    Sources: Birnbaum (1968); Muraki (1993), "Information functions of the generalized partial credit model", Applied
    Psychological Measurement 17, 351-363.
    """
    rows = []
    for item in items:
        p = category_probabilities(theta, np.array(item.slope), np.array(item.difficulty), item.chance, item.steps)
        if item.steps:
            level = np.arange(len(p))
            rows.append(item.slope**2 * (level**2 @ p - (level @ p) ** 2))
        else:
            logistic = (p[1] - item.chance) / (1 - item.chance)
            slope = (1 - item.chance) * item.slope * logistic * (1 - logistic)
            rows.append(slope**2 / np.maximum(p[1] * p[0], 1e-300))
    return np.array(rows).reshape(len(items), len(theta))


@dataclass(frozen=True, slots=True)
class Expected:
    """What a blueprint is expected to tell of one skill, or of the whole (``skill`` empty).

    n: questions. reliability: expected share of the variance of ability (of the overall share, for the whole) that
    the answers explain, in [0, 1]. half_width: of the share's interval, averaged over persons. at_cut: the same for
    persons at the cut; None without one. All shares in [0, 1]; ``level``: probability of the interval.
    """

    skill: str
    n: int
    reliability: float
    half_width: float
    at_cut: float | None
    level: float
    method: str
    version: str
    reason: str = ""


def expected_precision(
    counts: Mapping[str, int],
    bank: Bank,
    *,
    correlation: Correlation = CORRELATION,
    cut: float | None = None,
    level: float = 0.90,
) -> tuple[tuple[Expected, ...], Expected]:
    """Of each skill, and of the whole, for so many questions drawn at random from each skill's live ones.

    Method: an average live item's information (with the error of its parameters) times their number gives the
    information on each skill at an ability; the prior over correlated skills is added to it at an equal ability on
    all skills; the interval is ± z · SD of the share to first order, with what the other live items do not let be
    known. An approximation for planning: agrees with the mean half width of simulated profiles within about 2 points.

    Args:
        counts: questions per skill. cut: overall share to pass.

    Returns:
        Expectations per skill in the order of ``counts``, and of the whole, weighted by the counts.

    Raises:
        ValueError: no questions at all, a negative count, or a skill without live items.
    """
    check_level(level)
    asked = {skill: count for skill, count in counts.items() if count}
    if not asked or min(asked.values()) < 0:
        raise ValueError("a blueprint needs at least one question, and no negative numbers of them")
    for skill in asked:
        if skill not in bank.live:
            raise ValueError(f"skill {skill} has no live questions")
    z = float(ndtri((1 + level) / 2))
    plan = _Plan.of(asked, bank, correlation_matrix(correlation, len(asked)))
    population = np.exp(-(THETA**2) / 2)
    population /= population.sum()
    near_cut = None
    if cut is not None:
        near_cut = int(np.argmin(np.abs(plan.mix @ plan.shares - cut)))
    skills = tuple(
        Expected(
            skill,
            count,
            float(1 - population @ plan.ability_variance[index]),
            float(z * population @ plan.share_sd[index]),
            None if near_cut is None else float(z * plan.share_sd[index, near_cut]),
            level,
            METHOD,
            bank.version,
        )
        for index, (skill, count) in enumerate(asked.items())
    )
    mean = plan.mix @ plan.shares
    spread = population @ mean**2 - (population @ mean) ** 2
    within = population @ plan.overall_sd**2
    whole = Expected(
        "",
        sum(asked.values()),
        float(spread / (spread + within)),
        float(z * population @ plan.overall_sd),
        None if near_cut is None else float(z * plan.overall_sd[near_cut]),
        level,
        METHOD,
        bank.version,
    )
    return skills, whole


@dataclass(frozen=True, slots=True)
class _Plan:
    """On the ability grid. shares, share_sd, ability_variance: (skills, G). overall_sd: (G,). mix: (skills,)."""

    shares: Array
    share_sd: Array
    ability_variance: Array
    overall_sd: Array
    mix: Array

    @classmethod
    def of(cls, asked: Mapping[str, int], bank: Bank, correlation: Array) -> _Plan:
        mix = np.array(list(asked.values()), dtype=float)
        mix /= mix.sum()
        live = [bank.live[skill] for skill in asked]
        shares = np.array([one.mean / one.count for one in live])
        unsure = np.array([one.variance / one.count**2 for one in live])
        slopes = np.gradient(shares, THETA, axis=1)
        known = np.array([count * _average_information(skill, bank) for skill, count in asked.items()])  # (skills, G)
        inverse = np.linalg.inv(correlation)
        precision = inverse + np.eye(len(mix)) * known.T[:, None, :]
        covariance = np.linalg.inv(precision)  # (G, skills, skills)
        ability = np.diagonal(covariance, axis1=1, axis2=2).T
        share_sd = np.sqrt(slopes**2 * ability + unsure)
        pull = (mix[:, None] * slopes).T
        overall = np.einsum("gs,gst,gt->g", pull, covariance, pull) + mix**2 @ unsure
        return cls(shares, share_sd, ability, np.sqrt(overall), mix)


def _average_information(skill: str, bank: Bank) -> Array:
    """Mean over the skill's live items of the information of the effective response function."""
    found = []
    for name, item in bank.items.items():
        if item.live and item.skill == skill:
            p = bank.curves[name].likelihood
            change = np.gradient(p, THETA, axis=1)
            found.append((change**2 / np.maximum(p, 1e-12)).sum(axis=0))
    return np.asarray(np.mean(found, axis=0))
