"""Limit on writes without a valid token: a client that was refused too often has to wait."""

import math
from http import HTTPStatus
from pathlib import Path

from api.http.methods import is_write
from api.middleware.bearer_token import valid_token
from api.middleware.client_address import client_address
from api.middleware.rate_limiter import RateLimiter
from api.middleware.types import ASGIApp, Message, Receive, Scope, Send
from api.server.early_errors import error_response
from seed.settings import Settings

FAILURE_RATE = "20/minute"
"""How often a client may be refused. Nobody can guess a token; this keeps those who try from costing much. After that
only hashes are compared, so that an editor at the same address can still write.
"""


class TokenLimitMiddleware:
    """ASGI middleware that counts the responses 401 to a client's writes, and answers 429 if there are too many."""

    def __init__(self, app: ASGIApp, limiter: RateLimiter, settings: Settings, tokens: Path) -> None:
        self._app, self._limiter, self._settings, self._tokens = app, limiter, settings, tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if not is_write(scope["method"], scope["path"]):
            await self._app(scope, receive, send)
            return
        client = client_address(scope, self._settings.trusted_proxies)
        left = await self._limiter.peek(client)
        if left.remaining == 0 and valid_token(scope, self._tokens) is None:
            wait = {"Retry-After": str(max(1, math.ceil(left.retry_after)))}
            for message in error_response(HTTPStatus.TOO_MANY_REQUESTS, self._settings.path_prefix, wait).messages():
                await send(message)
            return

        async def count(message: Message) -> None:
            if message.get("status") == HTTPStatus.UNAUTHORIZED:
                await self._limiter.check(client)
            await send(message)

        await self._app(scope, receive, count)
