"""What candidates have reported about questions, for the people who keep them: a list, and a page to answer one."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from accounts.errors import NotPossible
from accounts.models import User
from assessments.models import ProblemReport
from assessments.problems import context_of, visible_reports
from assessments.services.problems import resolve_problem
from question_bank.access import may, organisations_with


class AnsweredFilter(DropdownFilter):
    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("answered", "Answered")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ProblemReport]) -> QuerySet[ProblemReport]:
        if self.value() in {"open", "answered"}:
            return queryset.filter(resolved_at__isnull=self.value() == "open")
        return queryset


@admin.register(ProblemReport)
class ProblemReportAdmin(ModelAdmin):
    """Reports on questions: those that own candidates wrote, and those on own questions. No names of candidates."""

    list_display = ("said", "question", "version", "state", "created_at")
    list_display_links = None
    list_filter = (AnsweredFilter,)
    list_filter_submit = True
    list_per_page = 50
    list_max_show_all = 100
    ordering = ("-pk",)
    search_fields = ("text", "item__question_version__question__external_id")
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False

    class Media:
        css = {"all": ("css/question_admin.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProblemReport]:
        return visible_reports(cast("User", request.user))

    @display(description="What the candidate wrote")
    def said(self, note: ProblemReport) -> str:
        address = reverse("admin:assessments_problemreport_change", args=[note.pk])
        return format_html('<a href="{}">{}</a>', address, Truncator(note.text).chars(500))

    @display(description="Question")
    def question(self, note: ProblemReport) -> str:
        question = note.item.question_version.question
        address = reverse("admin:question_bank_question_review", args=[question.pk])
        return format_html('<a href="{}">{}</a>', address, question.external_id)

    @display(description="Version")
    def version(self, note: ProblemReport) -> int:
        return note.item.question_version.number

    @display(description="State", label={"open": "warning", "answered": "success"})
    def state(self, note: ProblemReport) -> tuple[str, str]:
        return ("answered", "Answered") if note.resolved_at else ("open", "Open")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One report with the question as it was shown, and the form to answer it."""
        report = self.get_object(request, object_id)
        if report is None:
            return cast("HttpResponse", self._get_obj_does_not_exist_redirect(request, self.opts, object_id))
        user, question = cast("User", request.user), report.item.question_version.question
        answers = any(may(user, right, question.organisation_id) for right in ("edit_questions", "release_questions"))
        own = organisations_with(user, "edit_questions") + organisations_with(user, "release_questions")
        answers = answers or report.item.attempt.candidate.organisation in own
        if request.method == "POST":
            if not answers:
                raise PermissionDenied
            try:
                resolve_problem(report=report, by=user, words=request.POST.get("words", ""))
                messages.success(request, "Answered. It no longer waits in the queue.")
                return redirect("admin:question_bank_question_queue")
            except NotPossible as problem:
                messages.error(request, str(problem))
                return redirect(request.path)
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": f"Report on {question.external_id}",
            "media": self.media,
            "report": report,
            "question": question,
            "version": report.item.question_version,
            "shown": context_of(report),
            "may_answer": answers,
        }
        return TemplateResponse(request, "admin/assessments/report.html", context)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user = cast("User", request.user)
        return user.is_superuser or bool(organisations_with(user, "see_questions"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
