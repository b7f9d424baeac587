"""The ASGI application: Flask behind the middleware. The middleware never changes a response body."""

import time
from typing import Any

from api import create_app
from api.middleware.access_log import AccessLog
from api.middleware.database_state import DatabaseState
from api.middleware.headers import header_lines
from api.middleware.liveness import LivenessMiddleware
from api.middleware.log_queue import STDOUT, LogQueue, require_writable
from api.middleware.metrics_store import MetricsStore
from api.middleware.request_id import RequestIdMiddleware, request_id_headers
from api.middleware.request_metrics import RequestMetrics
from api.middleware.request_observers import RequestObserver, RequestObserverMiddleware
from api.middleware.response_cache import ResponseCacheMiddleware
from api.middleware.types import ASGIApp, Receive, Scope, Send
from api.middleware.wsgi import WSGIAdapter
from api.server.early_errors import RawResponse, error_response
from seed.settings import OFF, Settings
from seed.storage.temporary_folder import TemporaryFolder


class Application:
    """The middleware around Flask, and methods that the server calls outside of ASGI."""

    def __init__(
        self,
        cache: ResponseCacheMiddleware | None,
        observed: RequestObserverMiddleware,
        metrics: RequestMetrics,
        path_prefix: str,
    ) -> None:
        """Without a cache, `respond_at_once` returns None."""
        self._cache, self._observed, self.metrics, self._path_prefix = cache, observed, metrics, path_prefix
        self._middleware = RequestIdMiddleware(observed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        await self._middleware(scope, receive, send)

    def respond_at_once(self, scope: Scope) -> tuple[bytes, bytes] | None:
        """Return the response that `__call__` would send if it is cached, or None.

        The first item is the status line and the headers, without the empty line after them; the second is the body.
        Why not ASGI: its calls take longer than all other steps of a cached response.
        """
        began = time.perf_counter()
        found = self._cache.find(scope) if self._cache is not None else None
        if found is None:
            return None
        start, message = found
        body = message.get("body", b"")
        head = start.head
        if returned := request_id_headers(scope):
            head += header_lines(returned)
        self._observed.observe(scope, start.status, len(body), time.perf_counter() - began)
        return head, body

    def early_error(self, status: int) -> RawResponse:
        """Return the error that the server sends without calling the application."""
        return error_response(status, self._path_prefix)

    def observe_early_error(self, scope: Scope, error: RawResponse) -> None:
        """Count and log such an error, with what is known of the request."""
        request_id_headers(scope)
        self._observed.observe(scope, error.status, len(error.body), 0.0)

    def close(self) -> None:
        """Save metrics and access log when a worker exits."""
        self._observed.close()


def create_asgi_app(**overrides: Any) -> Application:
    """Create the application as it is served; `overrides` replaces settings by name."""
    flask = create_app(**overrides)
    settings: Settings = flask.extensions["settings"]
    state = DatabaseState(flask.extensions["connection_pool"].path)
    cache = ResponseCacheMiddleware(WSGIAdapter(flask, trusted_proxies=settings.trusted_proxies), state)
    app = LivenessMiddleware(add_token_limit(cache, settings), flask)
    flask.extensions["past_files"].create_folder()
    flask.extensions["snapshots"].shared.create_folder()
    store = flask.extensions["metrics_store"] = MetricsStore(TemporaryFolder("metrics"))
    metrics, observers = RequestMetrics(store), list[RequestObserver]()
    if settings.access_log != OFF:
        if settings.access_log != STDOUT:
            require_writable(settings.access_log)
        observers.append(AccessLog(LogQueue(settings.access_log), settings.trusted_proxies))
    observed = RequestObserverMiddleware(add_rate_limit(app, settings), [metrics, *observers])
    return Application(cache if settings.rate_limit == OFF else None, observed, metrics, settings.path_prefix)


def create_draft_app(database: str) -> Application:
    """Create the application over a private copy with drafts: its links stay within it, and writes are refused."""
    return create_asgi_app(database=database, base_url=None, tokens=None, after_write=None, is_draft=True)


def add_rate_limit(app: ASGIApp, settings: Settings) -> ASGIApp:
    """Return the application with a rate limit, if there is one in the settings."""
    if settings.rate_limit == OFF:
        return app
    # The import takes as long as that of Flask; a server on the loopback interface has no rate limit by default.
    from api.middleware.rate_limit import RateLimitMiddleware
    from api.middleware.rate_limiter import RateLimiter

    limiter = RateLimiter(settings.rate_limit, settings.redis_url)
    return RateLimitMiddleware(app, limiter, settings)


def add_token_limit(app: ASGIApp, settings: Settings) -> ASGIApp:
    """Return the application with a limit on writes without a valid token, if it takes writes."""
    if (tokens := settings.token_file) is None:
        return app
    # The import takes as long as that of Flask; only a server that takes writes needs it.
    from api.middleware.rate_limiter import RateLimiter
    from api.middleware.token_limit import FAILURE_RATE, TokenLimitMiddleware

    limiter = RateLimiter(FAILURE_RATE, settings.redis_url, "readout-tokens")
    return TokenLimitMiddleware(app, limiter, settings, tokens)
