"""Calibrations, for operators: what was estimated when, from how many answers, what it moved, and a button to do it."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from accounts.models import User
from assessments.tasks import wake
from reports.models import Calibration
from reports.recalibration import recalibration
from reports.services.calibrate import begin_calibration
from reports.tasks import run_calibration


@admin.register(Calibration)
class CalibrationAdmin(ModelAdmin):
    """Append-only, so read only; operators alone see and start them."""

    list_display = ("name", "state", "progress", "persons", "answers", "moved", "reason", "actor", "started_at")
    list_display_links = None
    list_select_related = ("actor",)
    list_per_page = 50
    actions_list = ("calibrate_now",)

    class Media:
        css = {"all": ("css/question_admin.css",)}

    @display(description="State", label={"running": "info", "finished": "success", "failed": "danger"})
    def state(self, calibration: Calibration) -> str:
        if calibration.failed:
            return "failed"
        return "finished" if calibration.finished_at else "running"

    @display(description="Skills done")
    def progress(self, calibration: Calibration) -> str:
        return f"{calibration.done} of {calibration.total}"

    @display(description="What it moved")
    def moved(self, calibration: Calibration) -> str:
        if calibration.failed or not calibration.finished_at:
            return "\u2013"
        address = reverse("admin:reports_calibration_moved", args=[calibration.pk])
        link = '<a href="{}" class="text-primary-600 dark:text-primary-500" aria-label="Moves and drift of {}">{}</a>'
        return format_html(link, address, calibration, "Moves and drift")

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.moved_view)
        return [path("<int:pk>/moved/", page, name="reports_calibration_moved"), *super().get_urls()]

    def moved_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        calibration = get_object_or_404(Calibration, pk=pk, finished_at__isnull=False, failed="")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": f"What {calibration.name} moved",
            "calibration": calibration,
            "found": recalibration(calibration),
        }
        return TemplateResponse(request, "admin/reports/recalibration.html", context)

    @action(description="Calibrate now", url_path="calibrate", permissions=["start"])
    def calibrate_now(self, request: HttpRequest) -> HttpResponse:
        started = begin_calibration(reason="by hand", actor=cast("User", request.user))
        if started:
            wake(run_calibration, started.pk)
            messages.success(request, "Started. Load this page again to see how far it is.")
        else:
            messages.info(request, "Nothing to do: one is running, or nobody was scored since the last one.")
        return HttpResponseRedirect(reverse("admin:reports_calibration_changelist"))

    def has_start_permission(self, request: HttpRequest) -> bool:
        return bool(cast("User", request.user).is_superuser)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(cast("User", request.user).is_superuser)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
