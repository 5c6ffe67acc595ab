"""The Celery application. Tasks live in the apps; this file only wires settings and logs."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_prerun

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("plumbline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def use_django_logging(**kwargs: Any) -> None:
    """Keep Celery from installing its own handlers: one log format for all processes."""
    import logging.config

    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@task_prerun.connect
def leave_a_dead_connection(task: Any = None, **kwargs: Any) -> None:
    """As Django does before a request: a connection that PostgreSQL has cut is replaced, one that works is kept.

    Celery itself only counts tasks (`CELERY_DB_REUSE_MAX`): without this a worker that lives through a restart of the
    database fails every task on its dead connection.
    """
    from django.db import close_old_connections

    if not task.request.is_eager:
        close_old_connections()
