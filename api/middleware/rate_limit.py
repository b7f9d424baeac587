"""Rate limit per client, counted by each worker or together in Redis."""

import asyncio
import logging
import math
import time
from http import HTTPStatus

from redis.exceptions import RedisError
from throttled.asyncio import MemoryStore, RateLimiterType, RateLimitResult, RedisStore, Throttled
from throttled.exceptions import StoreUnavailableError

from api.middleware.client_address import client_address
from api.middleware.types import Headers, Scope
from api.server.early_errors import RawResponse, error_response

MAX_CLIENTS = 100_000
"""Maximum number of clients that a worker remembers, the most recent ones."""
REDIS_TIMEOUT_SECONDS = 0.25
"""Seconds to wait for Redis."""
REDIS_RETRY_SECONDS = 5
"""Seconds during which a failed Redis is not used; each worker counts on its own."""
HEADER_NAMES = ("RateLimit-Policy", "RateLimit")
"""Response headers (draft-ietf-httpapi-ratelimit-headers-10)."""


class RateLimiter:
    """Rate limit such as 600/minute; clients may burst up to the full limit (GCRA)."""

    def __init__(self, rate: str, redis: str | None, proxies: int) -> None:
        self.proxies = proxies
        self.own = _counting(rate, MemoryStore(options={"MAX_SIZE": MAX_CLIENTS}))
        self.shared = _counting(rate, RedisStore(redis)) if redis else None
        self.rests_until = 0.0

    async def admit(self, scope: Scope, headers: Headers) -> tuple[dict[str, str], RawResponse | None]:
        """Return the headers for a client, and a 429 response if it exceeded its rate."""
        counted = await self._count(client_address(scope, headers, self.proxies))
        told = dict(
            zip(HEADER_NAMES, rate_limit_headers(counted, self.own.limiter.quota.get_period_sec()), strict=True)
        )
        if not counted.limited:
            return told, None
        later = {"Retry-After": str(math.ceil(counted.state.retry_after))}
        return told, error_response(HTTPStatus.TOO_MANY_REQUESTS, later)

    async def _count(self, client: str) -> RateLimitResult:
        if self.shared and time.monotonic() >= self.rests_until:
            try:
                async with asyncio.timeout(REDIS_TIMEOUT_SECONDS):
                    return await self.shared.limit(client)
            except (
                StoreUnavailableError,
                RedisError,
                OSError,
            ) as error:  # an unreachable Redis must not reject anybody
                self.rests_until = time.monotonic() + REDIS_RETRY_SECONDS
                logging.getLogger(__name__).warning("The Redis that counts requests does not answer: %r", error)
        return await self.own.limit(client)


def _counting(rate: str, store: MemoryStore | RedisStore) -> Throttled:
    return Throttled(using=RateLimiterType.GCRA.value, quota=rate, store=store, key_prefix="readout")


def rate_limit_headers(counted: RateLimitResult, window: int) -> tuple[str, str]:
    """Return the policy and the remaining quota with the seconds until it is full again."""
    state = counted.state
    return (
        f'"default";q={state.limit};w={window}',
        f'"default";r={state.remaining};t={math.ceil(state.reset_after)}',
    )
