"""Loading the taxonomy and files of questions: parse -> plan -> execute, idempotent by name and content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from django.db import transaction

from accounts.models import Organisation, User
from question_bank.formats import format_of
from question_bank.formats.base import Defaults, Item, Parsed
from question_bank.formats.pack import Pack, PackError, PackProblem, parse_file
from question_bank.formats.source import Refused, Source
from question_bank.image_refs import names_in
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
from question_bank.services.images import pin_images, store_image
from question_bank.services.plan import Plan, What, make_plan
from question_bank.states import NEEDS_RELEASE, Status
from question_bank.taxonomy import CONTENT, Taxonomy


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


def read_source(source: Source, *, named: str = "", defaults: Defaults | None = None) -> Parsed:
    """What a file says, in the named or the recognised format.

    Raises:
        PackError: the file as a whole cannot be read.
    """
    try:
        return format_of(source, named).read(source, defaults or Defaults())
    except Refused as refused:
        raise PackError([PackProblem(source.name, refused.line, "", "", str(refused))]) from refused


def together(several: Iterable[Parsed]) -> Parsed:
    """What several files say as one."""
    whole = Parsed()
    for parsed in several:
        whole.items += parsed.items
        whole.refused += parsed.refused
        whole.lost += parsed.lost
        whole.pictures |= parsed.pictures
    return whole


def load_packs(
    packs: Sequence[Pack],
    *,
    organisation: Organisation | None = None,
    actor: User | None = None,
    dry_run: bool = False,
) -> Plan:
    """Bring packs into the bank of an organisation (None: the shipped library).

    Raises:
        PackError: unknown skill or topic, or an id that belongs to another skill; nothing is loaded then.
    """
    items = [Item(question, pack.skill, pack.name) for pack in packs for question in pack.questions]
    plan = make_plan(Parsed(items=items), organisation=organisation)
    if plan.problems:
        raise PackError(plan.problems)
    if not dry_run:
        load_planned(plan, organisation=organisation, actor=actor, trusted=True)
    return plan


@transaction.atomic
def load_planned(plan: Plan, *, organisation: Organisation | None, actor: User | None, trusted: bool) -> None:
    """Do what a plan says. Doing it twice, or while somebody else does, adds nothing.

    ``trusted``: a new question gets the status that its file says, and a new version is drawn at once; that is for
    operators, whose files were reviewed elsewhere. Otherwise new questions are drafts, and what is drawn stays
    until somebody else releases the new version.
    """
    wanted = {row.name for row in plan.rows if row.what in {What.NEW, What.CHANGED}}
    items = [item for item in plan.items if item.question.id in wanted]
    if items:
        _Loading(items, plan.pictures, organisation, actor, trusted).run()
    _keep_accepted(plan.items, organisation)


def _keep_accepted(items: Sequence[Item], organisation: Organisation | None) -> None:
    """Findings that a file accepts are accepted here, too, beside those that somebody accepted by hand."""
    said = {item.question.id: dict(item.question.lint_allow) for item in items if item.question.lint_allow}
    for question in Question.objects.filter(organisation=organisation, external_id__in=said):
        merged = question.lint_allow | said[question.external_id]
        if merged != question.lint_allow:
            Question.objects.filter(pk=question.pk).update(lint_allow=merged, linted_at=None)


class _Loading:
    """Writes questions and versions with a fixed number of look-ups before."""

    def __init__(
        self,
        items: Sequence[Item],
        pictures: Mapping[str, bytes],
        organisation: Organisation | None,
        actor: User | None,
        trusted: bool,
    ) -> None:
        self.items, self.pictures = items, pictures
        self.organisation, self.actor, self.trusted = organisation, actor, trusted
        slugs = {item.skill for item in items}
        self.skills = {skill.slug: skill for skill in Skill.objects.filter(slug__in=slugs)}
        topics = Topic.objects.filter(skill__slug__in=slugs).select_related("skill")
        self.topics = {(topic.skill.slug, topic.title): topic for topic in topics}
        asked = [item.question.id for item in items]
        rows = Question.objects.select_for_update(of=("self",)).filter(organisation=organisation)
        self.questions = {row.external_id: row for row in rows.filter(external_id__in=asked).order_by("pk")}
        self.loaded: dict[int, str] = {}
        self.numbers: dict[int, int] = {}
        versions = QuestionVersion.objects.filter(question__in=self.questions.values()).order_by("number")
        for question_id, number, digest, from_file in versions.values_list(
            "question_id", "number", "content_hash", "from_file"
        ):
            self.numbers[question_id] = number
            if from_file:
                self.loaded[question_id] = digest

    def run(self) -> None:
        self._store_pictures()
        for item in self.items:
            there = self.questions.get(item.question.id)
            if there and self.loaded.get(there.pk) == item.question.content_hash():
                continue  # somebody else has loaded the same since the plan was made
            if there is None:
                there = Question.objects.create(
                    organisation=self.organisation, external_id=item.question.id, skill=self.skills[item.skill]
                )
            self._add_version(there, item)

    def _store_pictures(self) -> None:
        shown = set().union(*(names_in(item.question.content()) for item in self.items))
        for name in sorted(shown & set(self.pictures)):
            store_image(organisation=self.organisation, name=name, data=self.pictures[name])

    def _add_version(self, question: Question, item: Item) -> None:
        said = item.question
        content = pin_images(said.content(), self.organisation)
        version = QuestionVersion.objects.create(
            question=question,
            number=self.numbers.get(question.pk, 0) + 1,
            type=said.type,
            topic=self.topics.get((item.skill, said.topic)),
            difficulty=said.difficulty,
            expected_seconds=said.expected_seconds,
            case=said.case,
            stimulus=content.get("stimulus", ""),
            stem=content["stem"],
            payload=content["payload"],
            explanation=content["explanation"],
            references=content["references"],
            interview_follow_up=said.interview_follow_up,
            author_name=said.author,
            author=self.actor,
            checked_on=said.checked_on,
            content_hash=said.content_hash(),
            from_file=True,
        )
        if self.trusted or Status(question.status) not in NEEDS_RELEASE:
            question.current = version
        if self.trusted and version.number == 1:
            question.status = said.status
        question.save(update_fields=["current", "status", "updated_at"])
        note = f"version {version.number}"
        note = note if self.trusted else f"{note}: from {item.file}"
        QuestionEvent.objects.create(question=question, kind="loaded", note=note, actor=self.actor)
