"""Where to learn more: what the taxonomy recommends for the skills with the lowest shares."""

from __future__ import annotations

from reports.facts import ReportFacts
from reports.figures import as_json
from reports.sections.base import Data, Section
from reports.verdicts import Kind, weak_skills

MAX_SKILLS = 6
PER_SKILL = 3


class Learning(Section):
    slug = "learning"
    title = "Where to learn"

    def build(self, facts: ReportFacts) -> Data | None:
        return {
            "skills": [
                {
                    "title": said.skill.title,
                    "measures": said.skill.measures,
                    "certain": said.kind is Kind.GAP,
                    "resources": _resources(facts, said.skill.slug),
                    **as_json(said.skill.share),
                }
                for said in weak_skills(facts)[:MAX_SKILLS]
            ]
        }

    def for_candidate(self, data: Data) -> Data:
        return {"skills": data["skills"]}


def _resources(facts: ReportFacts, slug: str) -> list[Data]:
    found = [resource for resource in facts.resources if slug in resource.skills]
    return [{"title": r.title, "by": r.by, "kind": r.kind, "why": r.why} for r in found[:PER_SKILL]]
