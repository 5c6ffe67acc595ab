"""A Redis cache that is allowed to be down."""

from __future__ import annotations

from typing import Any

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


class ForgivingRedisCache(RedisCache):
    """Answers "not there" while Redis is down: the cache holds only what can be computed or shown again."""

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except (RedisError, OSError):
            return default

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        try:
            found: dict[Any, Any] = super().get_many(keys, version)
        except (RedisError, OSError):
            return {}
        return found

    def set(self, key: Any, value: Any, timeout: Any = 300, version: int | None = None) -> None:
        try:
            super().set(key, value, timeout, version)
        except (RedisError, OSError):
            log.warning("cache_unavailable")

    def add(self, key: Any, value: Any, timeout: Any = 300, version: int | None = None) -> bool:
        """Sign-in takes a lock this way for its rate limits: it must get it, or nobody could sign in without Redis."""
        try:
            return bool(super().add(key, value, timeout, version))
        except (RedisError, OSError):
            log.warning("cache_unavailable")
            return True

    def delete(self, key: Any, version: int | None = None) -> bool:
        try:
            return bool(super().delete(key, version))
        except (RedisError, OSError):
            return False
