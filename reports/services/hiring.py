"""What people of the team say and decide about a candidate. Each change is an event that stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils.text import slugify

from accounts.errors import NotPossible
from accounts.models import Organisation, User
from assessments.models import Invitation
from reports.hiring import stages_of
from reports.models import Candidacy, CandidacyEvent, Decision, HiringStage

Kind = CandidacyEvent.Kind

MAX_NOTE = 5_000
MAX_TAGS = 12
MAX_TAG = 30
MAX_STAGES = 12


def _locked(invitation: Invitation) -> Candidacy:
    Candidacy.objects.get_or_create(invitation=invitation)
    return Candidacy.objects.select_for_update().get(invitation=invitation)


@transaction.atomic
def leave_note(*, invitation: Invitation, text: str, by: User) -> CandidacyEvent:
    """Keep a note. Raises NotPossible where it is empty or too long."""
    text = text.strip()
    if not text:
        raise NotPossible("The note is empty. Write what others of your team should know.")
    if len(text) > MAX_NOTE:
        raise NotPossible(f"The note has {len(text):,} characters; at most {MAX_NOTE:,} fit. Shorten it.")
    candidacy, _ = Candidacy.objects.get_or_create(invitation=invitation)
    return CandidacyEvent.objects.create(candidacy=candidacy, kind=Kind.NOTE, text=text, actor=by)


@transaction.atomic
def move_to_stage(*, invitation: Invitation, stage: str, by: User) -> None:
    """Put the person into another stage. The same one again changes nothing.

    Raises:
        NotPossible: the organisation has no such stage.
    """
    title = next((one.title for one in stages_of(invitation.organisation) if one.slug == stage), None)
    if title is None:
        raise NotPossible("Your team has no such stage any more. Choose another one.")
    candidacy = _locked(invitation)
    if candidacy.stage == stage:
        return
    Candidacy.objects.filter(pk=candidacy.pk).update(stage=stage)
    CandidacyEvent.objects.create(candidacy=candidacy, kind=Kind.STAGE, value=title, actor=by)


@transaction.atomic
def set_tags(*, invitation: Invitation, tags: Iterable[str], by: User) -> None:
    """Replace the tags of a person. Raises NotPossible for too many or too long ones."""
    wanted = sorted({" ".join(tag.split()) for tag in tags} - {""}, key=str.casefold)
    if len(wanted) > MAX_TAGS:
        raise NotPossible(f"{len(wanted)} tags are too many; at most {MAX_TAGS} fit.")
    long = next((tag for tag in wanted if len(tag) > MAX_TAG), None)
    if long:
        raise NotPossible(f"The tag \u201c{long}\u201d is longer than {MAX_TAG} characters. Shorten it.")
    candidacy = _locked(invitation)
    if candidacy.tags == wanted:
        return
    Candidacy.objects.filter(pk=candidacy.pk).update(tags=wanted)
    CandidacyEvent.objects.create(candidacy=candidacy, kind=Kind.TAGS, value=", ".join(wanted)[:400], actor=by)


@transaction.atomic
def decide(*, invitation: Invitation, decision: str, reason: str, by: User) -> None:
    """Record what a person has decided, and why. It can be changed; every decision stays in the record.

    Raises:
        NotPossible: no reason, or no such decision.
    """
    reason = reason.strip()
    if not reason:
        raise NotPossible("Give the reason: somebody may ask for it, also the candidate.")
    if len(reason) > MAX_NOTE:
        raise NotPossible(f"The reason has {len(reason):,} characters; at most {MAX_NOTE:,} fit. Shorten it.")
    if decision not in Decision.values:
        raise NotPossible("There is no such decision. Choose one of the list.")
    candidacy = _locked(invitation)
    Candidacy.objects.filter(pk=candidacy.pk).update(decision=decision)
    value = str(Decision(decision).label)
    CandidacyEvent.objects.create(candidacy=candidacy, kind=Kind.DECISION, value=value, text=reason, actor=by)


@transaction.atomic
def set_stages(*, organisation: Organisation, titles: Sequence[str]) -> None:
    """Replace the stages of an organisation, in this order. A stage keeps its people while its title stays.

    Raises:
        NotPossible: none, too many, a double one, or one that would go has people in it.
    """
    wanted = [" ".join(title.split()) for title in titles if title.strip()]
    if not 1 <= len(wanted) <= MAX_STAGES:
        raise NotPossible(f"Give between 1 and {MAX_STAGES} stages, one on each line.")
    if max(map(len, wanted)) > 60:
        raise NotPossible("A stage has at most 60 characters. Shorten the longest one.")
    if len({title.casefold() for title in wanted}) < len(wanted):
        raise NotPossible("A stage is on the list twice. Take one of them out.")
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    before = {stage.title.casefold(): stage.slug for stage in stages_of(organisation)}
    slugs = _slugs(wanted, before)
    _refuse_full(organisation, set(before.values()) - set(slugs))
    HiringStage.objects.filter(organisation=organisation).delete()
    HiringStage.objects.bulk_create(
        HiringStage(organisation=organisation, slug=slug, title=title, position=position)
        for position, (slug, title) in enumerate(zip(slugs, wanted, strict=True))
    )


def _slugs(titles: Sequence[str], before: dict[str, str]) -> list[str]:
    """The slug that a title has already, or a new one that nobody else has."""
    taken = {before[title.casefold()] for title in titles if title.casefold() in before}
    slugs = []
    for title in titles:
        slug = before.get(title.casefold())
        if slug is None:
            base = slugify(title)[:32] or "stage"
            slug = next(s for s in (base, *(f"{base}-{n}" for n in range(2, 99))) if s not in taken)
            taken.add(slug)
        slugs.append(slug)
    return slugs


def _refuse_full(organisation: Organisation, gone: set[str]) -> None:
    people = Candidacy.objects.filter(invitation__organisation=organisation, stage__in=gone).count()
    if people:
        raise NotPossible(
            f"{people} {'person is' if people == 1 else 'people are'} in a stage that would go. Move them first, "
            "or keep the title of that stage."
        )
