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
            "overall": as_json(facts.overall),
            "skills": [
                {
                    "slug": skill.slug,
                    "title": skill.title,
                    "domain": skill.domain,
                    "measures": skill.measures,
                    "few": skill.share.n < FEW_QUESTIONS,
                    **as_json(skill.share),
                }
                for skill in facts.skills
            ],
        }

    def for_candidate(self, data: Data) -> Data:
        return {key: data[key] for key in ("level", "overall", "skills")}
