"""What every answer gets."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

GetResponse = Callable[[HttpRequest], HttpResponse]

# django-unfold's scripts need inline styles and Alpine's expression evaluation; nobody but
# signed-in authors reaches the admin, and no other page gets these.
_ADMIN_CSP = {
    "script-src": ["'unsafe-eval'"],
    "style-src": ["'unsafe-inline'"],
}


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
