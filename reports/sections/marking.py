"""What people marked, how many of them, and how far they agreed."""

from __future__ import annotations

from assessments.agreement import AGREE_WITHIN
from reports.facts import ReportFacts
from reports.sections.base import Data, Section


class Marking(Section):
    slug = "marking"
    title = "Marked by people"

    def build(self, facts: ReportFacts) -> Data | None:
        marking = facts.marking
        if marking is None:
            return None
        return {
            "answers": marking.answers,
            "waiting": marking.waiting,
            "people": marking.people,
            "needed": marking.needed,
            "doubly": marking.doubly,
            "agreed": marking.agreed,
            "settled": marking.settled,
            "within": AGREE_WITHIN,
        }

    def for_candidate(self, data: Data) -> Data:
        """All of it: counts of people and answers, nothing of a single one."""
        return {key: value for key, value in data.items() if key in _OPEN}


_OPEN = frozenset({"answers", "waiting", "people", "needed", "doubly", "agreed", "settled", "within"})
