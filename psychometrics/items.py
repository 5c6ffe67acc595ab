"""What is known of an item: its parameters, and how sure they are.

Ability theta has mean 0 and standard deviation 1 in the reference population; the metric is logistic (D = 1).

Right or wrong (no ``steps``), with slope a, difficulty b and lower asymptote c:

    P(right | theta) = c + (1 - c) / (1 + exp(-a (theta - b)))

Partial credit in m steps (generalised partial credit), category k = 0..m worth the mark k/m:

    P(k | theta) is proportional to exp(sum over j = 1..k of a (theta - b - step_j))

c is fixed and never estimated: at the sample sizes of a question bank it is not identified.

Sources: Birnbaum (1968), in Lord & Novick, "Statistical theories of mental test scores"; Muraki (1992),
"A generalized partial credit model", Applied Psychological Measurement 16, 159-176.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from psychometrics.estimates import Array

#: Where questions of difficulty band 1 (easy), 2 and 3 (hard) are taken to lie before there is data.
BAND_DIFFICULTY = {1: -1.0, 2: 0.0, 3: 1.0}
#: How far a question may lie from its band: authors' ratings agree with the truth only moderately.
BAND_SD = 0.7
#: Spread of log slopes before there is data, around slope 1.
LOG_SLOPE_SD = 0.35


@dataclass(frozen=True, slots=True)
class Item:
    """An item's parameters as a normal distribution over (log slope, difficulty), and what it belongs to.

    name: unique in its bank. skill: what it measures.
    log_slope, difficulty: means. log_slope_sd, difficulty_sd: how sure they are; 0 = known exactly.
    correlation: between the errors of the two. chance: lower asymptote c in [0, 1).
    steps: offsets step_1..step_m of partial credit, summing to 0; empty for right or wrong.
    live: counts in "the share of the skill's live questions"; an item that is not live may still be answered.
    n: answers behind the parameters; 0 = prior only.

    Raises:
        ValueError: a parameter outside its range, naming the item.
    """

    name: str
    skill: str = ""
    log_slope: float = 0.0
    difficulty: float = 0.0
    log_slope_sd: float = 0.0
    difficulty_sd: float = 0.0
    correlation: float = 0.0
    chance: float = 0.0
    steps: tuple[float, ...] = ()
    live: bool = True
    n: int = 0

    def __post_init__(self) -> None:
        numbers = (self.log_slope, self.difficulty, self.log_slope_sd, self.difficulty_sd, *self.steps)
        if not all(math.isfinite(number) for number in numbers):
            raise ValueError(f"item {self.name}: parameters must be finite numbers")
        if self.log_slope_sd < 0 or self.difficulty_sd < 0:
            raise ValueError(f"item {self.name}: standard deviations cannot be negative")
        if not -1 <= self.correlation <= 1:
            raise ValueError(f"item {self.name}: correlation must lie between -1 and 1, got {self.correlation}")
        if not 0 <= self.chance < 1:
            raise ValueError(f"item {self.name}: chance must be at least 0 and below 1, got {self.chance}")
        if self.steps and self.chance:
            raise ValueError(f"item {self.name}: partial credit in steps has no lower asymptote")
        if len(self.steps) == 1:
            raise ValueError(f"item {self.name}: one step is right or wrong; leave steps empty")

    @property
    def slope(self) -> float:
        """Median slope a."""
        return math.exp(self.log_slope)

    @property
    def curve(self) -> tuple[float | tuple[float, ...], ...]:
        """What the response function depends on; items with equal curves share their tables."""
        return (
            self.log_slope,
            self.difficulty,
            self.log_slope_sd,
            self.difficulty_sd,
            self.correlation,
            self.chance,
            self.steps,
        )


def prior_item(name: str, skill: str, band: int, *, chance: float = 0.0, live: bool = True) -> Item:
    """An item before any answer: b ~ N(band mean, 0.7²), log a ~ N(0, 0.35²), c at the chance level of its type.

    Args:
        band: 1 easy, 2 medium, 3 hard.
        chance: expected mark of a blind guess, e.g. 1 / options for one right option; 0 where there is no guessing.

    Raises:
        ValueError: an unknown band, or chance outside [0, 1).

    Source: Mislevy (1986), "Bayes modal estimation in item response models", Psychometrika 51, 177-195 (priors);
    authors' ratings are prior means with honest variance, never data.
    """
    if band not in BAND_DIFFICULTY:
        raise ValueError(f"item {name}: difficulty band must be one of 1, 2, 3, got {band}")
    return Item(
        name,
        skill,
        difficulty=BAND_DIFFICULTY[band],
        log_slope_sd=LOG_SLOPE_SD,
        difficulty_sd=BAND_SD,
        chance=chance,
        live=live,
    )


def category_probabilities(
    theta: Array, slope: Array, difficulty: Array, chance: float, steps: tuple[float, ...]
) -> Array:
    """Probabilities of the categories 0..m at each theta.

    Args:
        theta, slope, difficulty: arrays that broadcast together to some shape.

    Returns:
        Array (m + 1, that shape); m = 1 without steps. Sums to 1 over the first axis.
    """
    if not steps:
        right = chance + (1 - chance) * expit(slope * (theta - difficulty))
        return np.stack([1 - right, right])
    advantage = slope * (theta - difficulty)
    exponents = np.stack(
        [
            count * advantage - slope * offset
            for count, offset in enumerate(np.concatenate([[0.0], np.cumsum(np.asarray(steps))]))
        ]
    )
    exponents -= exponents.max(axis=0)
    weights = np.exp(exponents)
    return np.asarray(weights / weights.sum(axis=0))
