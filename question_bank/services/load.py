"""Loading the taxonomy and packs: parse -> plan -> execute, idempotent by external id and content."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from accounts.models import Organisation, User
from question_bank.formats.pack import Pack, PackError, PackProblem, PackQuestion, parse_file
from question_bank.models import (
    Domain,
    JobRole,
    Question,
    QuestionEvent,
    QuestionVersion,
    Resource,
    RoleWeight,
    Skill,
    Topic,
)
from question_bank.taxonomy import CONTENT, Taxonomy


@dataclass(slots=True)
class LoadPlan:
    """What loading would do: external ids by what happens to them."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{len(self.new)} new, {len(self.changed)} changed, {len(self.unchanged)} unchanged"


@transaction.atomic
def load_taxonomy(taxonomy: Taxonomy) -> None:
    """Create or reword domains, skills, topics, roles and resources. Nothing that questions use is removed."""
    skills: dict[str, Skill] = {}
    for place, domain_data in enumerate(taxonomy.domains):
        domain, _ = Domain.objects.update_or_create(
            slug=domain_data.slug, defaults={"title": domain_data.title, "position": place}
        )
        for position, data in enumerate(domain_data.skills):
            skill, _ = Skill.objects.update_or_create(
                slug=data.slug,
                defaults={"domain": domain, "title": data.title, "measures": data.measures, "position": position},
            )
            skills[data.slug] = skill
            known = {topic.title: topic for topic in skill.topics.all()}
            for topic_position, title in enumerate(data.topics):
                if title not in known or known[title].position != topic_position:
                    Topic.objects.update_or_create(skill=skill, title=title, defaults={"position": topic_position})
    for place, role_data in enumerate(taxonomy.roles):
        role, _ = JobRole.objects.update_or_create(
            slug=role_data.slug, defaults={"title": role_data.title, "does": role_data.does, "position": place}
        )
        role.weights.exclude(skill__slug__in=role_data.weights).delete()
        RoleWeight.objects.bulk_create(
            [RoleWeight(role=role, skill=skills[slug], weight=weight) for slug, weight in role_data.weights.items()],
            update_conflicts=True,
            update_fields=["weight"],
            unique_fields=["role", "skill"],
        )
    for place, work in enumerate(taxonomy.resources):
        resource, _ = Resource.objects.update_or_create(
            title=work.title, by=work.by, defaults={"kind": work.kind, "why": work.why, "position": place}
        )
        resource.skills.set([skills[slug] for slug in work.skills])


def shipped_packs() -> list[Path]:
    """The files of the shipped bank, in a fixed order."""
    return sorted((CONTENT / "questions").glob("*/*.yaml"))


def parse_files(paths: Iterable[Path]) -> list[Pack]:
    """Parse several files.

    Raises:
        PackError: with the problems of all files together.
    """
    packs: list[Pack] = []
    problems: list[PackProblem] = []
    for path in paths:
        try:
            packs.append(parse_file(path))
        except PackError as error:
            problems += error.problems
    if problems:
        raise PackError(problems)
    return packs


@transaction.atomic
def load_packs(
    packs: Sequence[Pack],
    *,
    organisation: Organisation | None = None,
    actor: User | None = None,
    dry_run: bool = False,
) -> LoadPlan:
    """Bring packs into the bank of an organisation (None: the shipped library).

    A question that was last loaded with the same content is left alone, also where somebody has edited it
    since; another content becomes a new version.
    A question that was retired here stays retired.

    Raises:
        PackError: unknown skill or topic, or an id that belongs to another skill; nothing is loaded then.
    """
    topics = {(t.skill.slug, t.title): t for t in Topic.objects.select_related("skill")}
    skills = {skill.slug: skill for skill in Skill.objects.all()}
    asked = [question.id for pack in packs for question in pack.questions]
    existing = {
        question.external_id: question
        for question in Question.objects.select_for_update(of=("self",))
        .select_related("skill")
        .filter(organisation=organisation, external_id__in=asked)
    }
    loaded_hash = dict(
        QuestionVersion.objects.filter(question__in=existing.values(), from_file=True)
        .order_by("number")
        .values_list("question_id", "content_hash")
    )
    newest_number = dict(
        QuestionVersion.objects.filter(question__in=existing.values())
        .order_by("number")
        .values_list("question_id", "number")
    )
    _refuse_what_does_not_fit(packs, skills, topics, existing)
    plan = LoadPlan()
    for pack in packs:
        for item in pack.questions:
            question = existing.get(item.id)
            if question and loaded_hash.get(question.pk) == item.content_hash():
                plan.unchanged.append(item.id)
                continue
            (plan.changed if question else plan.new).append(item.id)
            if dry_run:
                continue
            if question is None:
                question = Question.objects.create(
                    organisation=organisation, external_id=item.id, skill=skills[pack.skill]
                )
            number = newest_number.get(question.pk, 0) + 1
            _add_version(question, item, number, topics[pack.skill, item.topic], actor)
    return plan


def _add_version(question: Question, item: PackQuestion, number: int, topic: Topic, actor: User | None) -> None:
    content = item.content()
    version = QuestionVersion.objects.create(
        question=question,
        number=number,
        type=item.type,
        topic=topic,
        difficulty=item.difficulty,
        expected_seconds=item.expected_seconds,
        stem=item.stem,
        payload=content["payload"],
        explanation=item.explanation,
        references=content["references"],
        interview_follow_up=item.interview_follow_up,
        author_name=item.author,
        author=actor,
        checked_on=item.checked_on,
        content_hash=item.content_hash(),
        from_file=True,
    )
    question.current = version
    if number == 1:
        question.status = item.status
    question.save(update_fields=["current", "status", "updated_at"])
    QuestionEvent.objects.create(question=question, kind="loaded", note=f"version {number}", actor=actor)


def _refuse_what_does_not_fit(
    packs: Sequence[Pack],
    skills: dict[str, Skill],
    topics: dict[tuple[str, str], Topic],
    existing: dict[str, Question],
) -> None:
    problems: list[PackProblem] = []
    seen: dict[str, str] = {}
    for pack in packs:
        if pack.skill not in skills:
            problems.append(PackProblem(pack.name, None, "", "skill", f"unknown skill {pack.skill!r}"))
            continue
        for item in pack.questions:
            if (pack.skill, item.topic) not in topics:
                known = "; ".join(title for slug, title in topics if slug == pack.skill)
                message = f"{item.topic!r} is no topic of {pack.skill}; known: {known}"
                problems.append(PackProblem(pack.name, None, item.id, "topic", message))
            if item.id in seen:
                problems.append(PackProblem(pack.name, None, item.id, "id", f"also in pack {seen[item.id]}"))
            seen[item.id] = pack.name
            there = existing.get(item.id)
            if there and there.skill.slug != pack.skill:
                message = f"is already a question on {there.skill.slug}"
                problems.append(PackProblem(pack.name, None, item.id, "skill", message))
    if problems:
        raise PackError(problems)
