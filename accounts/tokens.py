"""Secret links: 256-bit tokens of which only the hash is stored.

A token is computed from the server's secret and the row's public id, so that a worker can mail the
link again without the token being stored anywhere. Who reads the database alone cannot make one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from uuid import UUID

from django.conf import settings


def make_token(purpose: str, public_id: UUID, nonce: int = 0, *, key: str | None = None) -> str:
    """The token of one row; another ``nonce`` gives another token (and makes the old one useless)."""
    message = f"{purpose}:{public_id}:{nonce}".encode()
    digest = hmac.new((key or settings.SECRET_KEY).encode(), message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def token_behind(stored_hash: str, purpose: str, public_id: UUID, nonce: int = 0) -> str:
    """The token that a row was stored with, also where one of `SECRET_KEY_FALLBACKS` made it."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    tokens = [make_token(purpose, public_id, nonce, key=key) for key in keys]
    return next((token for token in tokens if hash_token(token) == stored_hash), tokens[0])


def hash_token(token: str) -> str:
    """What is stored and looked up: SHA-256, as the token itself has full entropy."""
    return hashlib.sha256(token.encode()).hexdigest()
