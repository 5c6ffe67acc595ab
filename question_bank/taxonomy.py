"""Reads and checks ``content/taxonomy.yaml``. No database."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from question_bank.formats.pack import Slug

CONTENT = Path(__file__).parent / "content"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TaxonomySkill(_Strict):
    slug: Slug
    title: str
    measures: str
    topics: tuple[str, ...]


class TaxonomyDomain(_Strict):
    slug: Slug
    title: str
    skills: tuple[TaxonomySkill, ...]


class TaxonomyRole(_Strict):
    slug: Slug
    title: str
    does: str
    weights: dict[Slug, Annotated[int, Field(ge=1, le=3)]]


class TaxonomyResource(_Strict):
    title: str
    by: str
    kind: str
    skills: tuple[Slug, ...]
    why: str = ""


class Taxonomy(_Strict):
    """Domains with skills and topics, job roles with weights, learning resources."""

    domains: tuple[TaxonomyDomain, ...]
    roles: tuple[TaxonomyRole, ...]
    resources: tuple[TaxonomyResource, ...]

    @model_validator(mode="after")
    def _names_exist(self) -> Taxonomy:
        known = {skill.slug for domain in self.domains for skill in domain.skills}
        for role in self.roles:
            if unknown := set(role.weights) - known:
                raise ValueError(f"role {role.slug} weighs unknown skills: {', '.join(sorted(unknown))}")
        for resource in self.resources:
            if unknown := set(resource.skills) - known:
                raise ValueError(f"resource {resource.title!r} names unknown skills: {', '.join(sorted(unknown))}")
        return self


@lru_cache(maxsize=1)
def shipped_taxonomy() -> Taxonomy:
    """The taxonomy that the product ships."""
    return Taxonomy.model_validate(yaml.safe_load((CONTENT / "taxonomy.yaml").read_text(encoding="utf-8")))
