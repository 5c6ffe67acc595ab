"""Questions to ask in the interview: from the authors of the questions that were missed in the weak skills."""

from __future__ import annotations

from collections.abc import Sequence

from reports.facts import MISSED, QuestionFacts, ReportFacts
from reports.figures import as_json
from reports.sections.base import Data, Section
from reports.verdicts import Kind, Verdict, lowest_first, verdicts, weak_skills

MAX_SKILLS = 6
MAX_OTHERS = 3
"""Where no skill is weak: so many skills in which something was missed."""
PER_SKILL = 2


class Interview(Section):
    slug = "interview"
    title = "For the interview"

    def build(self, facts: ReportFacts) -> Data | None:
        weak = _with_questions(facts, weak_skills(facts))
        others = [] if weak else _with_questions(facts, lowest_first(verdicts(facts)))
        return {"skills": weak[:MAX_SKILLS] or others[:MAX_OTHERS], "weak": bool(weak)}

    def for_candidate(self, data: Data) -> None:
        return None


def _with_questions(facts: ReportFacts, said: Sequence[Verdict]) -> list[Data]:
    """The skills that somebody wrote a follow-up for, among the questions that were missed."""
    found = [(verdict, _follow_ups(facts.of_skill(verdict.skill.slug))) for verdict in said]
    return [
        {
            "title": verdict.skill.title,
            "certain": verdict.kind is Kind.GAP,
            "questions": questions,
            **as_json(verdict.skill.share),
        }
        for verdict, questions in found
        if questions
    ]


def _follow_ups(questions: Sequence[QuestionFacts]) -> list[Data]:
    """At most two: questions answered wrongly before partly right, skipped and unreached ones, easier ones first."""
    missed = [question for question in questions if question.outcome in MISSED and question.follow_up.strip()]
    ordered = sorted(missed, key=lambda q: (MISSED.index(q.outcome), q.difficulty, q.position))
    return [
        {"text": q.follow_up, "topic": q.topic, "position": q.position, "outcome": q.outcome}
        for q in ordered[:PER_SKILL]
    ]
