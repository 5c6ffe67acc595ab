"""The author's workplace: finding, writing, comparing, releasing and retiring questions; pictures.

Who reaches the admin at all is decided by `config.admin_site`; here each page asks for the right it needs.
"""

from __future__ import annotations

import re
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import Truncator
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from accounts.access import SESSION_KEY
from accounts.errors import NotPossible
from accounts.models import Organisation, User
from question_bank.access import may, organisations_with, visible_to
from question_bank.admin_files import QuestionImportAdmin, TakePages
from question_bank.admin_images import QuestionImageAdmin
from question_bank.admin_lists import (
    DifficultyFilter,
    DomainFilter,
    FindingsFilter,
    OwnerFilter,
    SkillFilter,
    StatusFilter,
    TypeFilter,
    findings_of,
)
from question_bank.admin_review import REVIEW, ReviewPages
from question_bank.compare import diff
from question_bank.editor.question import Draft, QuestionEditor, newest_of
from question_bank.life import allowed, next_step, offers
from question_bank.models import Question, QuestionVersion
from question_bank.preview import key_of, preview_page, sample_draws, template_of
from question_bank.search import matching
from question_bank.services.images import pin_images
from question_bank.services.lint import compared_findings, lint_version
from question_bank.services.questions import (
    add_version,
    copy_question,
    create_question,
    move,
    move_many,
    name_for,
)
from question_bank.states import Status
from question_bank.types import TYPES

__all__ = ["QuestionAdmin", "QuestionImageAdmin", "QuestionImportAdmin"]

CHANGE = "admin:question_bank_question_change"
MOST_AT_ONCE = 500
"""Questions that one action moves: what an open page can wait for."""
_STATUS_COLOURS = {
    Status.LIVE.value: "success",
    Status.PILOT.value: "info",
    Status.IN_REVIEW.value: "warning",
    Status.RETIRED.value: "danger",
}


_NEWEST = Subquery(QuestionVersion.objects.filter(question=OuterRef("pk")).order_by("-number").values("number")[:1])


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


@admin.register(Question)
class QuestionAdmin(ReviewPages, TakePages, ModelAdmin):
    """Questions. Rows are never deleted and versions never changed; what authors do goes through the services."""

    list_display = ("named", "words", "skill", "kind", "difficulty", "state", "version", "findings", "changed")
    list_display_links = ("named",)
    list_filter = (DomainFilter, SkillFilter, StatusFilter, TypeFilter, DifficultyFilter, FindingsFilter, OwnerFilter)
    list_filter_submit = True
    list_per_page = 50
    list_select_related = ("skill", "current", "organisation")
    list_max_show_all = 100
    show_full_result_count = False
    search_fields = ("external_id",)  # shows the field; what is searched is `question_bank.search`
    search_help_text = "Search names, texts, skills and topics"
    ordering = ("external_id",)
    actions = ("submit_for_review", "retire", "copy_to_own", "take")
    show_facets = admin.ShowFacets.NEVER

    class Media:
        css = {"all": ("css/question_admin.css",)}

    # --- rights ----------------------------------------------------------------------------------
    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        return visible_to(_user(request)).annotate(
            newest_number=_NEWEST, errors=findings_of("error"), warnings=findings_of("warning")
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Question], search_term: str
    ) -> tuple[QuerySet[Question], bool]:
        return matching(queryset, search_term), False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Question | None = None) -> bool:
        user = _user(request)
        if obj is not None and obj.organisation_id is not None:
            return may(user, "see_questions", obj.organisation_id)
        return user.is_superuser or any(m.may("see_questions") for m in user.memberships.all())

    def has_add_permission(self, request: HttpRequest) -> bool:
        user = _user(request)
        return user.is_superuser or any(m.may("edit_questions") for m in user.memberships.all())

    def has_change_permission(self, request: HttpRequest, obj: Question | None = None) -> bool:
        if obj is None:
            return self.has_view_permission(request)
        return may(_user(request), "edit_questions", obj.organisation_id)

    def has_delete_permission(self, request: HttpRequest, obj: Question | None = None) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        found: dict[str, Any] = super().get_actions(request)
        if not self.has_add_permission(request):
            found.pop("submit_for_review", None)
            found.pop("copy_to_own", None)
        return found

    # --- the list --------------------------------------------------------------------------------
    @display(description="Name", ordering="external_id")
    def named(self, question: Question) -> str:
        if question.organisation_id is None:
            return question.external_id
        return format_html('{} <span class="qa-badge">own</span>', question.external_id)

    @display(description="Question")
    def words(self, question: Question) -> str:
        stem = question.current.stem if question.current else ""
        return Truncator(" ".join(re.sub(r"```\w*|[`*]", "", stem).split())).chars(80)

    @display(description="Type", ordering="current__type")
    def kind(self, question: Question) -> str:
        slug = question.current.type if question.current else ""
        return TYPES[slug].label if slug in TYPES else slug

    @display(description="Difficulty", ordering="current__difficulty")
    def difficulty(self, question: Question) -> str:
        return question.current.get_difficulty_display() if question.current else ""

    @display(description="Status", ordering="status", label=_STATUS_COLOURS)
    def state(self, question: Question) -> tuple[str, str]:
        return question.status, question.get_status_display()

    @display(description="Version")
    def version(self, question: Question) -> str:
        drawn = question.current.number if question.current else 0
        newest = getattr(question, "newest_number", drawn)
        return f"{drawn}" if newest == drawn else f"{drawn} ({newest} waits)"

    @display(description="Findings")
    def findings(self, question: Question) -> str:
        errors, warnings = getattr(question, "errors", 0), getattr(question, "warnings", 0)
        if not errors and not warnings:
            return "" if question.linted_at else "not looked at yet"
        words = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in ((errors, "error"), (warnings, "warning")) if n]
        return format_html('<a href="{}">{}</a>', reverse(REVIEW, args=[question.pk]), ", ".join(words))

    @display(description="Updated", ordering="updated_at")
    def changed(self, question: Question) -> str:
        when = question.updated_at
        return format_html('<time datetime="{}">{}</time>', when.isoformat(), date_format(when, "j M Y"))

    # --- actions on several ----------------------------------------------------------------------
    @admin.action(description="Submit for review")
    def submit_for_review(self, request: HttpRequest, queryset: QuerySet[Question]) -> None:
        self._move_all(request, queryset, Status.IN_REVIEW)

    @admin.action(description="Retire")
    def retire(self, request: HttpRequest, queryset: QuerySet[Question]) -> None:
        self._move_all(request, queryset, Status.RETIRED)

    @admin.action(description="Copy to our own questions")
    def copy_to_own(self, request: HttpRequest, queryset: QuerySet[Question]) -> None:
        organisation = _own_organisation(request)
        if organisation is None:
            messages.error(request, "Pick a team first: you do not edit questions in any.")
            return
        done = 0
        for question in queryset.select_related("current", "skill"):
            try:
                copy_question(question=question, organisation=organisation, by=_user(request))
                done += 1
            except NotPossible as problem:
                messages.error(request, f"{question}: {problem}")
        messages.success(request, f"Copied to {organisation} as drafts: {done}.")

    def _move_all(self, request: HttpRequest, queryset: QuerySet[Question], to: Status) -> None:
        """Move what was ticked; what cannot be moved is named with the reason, and keeps nothing else from moving."""
        picked = list(queryset[: MOST_AT_ONCE + 1])
        if len(picked) > MOST_AT_ONCE:
            messages.error(request, f"{MOST_AT_ONCE} questions at once are the most. Filter the list, then try again.")
            return
        mine = [question for question in picked if allowed(_user(request), question, to)]
        refused = dict.fromkeys(set(picked) - set(mine), "You may read this question, but not change it.")
        refused |= (stuck := move_many(questions=mine, to=to, by=_user(request)))
        for question, reason in list(refused.items())[:10]:
            messages.error(request, f"{question}: {reason}")
        if len(refused) > 10:
            messages.error(request, f"{len(refused) - 10} more could not be moved, either.")
        if done := len(mine) - len(stuck):
            messages.success(request, f"Now {Status(to).value.replace('_', ' ')}: {done}.")

    # --- pages of one question -------------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        def page(name: str, view: Any) -> URLPattern:
            address = f"<path:object_id>/{name}/"
            view = self.admin_site.admin_view(view)
            return cast("URLPattern", path(address, view, name=f"question_bank_question_{name}"))

        own = [page("versions", self.versions_view), page("move", self.move_view), page("copy", self.copy_view)]
        return [*own, *self.review_urls(), self.take_url(), *cast("list[URLPattern]", super().get_urls())]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return redirect("admin:question_bank_question_versions", object_id)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._edit(request, None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        question = self.get_object(request, object_id)
        if question is None:
            return cast("HttpResponse", self._get_obj_does_not_exist_redirect(request, self.opts, object_id))
        if self.has_change_permission(request, question):
            return self._edit(request, question)
        if request.method == "POST":
            raise PermissionDenied
        return self._page(request, "look", question, **_read(question))

    def _edit(self, request: HttpRequest, question: Question | None) -> HttpResponse:
        data = request.POST.dict() if request.method == "POST" else None
        editor = QuestionEditor(user=_user(request), question=question, data=data)
        if data is not None and not editor.refreshing:
            draft = editor.draft()
            if draft and (response := self._use(request, question, editor, draft)):
                return response
        return self._page(request, "edit", question, editor=editor)

    def _use(
        self, request: HttpRequest, question: Question | None, editor: QuestionEditor, draft: Draft
    ) -> HttpResponse | None:
        """Show or save what the form says; None where something turned out to be impossible."""
        owner = question.organisation if question else editor.identity.cleaned_data["owner"]  # type: ignore[union-attr]
        try:
            content = pin_images(draft.content, owner)
        except NotPossible as problem:
            editor.content.add_error("stem", str(problem))
            return None
        if "_preview" in request.POST:
            return render(request, "question_bank/preview.html", _unsaved(content))
        if question is None:
            return _create(request, editor, draft)
        version = add_version(
            question=question, content=draft.content, topic=draft.topic, author=_user(request), note=draft.note
        )
        _say_saved(request, question, version)
        return HttpResponseRedirect(reverse(CHANGE, args=[question.pk]))

    def versions_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """All versions with who, when and why; two of them compared line by line."""
        question = self._get(request, object_id)
        versions = list(question.versions.select_related("topic", "released_by").order_by("-number"))
        new = _picked(versions, request.GET.get("new"), 0)
        old = _picked(versions, request.GET.get("old"), versions.index(new) + 1 if new else 1)
        why = _reasons(question)
        return self._page(
            request,
            "versions",
            question,
            rows=[(version, why.get(version.number, "")) for version in versions],
            old=old,
            new=new,
            lines=diff(old, new) if old and new else [],
        )

    @method_decorator(require_POST)
    def move_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        question = self._get(request, object_id)
        to = next((status for status in Status if status.value == request.POST.get("to")), None)
        if to is None or not allowed(_user(request), question, to):
            raise PermissionDenied
        note = request.POST.get("note", "").strip()[:2000]
        sent_back = (Status(question.status), to) == (Status.IN_REVIEW, Status.DRAFT)
        try:
            if sent_back and not note:
                raise NotPossible("Say what the author should change, then send it back.")
            moved = move(question=question, to=to, by=_user(request), note=note)
            messages.success(request, f"This question is now {moved.get_status_display().lower()}.")
        except NotPossible as problem:
            messages.error(request, str(problem))
        return redirect(CHANGE, question.pk)

    @method_decorator(require_POST)
    def copy_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        question = self._get(request, object_id)
        wanted = request.POST.get("organisation", "")
        possible = organisations_with(_user(request), "edit_questions")
        organisation = next((one for one in possible if str(one.pk) == wanted), None)
        if organisation is None:
            raise PermissionDenied
        try:
            copied = copy_question(question=question, organisation=organisation, by=_user(request))
        except NotPossible as problem:
            messages.error(request, str(problem))
            return redirect(CHANGE, question.pk)
        messages.success(request, f"This is your own draft of {question}. The original stays as it is.")
        return redirect(CHANGE, copied.pk)

    def _get(self, request: HttpRequest, object_id: str) -> Question:
        question = self.get_object(request, object_id)
        if question is None:
            raise Http404
        return cast("Question", question)

    def _page(self, request: HttpRequest, name: str, question: Question | None, **more: Any) -> HttpResponse:
        user = _user(request)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": question,
            "question": question,
            "title": question.external_id if question else "New question",
            "tab": name,
            "media": self.media,
            "is_popup": False,
            "inline_admin_formsets": [],
            "has_view_permission": True,
            "may_edit": question is None or self.has_change_permission(request, question),
            **more,
        }
        if question:
            newest = newest_of(question)
            context |= {
                "newest": newest,
                "waiting": newest and newest.pk != question.current_id,
                "offers": offers(user, question, newest),
                "next_step": next_step(user, question, newest),
                "copy_targets": organisations_with(user, "edit_questions"),
                "events": list(question.events.select_related("actor")[:20]),
                "findings": [*lint_version(question, newest), *compared_findings(question)] if newest else [],
            }
        return TemplateResponse(request, f"admin/question_bank/question/{name}.html", context)


def _create(request: HttpRequest, editor: QuestionEditor, draft: Draft) -> HttpResponse | None:
    said = editor.identity.cleaned_data  # type: ignore[union-attr]
    skill = draft.topic.skill
    name = said["external_id"] or name_for(organisation=said["owner"], skill=skill, stem=draft.content["stem"])
    try:
        question = create_question(
            organisation=said["owner"],
            external_id=name,
            skill=skill,
            topic=draft.topic,
            content=draft.content,
            author=_user(request),
            note=draft.note,
        )
    except NotPossible as problem:
        editor.identity.add_error("external_id", str(problem))  # type: ignore[union-attr]
        return None
    messages.success(request, "Saved as a draft. Preview it, then submit it for review.")
    return HttpResponseRedirect(reverse(CHANGE, args=[question.pk]))


def _say_saved(request: HttpRequest, question: Question, version: QuestionVersion | None) -> None:
    if version is None:
        messages.info(request, "Nothing changed, so there is no new version.")
    elif Status(question.status) in {Status.LIVE, Status.PILOT}:
        messages.success(
            request,
            f"Saved as version {version.number}. Candidates get the released version until somebody else releases it.",
        )
    else:
        messages.success(request, f"Saved as version {version.number}.")


def _unsaved(content: dict[str, Any]) -> dict[str, Any]:
    return {
        "page": preview_page(content["type"], content["stem"], content["payload"], stimulus=content["stimulus"]),
        "type_template": template_of(content["type"]),
        "draws": sample_draws(content["type"], content["stem"], content["payload"]),
        "unsaved": True,
        "width": "1280",
    }


def _read(question: Question) -> dict[str, Any]:
    version = newest_of(question)
    return {"version": version, "key": key_of(version.type, version.payload) if version else []}


def _picked(versions: list[QuestionVersion], number: str | None, otherwise: int) -> QuestionVersion | None:
    named = next((version for version in versions if str(version.number) == number), None)
    return named or (versions[otherwise] if otherwise < len(versions) else None)


def _reasons(question: Question) -> dict[int, str]:
    """Why each version came about: the words behind "version N:" in the question's events."""
    reasons = {}
    for note in question.events.filter(note__startswith="version ").values_list("note", flat=True):
        number, _, why = note.removeprefix("version ").partition(":")
        if number.isdigit():
            reasons[int(number)] = why.strip()
    return reasons


def _own_organisation(request: HttpRequest) -> Organisation | None:
    """Where copies go: the team that the person works in, else the only or first one where they may edit."""
    own = organisations_with(_user(request), "edit_questions")
    picked = request.session.get(SESSION_KEY)
    return next((o for o in own if o.pk == picked), own[0] if own else None)
