"""Time used. Shown, flagged where unusual, and never part of the score.

The hiring team sees times on the assessment's standard clock (`TimeFacts.stretch`); candidates see
their own minutes.
"""

from __future__ import annotations

from reports.facts import QuestionFacts, ReportFacts
from reports.sections.base import Data, Section

SHORT, LONG = 0.5, 1.5
"""Flags: below half of, or more than one and a half times, the time that the author expects."""


class Time(Section):
    slug = "time"
    title = "Time"

    def build(self, facts: ReportFacts) -> Data | None:
        stretch = facts.time.stretch
        allowed = facts.time.allowed
        own = {"used": facts.time.used, "allowed": allowed, "stretch": stretch}
        if allowed is not None or facts.time.standard is None:
            shown = allowed if allowed is None else allowed / stretch
        else:
            shown = facts.time.standard
        return {
            "used": facts.time.used / stretch,
            "allowed": shown,
            "ended_by": facts.time.ended_by,
            "short": SHORT,
            "long": LONG,
            "skills": _skills(facts),
            "questions": [_question(facts, question) for question in facts.counted],
            "own": own,
        }

    def for_candidate(self, data: Data) -> Data:
        own = data["own"]
        skills = [{**skill, "seconds": skill["seconds"] * own["stretch"]} for skill in data["skills"]]
        return {"used": own["used"], "allowed": own["allowed"], "ended_by": data["ended_by"], "skills": skills}


def _skills(facts: ReportFacts) -> list[Data]:
    """Time per skill over the questions that were seen, against the time that their authors expect."""
    rows = []
    for skill in facts.skills:
        seen = [question for question in facts.of_skill(skill.slug) if question.seconds is not None]
        rows.append(
            {
                "title": skill.title,
                "n": len(seen),
                "seconds": sum(question.seconds or 0.0 for question in seen) / facts.time.stretch,
                "expected": sum(question.expected_seconds for question in seen),
            }
        )
    return rows


def _question(facts: ReportFacts, question: QuestionFacts) -> Data:
    seconds = None if question.seconds is None else question.seconds / facts.time.stretch
    return {
        "position": question.position,
        "skill": facts.skill_titles.get(question.skill, question.skill),
        "seconds": seconds,
        "expected": question.expected_seconds,
        "flag": flag(seconds, question.expected_seconds),
    }


def flag(seconds: float | None, expected: float) -> str:
    """``longer``, ``shorter`` or nothing."""
    if seconds is None or expected <= 0:
        return ""
    if seconds > LONG * expected:
        return "longer"
    return "shorter" if seconds < SHORT * expected else ""
