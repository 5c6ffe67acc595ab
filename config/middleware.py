"""What every answer gets."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import structlog
from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template import loader
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject
from psycopg_pool import PoolTimeout

log = structlog.get_logger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]

# django-unfold's scripts need inline styles and Alpine's expression evaluation; nobody but
# signed-in authors reaches the admin, and no other page gets these.
_ADMIN_CSP = {
    "script-src": ["'unsafe-eval'"],
    "style-src": ["'unsafe-inline'"],
}


class DatabaseAway:
    """Answers 503 with Retry-After while the database cannot be reached: the page keeps the answer and tries again."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, OperationalError | InterfaceError | PoolTimeout):
            return None
        log.error("database_away", error=type(exception).__name__)
        words = "The database cannot be reached at the moment. Nothing that was saved is lost."
        if request.headers.get("Accept", "").startswith("application/json"):
            response: HttpResponse = JsonResponse({"outcome": "unavailable", "message": words}, status=503)
        else:
            response = HttpResponse(loader.render_to_string("503.html"), status=503)
        response["Retry-After"] = "2"
        return response


class ContentSecurity(CSPMiddleware):
    """The content security policy; put together once where a response needs nothing of its own."""

    @cached_property
    def _usual(self) -> str:
        return build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        special = hasattr(request, "_csp_nonce") or any(name.startswith("_csp") for name in vars(response))
        if special or settings.DEBUG:
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self._usual)
        request.csp_nonce = SimpleLazyObject(self._csp_nonce_post_response)  # type: ignore[attr-defined]
        return response


class PrivatePages:
    """Pages are private and never stored by caches or the browser, unless their view says otherwise."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store, private"
        patch_vary_headers(response, ["HX-Request"])
        if request.path.startswith("/admin/"):
            response._csp_update = _ADMIN_CSP  # type: ignore[attr-defined]
        return response
