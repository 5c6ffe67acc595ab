"""A way for saves past what they do not need: most requests of a sitting are saves, and they come together."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_protect

from assessments import save_health
from assessments.access import bears_cookie, held_by_cookie
from assessments.views.taking import save, wants_json

_FROM_THE_DATABASE = (200, 302, 409)
"""Replies to a save that was stored, or that the database has refused."""
_SAVE = re.compile(r"/attempt/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/q/([0-9]{1,5})/save/")


class SavesFirst:
    """Answers the saves of a page's script that bring the attempt's own signed cookie.

    The rest of the chain (sessions, sign-in, messages, the search for an address) would take as long as the save
    itself. Whatever is different in any way, or fails, takes the usual way: it comes to the same answer,
    for a save that arrives twice is stored once.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.save = csrf_protect(save)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        place = _SAVE.fullmatch(request.path_info) if request.method == "POST" else None
        if place is None:
            return self.get_response(request)
        public_id = UUID(place[1])
        response = self._shortly(request, public_id, int(place[2])) or self.get_response(request)
        status = response.status_code
        # Only of who holds the attempt: a stranger's requests must neither make an outage nor end one.
        if (status >= 500 or status in _FROM_THE_DATABASE) and bears_cookie(request, public_id):
            save_health.here.noted(saved=status < 500)
        return response

    def _shortly(self, request: HttpRequest, public_id: UUID, position: int) -> HttpResponse | None:
        if not wants_json(request):
            return None
        try:
            return self._saved(request, public_id, position)
        except Exception:  # a database that is away, a host that is not ours: the usual way answers and logs it
            return None

    def _saved(self, request: HttpRequest, public_id: UUID, position: int) -> HttpResponse | None:
        request.get_host()
        if not held_by_cookie(request, public_id):
            return None
        response = self.save(request, public_id, position)
        response["Cache-Control"] = "no-store, private"
        response["Content-Length"] = str(len(response.content))
        return response
