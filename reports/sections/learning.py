"""Where to learn more: what the taxonomy recommends for the weak skills, in an order that the section states.

Where the assessment belongs to a job role, skills that matter more in it come first; within one weight, and
where there is no role, gaps come before the rest, then the lowest share.
"""

from __future__ import annotations

from reports.facts import ReportFacts
from reports.figures import as_json
from reports.sections.base import Data, Section
from reports.verdicts import Kind, Verdict, weak_skills

MAX_SKILLS = 6
PER_SKILL = 3
WEIGHTS = {3: "central", 2: "regular", 1: "useful"}
"""The weights of `question_bank.models.RoleWeight` in words."""


class Learning(Section):
    slug = "learning"
    title = "Where to learn"

    def build(self, facts: ReportFacts) -> Data | None:
        return {
            "role": facts.role,
            "skills": [
                {
                    "title": said.skill.title,
                    "measures": said.skill.measures,
                    "certain": said.kind is Kind.GAP,
                    "weight": WEIGHTS.get(said.skill.weight, ""),
                    "resources": _resources(facts, said.skill.slug),
                    **as_json(said.skill.share),
                }
                for said in in_order(weak_skills(facts))[:MAX_SKILLS]
            ],
        }

    def for_candidate(self, data: Data) -> Data:
        return {"role": data.get("role", ""), "skills": data["skills"]}


def in_order(weak: list[Verdict]) -> list[Verdict]:
    """The heaviest in the role first; equal weights keep their order."""
    return sorted(weak, key=lambda said: -said.skill.weight)


def _resources(facts: ReportFacts, slug: str) -> list[Data]:
    found = [resource for resource in facts.resources if slug in resource.skills]
    return [{"title": r.title, "by": r.by, "kind": r.kind, "why": r.why} for r in found[:PER_SKILL]]
