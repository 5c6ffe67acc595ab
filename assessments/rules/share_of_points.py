"""Share of points: every counted question is worth one point, wherever it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from assessments.rules.base import ItemResult, RuleConfig, RuleResult, ScoringRule, SkillResult
from psychometrics.intervals import wilson


class ShareOfPointsConfig(RuleConfig):
    """``level``: probability of the intervals."""

    level: Annotated[float, Field(ge=0.5, le=0.99)] = 0.90


class ShareOfPoints(ScoringRule):
    slug = "share_of_points"
    label = "Share of points"
    version = 1
    config_model = ShareOfPointsConfig

    def combine(self, items: Sequence[ItemResult], config: ShareOfPointsConfig) -> RuleResult:
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
        return (
            "Every question is worth one point; a partly right answer earns part of it, a wrong, skipped or "
            "unreached one earns none. A skill's raw score is the share of its points, and so is the overall one. "
            "From the points and the difficulty of the questions asked, the report estimates which share of all "
            f"live questions on the skill the person would get right, with a {config.level * 100:.0f} % range. Few "
            "questions give a wide range."
        )
