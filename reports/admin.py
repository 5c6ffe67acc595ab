"""Calibrations, for operators: what was estimated when, from how many answers, and a button to do it now."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from accounts.models import User
from assessments.tasks import wake
from reports.models import Calibration
from reports.services.calibrate import begin_calibration
from reports.tasks import run_calibration


@admin.register(Calibration)
class CalibrationAdmin(ModelAdmin):
    """Append-only, so read only; operators alone see and start them."""

    list_display = ("name", "state", "progress", "persons", "answers", "reason", "actor", "started_at")
    list_display_links = None
    list_select_related = ("actor",)
    list_per_page = 50
    actions_list = ("calibrate_now",)

    @display(description="State", label={"running": "info", "finished": "success", "failed": "danger"})
    def state(self, calibration: Calibration) -> str:
        if calibration.failed:
            return "failed"
        return "finished" if calibration.finished_at else "running"

    @display(description="Skills done")
    def progress(self, calibration: Calibration) -> str:
        return f"{calibration.done} of {calibration.total}"

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
