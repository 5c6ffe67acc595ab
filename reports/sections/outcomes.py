"""Right, partly right, wrong, skipped and not reached, told apart."""

from __future__ import annotations

from collections.abc import Sequence

from reports.facts import OUTCOMES, QuestionFacts, ReportFacts, outcome_counts
from reports.figures import gist
from reports.sections.base import Data, Section


class Outcomes(Section):
    slug = "outcomes"
    title = "Outcomes"

    def build(self, facts: ReportFacts) -> Data | None:
        if not facts.counted:
            return None
        return {
            "total": _counts(facts.counted),
            "sections": _by_section(facts),
            "skills": [{"title": skill.title, **_counts(facts.of_skill(skill.slug))} for skill in facts.skills],
            "questions": _questions(facts),
            "unreached_left_out": facts.method.unreached_left_out,
        }

    def for_candidate(self, data: Data) -> Data:
        names = ("total", "sections", "skills", "unreached_left_out")
        return {key: data[key] for key in names if key in data}


def _counts(questions: Sequence[QuestionFacts]) -> Data:
    return {"n": len(questions), "counts": outcome_counts(questions)}


def _by_section(facts: ReportFacts) -> list[Data]:
    """Sections of the test, where it has several."""
    titles = facts.method.section_titles
    if len(titles) < 2:
        return []
    return [
        {"title": title, **_counts([question for question in facts.counted if question.section == index])}
        for index, title in enumerate(titles)
    ]


def _questions(facts: ReportFacts) -> list[Data]:
    """All counted questions, by outcome and then by position."""
    ordered = sorted(facts.counted, key=lambda q: (OUTCOMES.index(q.outcome), q.position))
    return [_question(facts, question) for question in ordered]


def _question(facts: ReportFacts, question: QuestionFacts) -> Data:
    seconds = None if question.seconds is None else question.seconds / facts.time.stretch
    return {
        "position": question.position,
        "outcome": question.outcome,
        "skill": facts.skill_titles.get(question.skill, question.skill),
        "topic": question.topic,
        "difficulty": facts.difficulty_labels[question.difficulty],
        "mark": question.mark,
        "seconds": seconds,
        "stem": gist(question.stem),
    }
