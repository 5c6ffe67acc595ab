"""An organisation's own assessments: new ones, copies of the library, what is put away."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.text import slugify

from accounts.errors import NotPossible
from accounts.models import Organisation
from assessments.definition import Definition
from assessments.models import Assessment
from assessments.names import one_line
from question_bank.access import drawable

OWN = "own"
MAX_OWN = 500


@transaction.atomic
def create_assessment(
    *, organisation: Organisation, title: str, definition: dict[str, Any], **fields: Any
) -> Assessment:
    """A new draft of the organisation.

    Raises:
        pydantic.ValidationError: not a definition.
        NotPossible: more assessments than anybody can look through.
    """
    checked = Definition.model_validate(definition)
    if Assessment.objects.filter(organisation=organisation, archived_at=None).count() >= MAX_OWN:
        raise NotPossible(f"Your team has {MAX_OWN} assessments. Archive some before you make a new one.")
    return Assessment.objects.create(
        organisation=organisation,
        slug=_free_slug(organisation, title),
        title=one_line(title),
        group=OWN,
        draft=checked.model_dump(mode="json"),
        **fields,
    )


def copy_assessment(*, assessment: Assessment, organisation: Organisation) -> Assessment:
    """An own draft with the same questions and rules; it goes its own way from here on."""
    definition = assessment.published.definition if assessment.published else assessment.draft
    return create_assessment(
        organisation=organisation,
        title=f"{assessment.title[:110]} (copy)",
        definition=definition,
        summary=assessment.summary,
        role=assessment.role,
    )


def archive(*, assessment: Assessment) -> None:
    """Put an assessment away: nobody new is invited; open invitations and results stay as they are."""
    Assessment.objects.filter(pk=assessment.pk, archived_at=None).update(archived_at=timezone.now())


def restore(*, assessment: Assessment) -> None:
    """Bring an archived assessment back."""
    Assessment.objects.filter(pk=assessment.pk).update(archived_at=None)


def live_questions(organisation: Organisation | None) -> dict[tuple[str, int], int]:
    """How many questions may be drawn, by skill and difficulty. One query."""
    rows = (
        drawable(organisation)
        .order_by()
        .values_list("skill__slug", "current__difficulty")
        .annotate(questions=Count("pk"))
    )
    return {(skill, difficulty): questions for skill, difficulty, questions in rows}


def _free_slug(organisation: Organisation, title: str) -> str:
    slug = slugify(title)[:70] or "assessment"
    if Assessment.objects.filter(organisation=organisation, slug=slug).exists():
        slug = f"{slug}-{uuid.uuid4().hex[:6]}"
    return slug
