"""The registry of scoring rules. A new rule is one file here and one line below."""

from __future__ import annotations

from assessments.rules.base import ScoringRule
from assessments.rules.share_of_points import ShareOfPoints

RULES: dict[str, ScoringRule] = {rule.slug: rule for rule in (ShareOfPoints(),)}
