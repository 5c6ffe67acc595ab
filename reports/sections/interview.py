"""Questions to ask in the interview: from the authors of the questions that were missed in the weak skills."""

from __future__ import annotations

from collections.abc import Sequence

from reports.facts import MISSED, QuestionFacts, ReportFacts
from reports.figures import as_json
from reports.sections.base import Data, Section
from reports.verdicts import Kind, weak_skills

MAX_SKILLS = 6
PER_SKILL = 2


class Interview(Section):
    slug = "interview"
    title = "For the interview"

    def build(self, facts: ReportFacts) -> Data | None:
        skills = []
        for said in weak_skills(facts, limit=len(facts.skills)):
            questions = _follow_ups(facts.of_skill(said.skill.slug))
            if questions and len(skills) < MAX_SKILLS:
                skills.append(
                    {
                        "title": said.skill.title,
                        "certain": said.kind is Kind.GAP,
                        "questions": questions,
                        **as_json(said.skill.share),
                    }
                )
        return {"skills": skills}

    def for_candidate(self, data: Data) -> None:
        return None


def _follow_ups(questions: Sequence[QuestionFacts]) -> list[Data]:
    """At most two: questions answered wrongly before partly right, skipped and unreached ones, easier ones first."""
    missed = [question for question in questions if question.outcome in MISSED and question.follow_up.strip()]
    ordered = sorted(missed, key=lambda q: (MISSED.index(q.outcome), q.difficulty, q.position))
    return [
        {"text": q.follow_up, "topic": q.topic, "position": q.position, "outcome": q.outcome}
        for q in ordered[:PER_SKILL]
    ]
