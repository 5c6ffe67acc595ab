"""How the skills hang together: R of theta ~ N(0, R), estimated from answers.

EM: with each person's posterior mean m and covariance V from expectation propagation,

    R <- correlation matrix of (prior_persons * R0 + sum over persons of (m m' + V)) / (prior_persons + persons),

where R0 has the same correlation everywhere: as many made-up persons as ``prior_persons`` hold the estimate near it
until there are more real ones (an inverse-Wishart prior).

Sources: Dempster, Laird & Rubin (1977), Journal of the Royal Statistical Society B 39, 1-38; Adams, Wilson & Wang
(1997), "The multidimensional random coefficients multinomial logit model", Applied Psychological Measurement 21, 1-23.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from psychometrics.bank import THETA, Bank
from psychometrics.estimates import Array
from psychometrics.profile import CORRELATION, correlation_matrix
from psychometrics.propagation import propagate

METHOD = "em-correlation/1"
PRIOR_PERSONS = 50
_CHUNK = 256


@dataclass(frozen=True, slots=True)
class SkillCorrelations:
    """matrix: (skills, skills). together: persons who answered on both. n: persons."""

    skills: tuple[str, ...]
    matrix: Array
    together: Array
    n: int
    converged: bool
    method: str = METHOD


def estimate_correlations(
    persons: Sequence[Mapping[str, float]],
    bank: Bank,
    skills: Sequence[str],
    *,
    start: float = CORRELATION,
    prior_persons: float = PRIOR_PERSONS,
    most: int = 100,
) -> SkillCorrelations:
    """R over ``skills`` from many persons' answers (item name to mark).

    Without persons it is the start. Pairs that nobody answered together stay near it: ``together`` says how many did.

    Raises:
        ValueError: answers to items that are not in the bank or of other skills, or a start that is no correlation.
    """
    prior = correlation_matrix(float(start), len(skills))
    place = {skill: index for index, skill in enumerate(skills)}
    logs = np.zeros((len(persons), len(skills), len(THETA)), dtype=np.float32)
    seen = np.zeros((len(persons), len(skills)))
    for row, answers in enumerate(persons):
        for name, mark in answers.items():
            if name not in bank.items or bank.items[name].skill not in place:
                raise ValueError(f"item {name} is not in the bank under one of these skills")
            index = place[bank.items[name].skill]
            logs[row, index] += bank.curves[name].at(mark)[0]
            seen[row, index] = 1
    matrix, converged = prior, not len(persons)
    for _ in range(most if len(persons) else 0):
        total = prior_persons * prior
        for part in range(0, len(persons), _CHUNK):
            found = propagate(logs[part : part + _CHUNK].astype(float), matrix)
            total = total + np.einsum("ns,nt->st", found.mean, found.mean) + found.covariance.sum(axis=0)
        scale = np.sqrt(np.diagonal(total))
        after = total / np.outer(scale, scale)
        change = float(np.abs(after - matrix).max())
        matrix = after
        if change < 1e-4:
            converged = True
            break
    return SkillCorrelations(tuple(skills), matrix, seen.T @ seen, len(persons), converged)
