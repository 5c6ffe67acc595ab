"""The ready-made assessments: derived from the taxonomy, published for everybody, idempotent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from assessments.models import Assessment
from assessments.services.publish import publish
from question_bank.models import JobRole
from question_bank.taxonomy import Taxonomy

CORE_DOMAIN = "mlops-core"
DIFFICULTY_MIX = {1: 0.30, 2: 0.45, 3: 0.25}
ROLE_QUESTIONS, ROLE_MINUTES = 20, 40
CORE_PER_SKILL, CORE_MINUTES = 2, 40
# Of a single skill, by difficulty: a third of what the bank has of it, so that two sittings differ.
SKILL_MIX, SKILL_MINUTES = {1: 3, 2: 6, 3: 3}, 30
# Of the other domains: few skills get more questions each, so that each domain fills a sitting.
DOMAIN_QUESTIONS, DOMAIN_MINUTES_PER_QUESTION = 20, 1.75
DOMAIN_MOST_PER_SKILL = 4
TASTER_SKILLS, TASTER_MINUTES = 10, 20


@dataclass(frozen=True, slots=True)
class ReadyMade:
    """One assessment of the library."""

    slug: str
    title: str
    summary: str
    group: str
    definition: dict[str, Any]
    role: str | None = None


def apportion(weights: Mapping[Any, float], total: int) -> dict[Any, int]:
    """Split ``total`` in proportion to the weights by largest remainders; parts of 0 are left out.

    Ties go to the earlier entry, so the same weights always give the same parts.
    """
    whole = sum(weights.values())
    exact = {key: total * weight / whole for key, weight in weights.items()}
    parts = {key: int(share) for key, share in exact.items()}
    by_remainder = sorted(exact, key=lambda key: (parts[key] - exact[key], list(exact).index(key)))
    for key in by_remainder[: total - sum(parts.values())]:
        parts[key] += 1
    return {key: part for key, part in parts.items() if part}


def listed(titles: list[str]) -> str:
    """ "A", "A and B", "A, B and C": titles in the middle of a sentence keep their own capitals."""
    return " and ".join([", ".join(titles[:-1]), titles[-1]]) if len(titles) > 1 else titles[0]


def ready_made(taxonomy: Taxonomy) -> Iterator[ReadyMade]:
    """The core assessment, one per other domain, one per role, one per core skill, and a taster."""
    core = next(domain for domain in taxonomy.domains if domain.slug == CORE_DOMAIN).skills
    yield ReadyMade(
        slug="mlops-core",
        title="MLOps core",
        summary=f"All {len(core)} core skills, {CORE_PER_SKILL} questions each: the profile of a generalist.",
        group="core",
        definition=_definition({skill.slug: CORE_PER_SKILL for skill in core}, CORE_MINUTES),
    )
    for domain in taxonomy.domains:
        if domain.slug == CORE_DOMAIN:
            continue
        skills = [skill.slug for skill in domain.skills]
        counts = apportion(dict.fromkeys(skills, 1), min(DOMAIN_QUESTIONS, DOMAIN_MOST_PER_SKILL * len(skills)))
        yield ReadyMade(
            slug=f"domain-{domain.slug}",
            title=domain.title,
            summary=f"{len(skills)} skills: {listed([skill.title for skill in domain.skills])}.",
            group="domain",
            definition=_definition(counts, round(sum(counts.values()) * DOMAIN_MINUTES_PER_QUESTION)),
        )
    for role in taxonomy.roles:
        yield ReadyMade(
            slug=f"role-{role.slug}",
            title=role.title,
            summary=f"For a person who {role.does}.",
            group="role",
            definition=_definition(apportion(role.weights, ROLE_QUESTIONS), ROLE_MINUTES),
            role=role.slug,
        )
    for skill in core:
        yield ReadyMade(
            slug=f"skill-{skill.slug}",
            title=skill.title,
            summary=f"One skill on its own: {skill.measures}.",
            group="skill",
            definition=_of_lines({(skill.slug, level): count for level, count in SKILL_MIX.items()}, SKILL_MINUTES),
        )
    yield ReadyMade(
        slug="taster",
        title="Taster",
        summary="Ten questions on ten core skills, to see what an assessment is like.",
        group="taster",
        definition=_definition({skill.slug: 1 for skill in core[:TASTER_SKILLS]}, TASTER_MINUTES, retake_after_days=0),
    )


def spread_difficulties(counts: Mapping[str, int]) -> dict[tuple[str, int], int]:
    """Give each question of each skill a difficulty, so that the whole test comes out near `DIFFICULTY_MIX`.

    One question after the other takes the difficulty that is furthest behind its share so far; with two
    questions a skill this gives every third skill or so an advanced one, where rounding within each skill
    would give none at all.
    """
    lines: dict[tuple[str, int], int] = {}
    given = dict.fromkeys(DIFFICULTY_MIX, 0)
    for skill, count in counts.items():
        for _ in range(count):
            asked = sum(given.values()) + 1
            level = max(DIFFICULTY_MIX, key=lambda level: DIFFICULTY_MIX[level] * asked - given[level])
            given[level] += 1
            lines[skill, level] = lines.get((skill, level), 0) + 1
    return lines


def _definition(counts: Mapping[str, int], minutes: int, **more: Any) -> dict[str, Any]:
    return _of_lines(spread_difficulties(counts), minutes, **more)


def _of_lines(lines: Mapping[tuple[str, int], int], minutes: int, **more: Any) -> dict[str, Any]:
    blueprint = [
        {"skill": skill, "difficulty": difficulty, "count": count} for (skill, difficulty), count in lines.items()
    ]
    return {"time_limit_minutes": minutes, "sections": [{"blueprint": blueprint}], **more}


@transaction.atomic
def load_library(taxonomy: Taxonomy) -> list[str]:
    """Create, reword and publish the ready-made assessments; returns the slugs that got a new version.

    Raises:
        NotPossible: the bank cannot fill one of them.
    """
    roles = {role.slug: role for role in JobRole.objects.all()}
    changed = []
    for position, entry in enumerate(ready_made(taxonomy)):
        fields = {
            "title": entry.title,
            "summary": entry.summary,
            "group": entry.group,
            "position": position,
            "role": roles[entry.role] if entry.role else None,
            "open_to_all": True,
        }
        assessment, created = Assessment.objects.update_or_create(
            organisation=None, slug=entry.slug, defaults=fields, create_defaults={**fields, "draft": entry.definition}
        )
        assessment.draft = entry.definition
        if created or assessment.published is None or assessment.published.loaded() != assessment.draft_definition():
            assessment.save(update_fields=["draft"])
            publish(assessment=assessment, by=None)
            changed.append(entry.slug)
    return changed
