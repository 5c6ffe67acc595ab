"""Publishing an assessment: an immutable version, after a look at how deep the bank is."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts.errors import NotPossible
from accounts.models import Organisation, User
from assessments.assembly import PoolCheck, PoolQuestion, PoolTooSmall, check_pool, draw
from assessments.definition import Definition
from assessments.models import Assessment, AssessmentVersion
from assessments.names import one_line
from question_bank.access import drawable, on_trial
from question_bank.models import Question
from question_bank.types import BY_PEOPLE

TRIAL_DRAWS = 20
SHARED_WARNING = 0.5
"""Two sittings that are expected to share more than this part of their questions deserve a warning."""


def pool_for(organisation: Organisation | None, skills: list[str], *, by_people: bool = True) -> list[PoolQuestion]:
    """What may be drawn for these skills. One query.

    by_people: also what people have to mark; nobody is there to do so in a self-assessment.
    """
    questions = drawable(organisation)
    return _pool(questions if by_people else questions.exclude(current__type__in=BY_PEOPLE), skills)


def pilots_for(organisation: Organisation | None, skills: list[str]) -> list[PoolQuestion]:
    """What is being tried out on these skills. One query."""
    return _pool(on_trial(organisation), skills)


def _pool(questions: QuerySet[Question], skills: list[str]) -> list[PoolQuestion]:
    rows = questions.filter(skill__slug__in=skills).values_list(
        "id",
        "current_id",
        "skill__slug",
        "current__difficulty",
        "current__topic_id",
        "skill_id",
        "current__case",
        "current__expected_seconds",
        "organisation_id",
    )
    return [PoolQuestion(*row[:6], case=f"{row[8] or 0}:{row[6]}" if row[6] else "", seconds=row[7]) for row in rows]


def pool_check(definition: Definition, organisation: Organisation | None) -> PoolCheck:
    """How deep the bank is for this blueprint."""
    return check_pool(definition, pool_for(organisation, definition.skills))


@transaction.atomic
def publish(*, assessment: Assessment, by: User | None) -> AssessmentVersion:
    """Make the draft the version that is taken from now on. Running attempts keep theirs.

    Raises:
        pydantic.ValidationError: the draft is not a definition.
        NotPossible: the bank cannot fill the blueprint.
    """
    assessment = Assessment.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=assessment.pk)
    definition = assessment.draft_definition()
    pool = pool_for(assessment.organisation, definition.skills)
    check = check_pool(definition, pool)
    if check.missing:
        line = next(line for line in check.lines if line.missing)
        raise NotPossible(
            f"The bank has {line.available} live questions for {line.line.skill}"
            f"{f' at difficulty {line.line.difficulty}' if line.line.difficulty else ''}, "
            f"and the blueprint asks for {line.line.count}. Ask for fewer, or write more."
        )
    _try_out(definition, pool)
    newest = assessment.versions.order_by("-number").first()
    version = AssessmentVersion.objects.create(
        assessment=assessment,
        number=newest.number + 1 if newest else 1,
        definition=definition.model_dump(mode="json"),
        question_count=definition.question_count,
        published_by=by,
    )
    assessment.published = version
    assessment.draft = version.definition
    assessment.save(update_fields=["published", "draft", "updated_at"])
    return version


def _try_out(definition: Definition, pool: list[PoolQuestion]) -> None:
    """Cases are drawn whole, so counting alone does not tell whether they fill a blueprint: a few draws do."""
    if any(question.case for question in pool):
        try:
            for seed in range(TRIAL_DRAWS):
                draw(definition, pool, seed)
        except PoolTooSmall as error:
            raise NotPossible(
                f"The questions of a case are drawn together, and so the blueprint cannot be filled: {error}. "
                "Ask for fewer, or write more questions that belong to no case."
            ) from error


def save_draft(*, assessment: Assessment, definition: dict[str, Any], **fields: Any) -> Definition:
    """Store an edited draft; what is published stays as it is.

    Raises:
        pydantic.ValidationError: not a definition; nothing is stored.
    """
    checked = Definition.model_validate(definition)
    assessment.draft = checked.model_dump(mode="json")
    for name, value in fields.items():
        setattr(assessment, name, one_line(value) if name == "title" else value)
    assessment.save(update_fields=["draft", "updated_at", *fields])
    return checked
