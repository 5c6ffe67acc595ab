"""How this score was made. Time allowances are not part of it: they are nobody else's business."""

from __future__ import annotations

from collections import Counter

from reports.facts import SETTLED_ANSWERS, ReportFacts
from reports.sections.base import Data, Section


class Method(Section):
    slug = "method"
    title = "How this score was made"

    def build(self, facts: ReportFacts) -> Data:
        method = facts.method
        by_difficulty = Counter(question.difficulty for question in facts.counted)
        return {
            "assessment": method.assessment,
            "version": method.version,
            "asked": len(facts.questions),
            "counted": len(facts.counted),
            "on_trial": len(facts.questions) - len(facts.counted),
            "waiting": sum(question.mark is None for question in facts.counted),
            "skills": len(facts.skills),
            "difficulties": [{"label": label, "n": by_difficulty[level]} for level, label in method.difficulties],
            "rule": method.rule,
            "rule_version": method.rule_version,
            "explanation": method.explanation,
            "level": method.level,
            "estimates": {
                "method": method.estimates.method,
                "parameters": method.estimates.parameters,
                "provisional": method.estimates.provisional,
                "settled": method.estimates.settled,
                "settled_from": SETTLED_ANSWERS,
                "correlation_known": method.estimates.correlation_known,
            },
            "ended_by": facts.time.ended_by,
            "submitted_on": method.submitted_at.date().isoformat() if method.submitted_at else None,
            "score_number": method.score_number,
            "scored_on": method.scored_at.date().isoformat(),
            "reason": method.score_reason if method.score_number > 1 else "",
        }

    def for_candidate(self, data: Data) -> Data:
        """All but the reason of a new scoring, which may speak about a question."""
        return {**{key: value for key, value in data.items() if key in _OPEN}, "reason": ""}


_OPEN = frozenset(
    {
        "assessment", "version", "asked", "counted", "on_trial", "waiting", "skills", "difficulties", "rule",
        "rule_version", "explanation", "level", "estimates", "ended_by", "submitted_on", "score_number",
        "scored_on",
    }
)  # fmt: skip
