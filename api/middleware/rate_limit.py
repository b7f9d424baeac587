"""Rate limit per client: 429 Too Many Requests and the RateLimit headers."""

import math
from http import HTTPStatus

from throttled.asyncio import RateLimitResult

from api.middleware.bearer_token import valid_token
from api.middleware.client_address import client_address
from api.middleware.headers import add_headers
from api.middleware.liveness import OPERATOR_PATHS
from api.middleware.rate_limiter import RateLimiter
from api.middleware.types import ASGIApp, Receive, Scope, Send
from api.server.early_errors import error_response
from seed.settings import Settings


class RateLimitMiddleware:
    """ASGI middleware that rejects the requests of a client above its rate. Each valid token has a rate of its own."""

    def __init__(self, app: ASGIApp, limiter: RateLimiter, settings: Settings) -> None:
        self._app, self._limiter, self._settings = app, limiter, settings
        self._tokens = settings.token_file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, or answer 429 if the client exceeded its rate."""
        if scope["path"] in OPERATOR_PATHS:
            await self._app(scope, receive, send)
            return
        result = await self._limiter.check(self._client(scope))
        send = add_headers(send, rate_limit_headers(result, self._limiter.window_seconds))
        if not result.limited:
            await self._app(scope, receive, send)
            return
        wait = {"Retry-After": str(math.ceil(result.state.retry_after))}
        for message in error_response(HTTPStatus.TOO_MANY_REQUESTS, self._settings.path_prefix, wait).messages():
            await send(message)

    def _client(self, scope: Scope) -> str:
        """Return the hash of a valid token, or the address."""
        token = valid_token(scope, self._tokens) if self._tokens else None
        return token.sha256 if token else client_address(scope, self._settings.trusted_proxies)


def rate_limit_headers(result: RateLimitResult, window_seconds: int) -> list[tuple[bytes, bytes]]:
    """Return the policy and the remaining quota with the seconds until it is full again.

    The headers are those of draft-ietf-httpapi-ratelimit-headers-10.
    """
    state = result.state
    policy = f'"default";q={state.limit};w={window_seconds}'
    quota = f'"default";r={state.remaining};t={math.ceil(state.reset_after)}'
    return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", quota.encode())]
