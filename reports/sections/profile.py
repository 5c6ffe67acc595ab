"""One interval per skill."""

from __future__ import annotations

from reports.facts import FEW_QUESTIONS, ReportFacts
from reports.figures import as_json
from reports.sections.base import Data, Section


class Profile(Section):
    """Skills stand in the order of the taxonomy: the same for everybody, so that reports compare."""

    slug = "profile"
    title = "Skill profile"

    def build(self, facts: ReportFacts) -> Data | None:
        if not facts.skills:
            return None
        return {
            "level": facts.method.level,
            "estimated": True,
            "provisional": facts.method.estimates.provisional,
            "overall": as_json(facts.overall),
            "skills": [
                {
                    "slug": skill.slug,
                    "title": skill.title,
                    "domain": skill.domain,
                    "measures": skill.measures,
                    "few": skill.share.n < FEW_QUESTIONS,
                    "borrowed": skill.borrowed,
                    **as_json(skill.share),
                }
                for skill in facts.skills
            ],
        }

    def for_candidate(self, data: Data) -> Data:
        names = ("level", "estimated", "provisional", "overall", "skills")
        return {key: data[key] for key in names if key in data}
