"""How much one client may ask for: a rate by address, counted by each worker, or by all together in a Redis."""

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
"""How many clients a worker remembers; beyond that it forgets those it has not heard of for the longest."""
REDIS_TIMEOUT_SECONDS = 0.25
"""Seconds to wait for the Redis that counts."""
REDIS_RETRY_SECONDS = 5
"""Seconds for which it is not asked again after it failed. Each worker counts by itself meanwhile."""
HEADER_NAMES = ("RateLimit-Policy", "RateLimit")
"""The headers that tell a client of its rate (draft-ietf-httpapi-ratelimit-headers-10)."""


class RateLimiter:
    """A rate such as 600/minute that holds for each client, all of which may be used up at once."""

    def __init__(self, rate: str, redis: str | None, proxies: int) -> None:
        self.proxies = proxies
        self.own = _counting(rate, MemoryStore(options={"MAX_SIZE": MAX_CLIENTS}))
        self.shared = _counting(rate, RedisStore(redis)) if redis else None
        self.rests_until = 0.0

    async def admit(self, scope: Scope, headers: Headers) -> tuple[dict[str, str], RawResponse | None]:
        """What a client is told of its rate, and its refusal where it has asked for too much."""
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
            ) as error:  # a limit that cannot be asked for must not refuse anybody
                self.rests_until = time.monotonic() + REDIS_RETRY_SECONDS
                logging.getLogger(__name__).warning("The Redis that counts requests does not answer: %r", error)
        return await self.own.limit(client)


def _counting(rate: str, store: MemoryStore | RedisStore) -> Throttled:
    return Throttled(using=RateLimiterType.GCRA.value, quota=rate, store=store, key_prefix="readout")


def rate_limit_headers(counted: RateLimitResult, window: int) -> tuple[str, str]:
    """The policy, and what is left of it: requests, and seconds until all of it is there again."""
    state = counted.state
    return (
        f'"default";q={state.limit};w={window}',
        f'"default";r={state.remaining};t={math.ceil(state.reset_after)}',
    )
