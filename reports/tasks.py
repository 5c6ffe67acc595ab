"""Background work of the reports room."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from assessments.tasks import wake, wake_each
from reports.services import build, calibrate, files


@shared_task(name="reports.build_report")
def build_report(score_id: int) -> None:
    build.build_report(score_id)


@shared_task(name="reports.sweep")
def sweep() -> None:
    """Wake a builder for every newest score without a report, every file that waits and every calibration left
    behind.

    A task each, so that one that fails stops no other.
    """
    wake_each(build_report, build.without_report())
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
