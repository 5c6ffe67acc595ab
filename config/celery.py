"""The Celery application. Tasks live in the apps; this file only wires settings and logs."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

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
