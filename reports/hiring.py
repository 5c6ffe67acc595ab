"""Reading what the hiring team made of people: stages, tags, history."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Func, QuerySet

from accounts.models import Organisation
from assessments.models import Assessment, Invitation
from reports.models import Candidacy, CandidacyEvent, HiringStage

DEFAULT_STAGES = (
    ("new", "New"),
    ("review", "In review"),
    ("interview", "Interview"),
    ("offer", "Offer"),
    ("hired", "Hired"),
    ("closed", "Closed"),
)


@dataclass(frozen=True, slots=True)
class StageChoice:
    """A stage as a page offers it."""

    slug: str
    title: str


def stages_of(organisation: Organisation) -> list[StageChoice]:
    """The organisation's own stages in their order, or the defaults. The first is where everybody starts."""
    own = HiringStage.objects.filter(organisation=organisation).order_by("position")
    found = [StageChoice(stage.slug, stage.title) for stage in own]
    return found or [StageChoice(slug, title) for slug, title in DEFAULT_STAGES]


def tags_of(organisation: Organisation, assessment: Assessment) -> list[str]:
    """Every tag that somebody invited to the assessment has, in the order of the alphabet."""
    tagged = Candidacy.objects.filter(invitation__organisation=organisation, invitation__assessment=assessment)
    each = tagged.annotate(tag=Func("tags", function="unnest")).order_by("tag").values_list("tag", flat=True)
    return list(each.distinct())


def candidacy_of(invitation: Invitation) -> Candidacy:
    """Where the person stands; an unsaved blank one where nobody said anything yet."""
    return Candidacy.objects.filter(invitation=invitation).first() or Candidacy(invitation=invitation)


def history_of(candidacy: Candidacy) -> QuerySet[CandidacyEvent]:
    """Everything that was said and done, the newest first."""
    return CandidacyEvent.objects.filter(candidacy=candidacy.pk).select_related("actor").order_by("-pk")
