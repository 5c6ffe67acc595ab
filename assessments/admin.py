"""What candidates have said about questions, for the people who keep them. Read only."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from unfold.admin import ModelAdmin
from unfold.decorators import display

from accounts.models import User
from assessments.models import ProblemReport
from question_bank.access import organisations_with


@admin.register(ProblemReport)
class ProblemReportAdmin(ModelAdmin):
    """Notes on questions: those that own candidates wrote, and those on own questions. No names of candidates."""

    list_display = ("question", "said", "version", "created_at")
    list_display_links = None
    list_per_page = 50
    ordering = ("-pk",)
    search_fields = ("text", "item__question_version__question__external_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProblemReport]:
        user = cast("User", request.user)
        notes = ProblemReport.objects.select_related("item__question_version__question")
        if user.is_superuser:
            return notes
        teams = organisations_with(user, "see_questions")
        return notes.filter(
            Q(item__attempt__candidate__organisation__in=teams)
            | Q(item__question_version__question__organisation__in=teams)
        )

    @display(description="Question")
    def question(self, note: ProblemReport) -> str:
        question = note.item.question_version.question
        address = reverse("admin:question_bank_question_change", args=[question.pk])
        return format_html('<a href="{}">{}</a>', address, question.external_id)

    @display(description="What the candidate wrote")
    def said(self, note: ProblemReport) -> str:
        return Truncator(note.text).chars(500)

    @display(description="Version")
    def version(self, note: ProblemReport) -> int:
        return note.item.question_version.number

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
