"""What every scoring rule offers. Pure Python: no Django, no database."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from psychometrics.intervals import ShareEstimate


class RuleConfig(BaseModel):
    """Base of a rule's configuration; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One counted question of an attempt: its skill, its difficulty 1..3, its mark 0..1, and whether it was opened."""

    skill: str
    difficulty: int
    mark: float
    reached: bool = True


@dataclass(frozen=True, slots=True)
class SkillResult:
    """What a rule says of one skill."""

    skill: str
    points: float
    estimate: ShareEstimate


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What a rule says of an attempt."""

    points: float
    estimate: ShareEstimate
    skills: tuple[SkillResult, ...]


class ScoringRule(ABC):
    """Combines marks into skill scores and an overall score. One file here, one line in ``rules/__init__.py``.

    ``version`` changes whenever the same marks would give another result.
    """

    slug: ClassVar[str]
    label: ClassVar[str]
    version: ClassVar[int]
    config_model: ClassVar[type[RuleConfig]] = RuleConfig

    def leaves_out_unreached(self, config: Any) -> bool:
        """Does a question that was never opened count neither for nor against the person?"""
        return False

    @abstractmethod
    def combine(self, items: Sequence[ItemResult], config: Any) -> RuleResult:
        """Skill scores in the order in which skills first appear, and the overall score."""

    @abstractmethod
    def explain(self, config: Any) -> str:
        """How the score is made, in words for the people who read the report."""
