"""Background work of the reports room."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from assessments.tasks import wake, wake_each
from reports.services import build


@shared_task(name="reports.build_report")
def build_report(score_id: int) -> None:
    build.build_report(score_id)


@shared_task(name="reports.sweep")
def sweep() -> None:
    """Wake a builder for every newest score without a report: a task each, so that one that fails stops no other."""
    wake_each(build_report, build.without_report())


def wake_builder(sender: Any, score_id: int, **kwargs: Any) -> None:
    """Receiver of `attempt_scored`."""
    wake(build_report, score_id)
