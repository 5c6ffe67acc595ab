"""The bare application: one view that does one upsert, or as many as it is asked for."""

from __future__ import annotations

import json
import os

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import path

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.floor.settings"
application = get_wsgi_application()

UPSERT = """
INSERT INTO bench_floor (key, value, saved_at) VALUES (%s, %s, clock_timestamp())
ON CONFLICT (key) DO UPDATE SET value = excluded.value, saved_at = excluded.saved_at
RETURNING saved_at
"""


def save(request: HttpRequest, key: int, rows: int = 1) -> JsonResponse:
    with connection.cursor() as cursor:
        for number in range(rows):
            cursor.execute(UPSERT, [key + number, json.dumps({"form": request.body.decode()})])
        saved_at = cursor.fetchone()[0]
    response = JsonResponse({"saved_at": saved_at})
    response["Content-Length"] = str(len(response.content))  # without it gunicorn would send it in chunks
    return response


urlpatterns = [path("save/<int:key>/", save), path("save/<int:key>/<int:rows>/", save)]
