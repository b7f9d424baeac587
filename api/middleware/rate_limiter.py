"""Counting of requests per client, by each worker or together in Redis."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from redis.exceptions import RedisError
from throttled.asyncio import MemoryStore, RateLimiterType, RateLimitResult, RateLimitState, RedisStore, Throttled
from throttled.exceptions import StoreUnavailableError

T = TypeVar("T")

LOG = logging.getLogger(__name__)
MAX_CLIENTS = 100_000
"""Maximum number of clients that a worker remembers, the most recent ones."""
REDIS_TIMEOUT_SECONDS = 0.25
"""Seconds to wait for Redis."""
REDIS_RETRY_SECONDS = 5
"""Seconds during which a failed Redis is not used; each worker counts on its own."""


class RateLimiter:
    """Rate limit such as 600/minute; clients may burst up to the full limit (GCRA). `name` prefixes its keys."""

    def __init__(self, rate: str, redis_url: str | None, name: str = "readout") -> None:
        self._local = _create_throttle(rate, MemoryStore(options={"MAX_SIZE": MAX_CLIENTS}), name)
        self._shared = _create_throttle(rate, RedisStore(redis_url), name) if redis_url else None
        self._redis_retry_at = 0.0
        self.window_seconds = self._local.limiter.quota.get_period_sec()

    async def check(self, client: str) -> RateLimitResult:
        """Count a request of a client. A Redis that cannot be reached rejects nobody."""
        return await self._query(lambda counter: counter.limit(client))

    async def peek(self, client: str) -> RateLimitState:
        """Return what a client has left, and count nothing."""
        return await self._query(lambda counter: counter.peek(client))

    async def _query(self, query: Callable[[Throttled], Awaitable[T]]) -> T:
        """Query the shared counter; without one, or if it does not respond, the counter of this worker."""
        if self._shared and time.monotonic() >= self._redis_retry_at:
            try:
                async with asyncio.timeout(REDIS_TIMEOUT_SECONDS):
                    return await query(self._shared)
            except (StoreUnavailableError, RedisError, OSError) as error:
                self._redis_retry_at = time.monotonic() + REDIS_RETRY_SECONDS
                LOG.warning("Redis does not answer; each worker counts on its own: %r", error)
        return await query(self._local)


def _create_throttle(rate: str, store: MemoryStore | RedisStore, name: str) -> Throttled:
    return Throttled(using=RateLimiterType.GCRA.value, quota=rate, store=store, key_prefix=name)
