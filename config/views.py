"""Health, and what is answered when something cannot be done."""

from __future__ import annotations

import time
from typing import Any

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from rest_framework.response import Response
from rest_framework.views import exception_handler

from accounts.errors import NotPossible
from assessments.states import LostRace
from assessments.tasks import WORKER_SEEN, broker_answers

log = structlog.get_logger(__name__)


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Database and broker answer, and a worker was seen within four sweeps. 503 where not.

    Without a worker or broker candidates can still start, answer and submit; so a load balancer
    should look at ``database`` alone, and people at all three.
    """
    parts = {"database": _database_answers(), "broker": broker_answers(), "worker": _worker_seen()}
    ready = all(parts.values())
    return JsonResponse({"ready": ready, **parts}, status=200 if ready else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _worker_seen() -> bool:
    seen = cache.get(WORKER_SEEN)
    return seen is not None and time.time() - float(seen) < 4 * settings.SWEEP_SECONDS + 5


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open for too long, or sent from elsewhere."""
    return render(request, "csrf_failure.html", status=403)


def api_exception(exc: Exception, context: dict[str, Any]) -> Response | None:
    """What cannot be done is a 409 with its reason; the rest is as REST framework has it."""
    if isinstance(exc, NotPossible | LostRace):
        return Response({"detail": str(exc)}, status=409)
    if isinstance(exc, RecursionError):
        return Response({"detail": "This JSON is nested too deeply."}, status=400)
    return exception_handler(exc, context)
