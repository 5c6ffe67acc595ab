"""Filters of the list of questions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from question_bank.models import DIFFICULTIES, Domain, LintFinding, Question, Skill
from question_bank.states import STATUS_LABELS, Status
from question_bank.types import TYPES

Choices = Iterable[tuple[str, str]]


class QuestionFilter(DropdownFilter):
    """A filter by one value; ``field`` is what it compares."""

    field: str

    def queryset(self, request: HttpRequest, queryset: QuerySet[Question]) -> QuerySet[Question]:
        value = self.value()
        known = {str(key) for key, _ in self.lookup_choices}
        return queryset.filter(**{self.field: value}) if value in known else queryset


class DomainFilter(QuestionFilter):
    title, parameter_name, field = "domain", "domain", "skill__domain__slug"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return list(Domain.objects.values_list("slug", "title"))


class SkillFilter(QuestionFilter):
    title, parameter_name, field = "skill", "skill", "skill__slug"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return list(Skill.objects.values_list("slug", "title"))


class StatusFilter(QuestionFilter):
    title, parameter_name, field = "status", "status", "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(Status(value).value, label) for value, label in STATUS_LABELS]


class TypeFilter(QuestionFilter):
    title, parameter_name, field = "type", "type", "current__type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(slug, known.label) for slug, known in TYPES.items()]


class DifficultyFilter(QuestionFilter):
    title, parameter_name, field = "difficulty", "difficulty", "current__difficulty"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(str(number), label) for number, label in DIFFICULTIES]


class OwnerFilter(QuestionFilter):
    title, parameter_name = "owner", "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("own", "Our own"), ("library", "Shipped library")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Question]) -> QuerySet[Question]:
        if self.value() in {"own", "library"}:
            return queryset.filter(organisation__isnull=self.value() == "library")
        return queryset


def findings_of(severity: str) -> Any:
    """How many findings of a severity a question has, as a column."""
    rows = LintFinding.objects.filter(question=OuterRef("pk"), severity=severity).order_by()
    counted = rows.values("question").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


class FindingsFilter(QuestionFilter):
    """What the linter says: see `question_bank.services.lint`."""

    title, parameter_name = "findings", "findings"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("error", "Errors"), ("warning", "Warnings"), ("any", "Errors or warnings"), ("none", "Neither")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Question]) -> QuerySet[Question]:
        grave = ["error", "warning"] if self.value() in {"any", "none"} else [self.value()]
        found = Exists(LintFinding.objects.filter(question=OuterRef("pk"), severity__in=grave))
        if self.value() in {"error", "warning", "any"}:
            return queryset.filter(found)
        return queryset.filter(~found) if self.value() == "none" else queryset
