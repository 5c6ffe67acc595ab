"""Sessions in the database, as Django keeps them; a key that cannot be one of ours is not looked for."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore


class SessionStore(DatabaseStore):
    def _validate_session_key(self, key: Any) -> bool:
        """Our keys are letters and digits. A cookie may hold anything, and PostgreSQL refuses to look for a NUL."""
        fits = super()._validate_session_key(key)  # type: ignore[misc] # Django's own, which the stubs leave out
        return bool(fits and key.isascii() and key.isalnum())
