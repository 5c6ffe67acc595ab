"""Configuration of gunicorn (``--config python:config.gunicorn``): of the image, of `make run` and of the bench.

Each web process writes signs of life. A gap between the signs is recorded as an outage
(`assessments.services.outages`), so that candidates can be given the time back.
"""

from __future__ import annotations

import contextlib
import threading
from typing import Any

# Chosen by measurement (docs/decisions/0007-web-server.md); the command line can say otherwise.
worker_class = "gthread"
workers = 2
threads = 4
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Called by gunicorn in each of its processes, when the application is loaded."""
    threading.Thread(target=beat_for_ever, args=(threading.Event(),), name="signs-of-life", daemon=True).start()


def worker_exit(server: Any, worker: Any) -> None:
    """Called in a process that ends: what it knows of failed saves must not go with it."""
    from assessments.save_health import here

    here.end()
    with contextlib.suppress(Exception):  # it ends whether or not the database answers
        _beat()


def beat_for_ever(stopped: threading.Event) -> None:
    """Write a sign at once and then every few seconds. A database that is away is logged once, until it is back."""
    import structlog  # not above: gunicorn reads this file before Django is set up
    from django.conf import settings
    from django.db import Error

    log = structlog.get_logger(__name__)
    away = False
    while True:
        try:
            _beat()
            if away:
                log.info("signs_of_life_back")
            away = False
        except Error as error:
            if not away:
                log.warning("signs_of_life_missing", error=type(error).__name__)
            away = True
        except Exception:  # the thread must outlive whatever happens: without signs every minute is an outage
            if not away:
                log.exception("signs_of_life_failed")
            away = True
        if stopped.wait(settings.BEAT_SECONDS):
            return


def _beat() -> None:
    """One sign, on a connection that is given back at once: a pool keeps it, else it is closed."""
    from django.db import connection

    from assessments.save_health import here
    from assessments.services.outages import beat, write_failed_saves

    try:
        beat("web")
        write_failed_saves(here)
    finally:
        with contextlib.suppress(Exception):
            connection.close()
