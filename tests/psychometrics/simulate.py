"""Made-up persons and items for simulations: everything from a seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from psychometrics.items import Item, prior_item

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """One simulated person who met items drawn from their priors."""

    answers: dict[str, float]
    theta: dict[str, float]
    shares: dict[str, float]
    overall: float


def prior_bank(skills: int, live: int) -> list[Item]:
    """``live`` items per skill over three difficulty bands; two of three may be guessed."""
    return [
        prior_item(f"{skill}-{number}", f"skill {skill}", 1 + number % 3, chance=(0.25, 0.0, 0.2)[number % 3])
        for skill in range(skills)
        for number in range(live)
    ]


def cases(items: list[Item], asked: int, *, correlation: float, count: int, seed: int) -> Iterator[Case]:
    """Persons with correlated abilities, each with true item parameters drawn anew from the priors."""
    rng = np.random.default_rng(seed)
    skills = list(dict.fromkeys(item.skill for item in items))
    together = np.full((len(skills), len(skills)), correlation) + (1 - correlation) * np.eye(len(skills))
    root = np.linalg.cholesky(together)
    place = np.array([skills.index(item.skill) for item in items])
    a0, sa, b0, sb, c = np.array(
        [(i.log_slope, i.log_slope_sd, i.difficulty, i.difficulty_sd, i.chance) for i in items]
    ).T
    for _ in range(count):
        theta = root @ rng.standard_normal(len(skills))
        slope = np.exp(a0 + sa * rng.standard_normal(len(items)))
        difficulty = b0 + sb * rng.standard_normal(len(items))
        right = c + (1 - c) / (1 + np.exp(-slope * (theta[place] - difficulty)))
        chosen = np.concatenate(
            [rng.choice(np.flatnonzero(place == skill), asked, replace=False) for skill in range(len(skills))]
        )
        answers = {items[index].name: float(rng.random() < right[index]) for index in chosen}
        shares = [float(right[place == skill].mean()) for skill in range(len(skills))]
        yield Case(
            answers,
            dict(zip(skills, map(float, theta), strict=True)),
            dict(zip(skills, shares, strict=True)),
            float(np.mean(shares)),
        )
