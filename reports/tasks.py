"""Background work of the reports room."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.conf import settings

from accounts.queue import BACKGROUND
from assessments.tasks import TURN_SECONDS, wake, wake_each
from reports.services import build, calibrate, files


@shared_task(name="reports.build_report")
def build_report(score_id: int) -> None:
    build.build_report(score_id)


@shared_task(name="reports.follow_correction")
def follow_correction(regrade_id: int) -> None:
    """In turns: thousands of reports must not keep a candidate who hands in now waiting."""
    if build.build_corrected(regrade_id, turn=TURN_SECONDS):
        wake(follow_correction, regrade_id, priority=BACKGROUND)


@shared_task(name="reports.sweep")
def sweep() -> None:
    """Wake a builder for every newest score without a report, every file that waits, and every correction and
    calibration left behind.

    A task each, so that one that fails stops no other.
    """
    wake_each(build_report, build.without_report())
    behind = build.corrections_behind()
    wake_each(follow_correction, behind, priority=BACKGROUND, expires=settings.SWEEP_SECONDS)
    wake_each(build_file, files.waiting())
    files.forget_old()
    wake_each(run_calibration, calibrate.left_behind())


@shared_task(name="reports.build_file")
def build_file(file_id: int) -> None:
    files.build_file(file_id)


@shared_task(name="reports.run_calibration")
def run_calibration(calibration_id: int) -> None:
    calibrate.run_calibration(calibration_id)


@shared_task(name="reports.calibrate_nightly")
def calibrate_nightly() -> None:
    """Estimate the questions anew where somebody was scored since the last time."""
    started = calibrate.begin_calibration(reason="nightly")
    if started:
        wake(run_calibration, started.pk)


def wake_builder(sender: Any, score_id: int, **kwargs: Any) -> None:
    """Receiver of `attempt_scored`."""
    wake(build_report, score_id)


def wake_follower(sender: Any, regrade_id: int, **kwargs: Any) -> None:
    """Receiver of `correction_carried_out`."""
    wake(follow_correction, regrade_id, priority=BACKGROUND)
