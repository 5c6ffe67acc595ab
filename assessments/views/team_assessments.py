"""What the team does with assessments: look, copy, write, check, publish, archive."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import ValidationError

from accounts.access import MemberRequest, member_with
from accounts.errors import NotPossible
from accounts.models import Organisation
from assessments import listing
from assessments.access import assessments_visible_to, get_assessment_for, get_own_assessment_for
from assessments.assembly import blueprint_table
from assessments.definition import Definition, Section
from assessments.forms import NewAssessmentForm, NewSectionForm, RulesForm, SectionForm
from assessments.listing import Stage
from assessments.models import Assessment
from assessments.rules import RULES
from assessments.services import drafts
from assessments.services.publish import pool_check, publish, save_draft
from assessments.views.blueprint import LEVELS, PoolNotes, asked_table, pool_notes, posted_table, read_lines, table_of
from question_bank.models import Skill

GROUPS = (
    ("own", "Your own", "Made by your team, or copied from the library."),
    ("core", "Core", "The whole field in one sitting."),
    ("domain", "Domains", "The neighbouring fields, each in one sitting."),
    ("role", "Roles", "What a job needs, weighted as the job weighs it."),
    ("skill", "Single skills", "One skill on its own, in more depth."),
    ("taster", "Taster", "To see what an assessment is like."),
)
MAX_SECTIONS = 20


# --- looking ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Card:
    """An assessment on the list; the figures are those of the published version, else of the draft."""

    assessment: Assessment
    definition: Definition
    skills: list[str]

    @property
    def few_skills(self) -> list[str]:
        return self.skills[:4]

    @property
    def more_skills(self) -> int:
        return len(self.skills) - len(self.few_skills)


@require_GET
@member_with("see_assessments")
def assessment_list(request: MemberRequest) -> HttpResponse:
    """The library in groups, and the team's own."""
    organisation = request.membership.organisation
    titles = _titles()
    cards = [_card(a, titles) for a in assessments_visible_to(organisation).select_related("published", "role")]
    groups = [
        {"key": key, "title": title, "lead": lead, "cards": [card for card in cards if _group(card) == key]}
        for key, title, lead in GROUPS
    ]
    archived = Assessment.objects.filter(organisation=organisation, archived_at__isnull=False)
    context = {"groups": groups, "archived": archived.order_by("-archived_at")}
    return render(request, "assessments/team/assessments.html", context)


def _group(card: Card) -> str:
    known = [key for key, _, _ in GROUPS]
    if card.assessment.organisation_id:
        return "own"
    return card.assessment.group if card.assessment.group in known else "core"


def _card(assessment: Assessment, titles: dict[str, str]) -> Card:
    definition = _shown(assessment)
    return Card(assessment, definition, [titles.get(slug, slug) for slug in definition.skills])


def _shown(assessment: Assessment) -> Definition:
    return assessment.published.loaded() if assessment.published else assessment.draft_definition()


def _titles() -> dict[str, str]:
    return dict(Skill.objects.order_by().values_list("slug", "title"))


def _skills() -> list[Skill]:
    return list(Skill.objects.select_related("domain"))


@require_GET
@member_with("see_assessments")
def assessment_detail(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """What an assessment asks, under which rules, how deep the bank is for it, and how far people have come."""
    assessment = get_assessment_for(request.membership, public_id)
    organisation = request.membership.organisation
    definition, skills = _shown(assessment), _skills()
    context = {
        "assessment": assessment,
        "own": assessment.organisation_id is not None,
        "definition": definition,
        "rule": RULES[definition.scoring.rule],
        "levels": [label for _, label in LEVELS],
        "domains": asked_table(definition, skills, drafts.live_questions(assessment.organisation)),
        "pool": _notes(definition, assessment.organisation, skills),
        "open_panel": any(panel.closed_at is None for panel in assessment.panels.all()),
        "counts": _counts(organisation, assessment) if request.membership.may("see_candidates") else None,
    }
    return render(request, "assessments/team/assessment.html", context)


def _notes(definition: Definition, organisation: Organisation | None, skills: list[Skill]) -> PoolNotes:
    titles = {skill.slug: skill.title for skill in skills}
    return pool_notes(definition, pool_check(definition, organisation), titles)


def _counts(organisation: Organisation, assessment: Assessment) -> list[dict[str, Any]]:
    counts = listing.stage_counts(organisation, listing.Query(assessment=assessment))
    stages = [{"stage": s.value, "label": s.label, "people": counts[s]} for s in Stage if counts.get(s)]
    return [{"stage": "", "label": "Invited in all", "people": sum(counts.values())}, *stages] if stages else []


# --- making ----------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@member_with("edit_assessments")
def assessment_new(request: MemberRequest) -> HttpResponse:
    """A new draft on some skills."""
    form = NewAssessmentForm(request.POST or None, skills=Skill.objects.select_related("domain"))
    if request.method == "POST" and form.is_valid():
        assessment = _create(request, form)
        if assessment:
            return redirect("assessment_edit", public_id=assessment.public_id)
    context = {"form": form, "chosen": request.POST.getlist("skills"), "domains": _by_domain(request)}
    return render(request, "assessments/team/assessment_new.html", context, status=422 if form.errors else 200)


def _by_domain(request: MemberRequest) -> Any:
    live = drafts.live_questions(request.membership.organisation)
    return table_of({}, _skills(), live)


def _create(request: MemberRequest, form: NewAssessmentForm) -> Assessment | None:
    data = form.cleaned_data
    try:
        return drafts.create_assessment(
            organisation=request.membership.organisation,
            title=data["title"],
            definition=form.definition(),
            summary=data["summary"],
        )
    except ValidationError as error:
        form.add_error(None, _in_words(error))
    except NotPossible as refused:
        form.add_error(None, str(refused))
    return None


def _in_words(error: ValidationError) -> str:
    """The first thing that pydantic refuses, without its prefix."""
    return str(error.errors()[0]["msg"]).removeprefix("Value error, ")


@require_POST
@member_with("edit_assessments")
def assessment_copy(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """A copy that belongs to the team and can be changed."""
    assessment = get_assessment_for(request.membership, public_id)
    try:
        copy = drafts.copy_assessment(assessment=assessment, organisation=request.membership.organisation)
    except NotPossible as refused:
        messages.error(request, str(refused))
        return redirect("assessment_list")
    messages.success(request, f"Copied as {copy.title}. Change what you like, then publish it.")
    return redirect("assessment_edit", public_id=copy.public_id)


@require_POST
@member_with("edit_assessments")
def assessment_archive(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Put an own assessment away, or bring it back."""
    assessment = get_own_assessment_for(request.membership, public_id)
    if request.POST.get("do") == "restore":
        drafts.restore(assessment=assessment)
        messages.success(request, f"{assessment.title} is back.")
        return redirect("assessment_detail", public_id=public_id)
    drafts.archive(assessment=assessment)
    messages.success(request, f"{assessment.title} is archived. Invitations that are out stay valid.")
    return redirect("assessment_list")


# --- editing a draft -------------------------------------------------------------------------


@dataclass
class Editor:
    """The forms of the edit page. One section is open at a time; the others stay as the draft has them."""

    assessment: Assessment
    draft: Definition
    at: int
    skills: list[Skill]
    data: Any = None
    rules: RulesForm = field(init=False)
    section: SectionForm = field(init=False)
    problems: list[str] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        section = self.draft.sections[self.at]
        initial = RulesForm.initial_from(self.assessment, self.draft)
        self.rules = RulesForm(self.data, initial=initial, prefix="rules")
        self.section = SectionForm(self.data, initial=section.model_dump(mode="json"), prefix="section")

    def definition(self) -> dict[str, Any] | None:
        """The edited definition, or None where a form has errors."""
        lines, self.problems = read_lines(self.data, self.skills)
        if not (self.rules.is_valid() & self.section.is_valid()) or self.problems:
            return None
        whole = self.draft.model_dump(mode="json") | self.rules.fields_of_definition()
        whole["sections"][self.at] |= self.section.cleaned_data | {"blueprint": lines}
        return whole


def _number(text: str) -> int:
    """The number of a section as an address or a button names it; nonsense counts as the first."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _editor(request: MemberRequest, assessment: Assessment) -> Editor:
    draft = assessment.draft_definition()
    at = _number(request.POST.get("section", request.GET.get("section", "")))
    at = at if at < len(draft.sections) else 0
    return Editor(assessment, draft, at, _skills(), request.POST if request.method == "POST" else None)


@require_http_methods(["GET", "POST"])
@member_with("edit_assessments")
def assessment_edit(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Edit the draft. Every button of the form saves first; what is published stays until the next publication."""
    assessment = get_own_assessment_for(request.membership, public_id)
    editor = _editor(request, assessment)
    new_section = NewSectionForm(skills=editor.skills, prefix="new")
    if request.method == "POST":
        if request.POST.get("do") == "add":
            new_section = NewSectionForm(request.POST, skills=editor.skills, prefix="new")
        to = _save(request, editor, new_section)
        if to is not None:
            return redirect(to)
    context = _edit_context(editor) | {"new_section": new_section}
    refused = request.method == "POST"
    return render(request, "assessments/team/assessment_edit.html", context, status=422 if refused else 200)


def _save(request: MemberRequest, editor: Editor, new_section: NewSectionForm) -> str | None:
    """Store what was edited and do what the button says; the address to go to, or None where something is wrong."""
    if request.POST.get("seen") != _seen(editor.assessment):
        editor.problems = ["Somebody else saved this draft meanwhile. Reload the page to see it, then edit again."]
        return None
    do = request.POST.get("do", "save")
    whole = _without_section(editor) if do == "remove" else editor.definition()
    if whole is None or (do == "add" and not new_section.is_valid()):
        return None
    at = editor.at
    if do == "remove":
        at = max(0, at - 1)
    elif do == "add":
        whole["sections"].append(new_section.section())
        at = len(whole["sections"]) - 1
    try:
        save_draft(assessment=editor.assessment, definition=whole, **_assessment_fields(editor, do))
    except ValidationError as error:
        editor.problems = [_in_words(error)]
        return None
    return _after(request, editor.assessment, do, at)


def _assessment_fields(editor: Editor, do: str) -> dict[str, Any]:
    return {} if do == "remove" else editor.rules.fields_of_assessment()


def _without_section(editor: Editor) -> dict[str, Any] | None:
    """The draft as it is stored, without the open section: nothing else of the form is taken over."""
    if len(editor.draft.sections) == 1:
        editor.problems = ["An assessment needs at least one section."]
        return None
    whole = editor.draft.model_dump(mode="json")
    del whole["sections"][editor.at]
    return whole


def _after(request: MemberRequest, assessment: Assessment, do: str, at: int) -> str:
    if do.startswith("go-"):
        at = _number(do[3:])
    if do == "publish":
        return reverse("assessment_publish", args=[assessment.public_id])
    messages.success(request, "Draft saved." if do != "remove" else "The section is removed.")
    return f"{reverse('assessment_edit', args=[assessment.public_id])}?section={at}"


def _seen(assessment: Assessment) -> str:
    """What the page was made from: two people who edit at once must not overwrite each other unknowingly."""
    return assessment.updated_at.isoformat()


def _edit_context(editor: Editor) -> dict[str, Any]:
    live = drafts.live_questions(editor.assessment.organisation)
    section = editor.draft.sections[editor.at]
    if editor.data is None:
        domains = table_of(_counts_of(section), editor.skills, live)
    else:
        domains = posted_table(editor.data, editor.skills, live)
    return {
        "assessment": editor.assessment,
        "rules": editor.rules,
        "section": editor.section,
        "problems": editor.problems,
        "at": editor.at,
        "sections": list(enumerate(editor.draft.sections)),
        "may_add": len(editor.draft.sections) < MAX_SECTIONS,
        "levels": [label for _, label in LEVELS],
        "domains": domains,
        "pool": _notes(editor.draft, editor.assessment.organisation, editor.skills),
        "seen": _seen(editor.assessment),
    }


def _counts_of(section: Section) -> Any:
    return blueprint_table(Definition(sections=(section,)))


@require_POST
@member_with("edit_assessments")
def assessment_pool(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """How deep the bank is for what the form holds now; nothing is saved."""
    assessment = get_own_assessment_for(request.membership, public_id)
    editor = _editor(request, assessment)
    whole, pool = editor.definition(), None
    if whole is not None:
        try:
            pool = _notes(Definition.model_validate(whole), assessment.organisation, editor.skills)
        except ValidationError as error:
            editor.problems = [_in_words(error)]
    return render(request, "assessments/team/_pool.html", {"pool": pool, "problems": editor.problems})


@require_http_methods(["GET", "POST"])
@member_with("edit_assessments")
def assessment_publish(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Show what would be published, with warnings; publish exactly that."""
    assessment = get_own_assessment_for(request.membership, public_id)
    definition, skills = assessment.draft_definition(), _skills()
    pool = _notes(definition, assessment.organisation, skills)
    if request.method == "POST" and _publish(request, assessment):
        return redirect("assessment_detail", public_id=public_id)
    context = {
        "assessment": assessment,
        "definition": definition,
        "levels": [label for _, label in LEVELS],
        "domains": asked_table(definition, skills, drafts.live_questions(assessment.organisation)),
        "pool": pool,
        "next_number": assessment.published.number + 1 if assessment.published else 1,
        "seen": _seen(assessment),
    }
    return render(request, "assessments/team/assessment_publish.html", context)


def _publish(request: MemberRequest, assessment: Assessment) -> bool:
    if request.POST.get("seen") != _seen(assessment):
        messages.error(request, "The draft was changed meanwhile. Look at it again before you publish.")
        return False
    if assessment.archived_at:
        messages.error(request, "This assessment is archived. Bring it back first.")
        return False
    try:
        version = publish(assessment=assessment, by=request.user)
    except NotPossible as refused:
        messages.error(request, str(refused))
        return False
    messages.success(request, f"Version {version.number} is published. Whoever starts from now on gets it.")
    return True
