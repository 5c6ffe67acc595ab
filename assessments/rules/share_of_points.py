"""Share of points: every counted question is worth one point, wherever it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from assessments.rules.base import ItemResult, RuleConfig, RuleResult, ScoringRule, SkillResult
from psychometrics.intervals import wilson


class ShareOfPointsConfig(RuleConfig):
    """``level``: probability of the intervals. ``unreached``: what becomes of questions that were never opened."""

    level: Annotated[float, Field(ge=0.5, le=0.99)] = 0.90
    unreached: Literal["no_points", "left_out"] = "no_points"


class ShareOfPoints(ScoringRule):
    slug = "share_of_points"
    label = "Share of points"
    version = 1
    config_model = ShareOfPointsConfig

    def leaves_out_unreached(self, config: ShareOfPointsConfig) -> bool:
        return config.unreached == "left_out"

    def combine(self, items: Sequence[ItemResult], config: ShareOfPointsConfig) -> RuleResult:
        if self.leaves_out_unreached(config):
            items = [item for item in items if item.reached]
        marks: dict[str, list[float]] = {}
        for item in items:
            marks.setdefault(item.skill, []).append(item.mark)
        skills = tuple(
            SkillResult(skill, sum(found), wilson(sum(found), len(found), config.level))
            for skill, found in marks.items()
        )
        total = sum(item.mark for item in items)
        return RuleResult(total, wilson(total, len(items), config.level), skills)

    def explain(self, config: ShareOfPointsConfig) -> str:
        unreached = (
            "a wrong or skipped one earns none, and one that was never opened is left out: it counts neither for nor "
            "against the person."
            if self.leaves_out_unreached(config)
            else "a wrong, skipped or unreached one earns none."
        )
        return (
            f"Every question is worth one point; a partly right answer earns part of it, {unreached} "
            "A skill's raw score is the share of its points, and so is the overall one. "
            "From the points and the difficulty of the questions asked, the report estimates which share of all "
            f"live questions on the skill the person would get right, with a {config.level * 100:.0f} % range. Few "
            "questions give a wide range."
        )
