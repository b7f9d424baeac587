"""The ASGI application: Flask behind the middleware. The middleware never changes a response body."""

from pathlib import Path
from typing import Any

from api import create_app
from api.middleware.access_log import AccessLogMiddleware
from api.middleware.database_state import DatabaseState
from api.middleware.liveness import LivenessMiddleware
from api.middleware.log_queue import LogQueue
from api.middleware.metrics_store import MetricsStore
from api.middleware.request_id import RequestIdMiddleware
from api.middleware.request_metrics import RequestMetricsMiddleware
from api.middleware.response_cache import ResponseCacheMiddleware
from api.middleware.types import ASGIApp, Receive, Scope, Send
from api.middleware.wsgi import WSGIAdapter
from seed.settings import OFF, Settings
from seed.storage.temporary_folder import TemporaryFolder


class Application:
    """The middleware around Flask, and what the server calls outside of requests."""

    def __init__(self, middleware: ASGIApp, metrics: RequestMetricsMiddleware, access_log: LogQueue | None) -> None:
        self._middleware, self.metrics, self._access_log = middleware, metrics, access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        await self._middleware(scope, receive, send)

    def count_early_error(self, status: int) -> None:
        """Count an error that the server sent before there was a request."""
        self.metrics.count_early_error(status)

    def close(self) -> None:
        """Save metrics and access log when a worker exits."""
        self.metrics.store.save()
        if self._access_log is not None:
            self._access_log.close()


def create_asgi_app(**overrides: Any) -> Application:
    """Create the application as it is served; `overrides` replaces settings by name."""
    flask = create_app(**overrides)
    settings: Settings = flask.extensions["settings"]
    access_log = None if settings.access_log == OFF else LogQueue(settings.access_log)
    state = DatabaseState(flask.extensions["connection_pool"].path)
    app: ASGIApp = ResponseCacheMiddleware(WSGIAdapter(flask, trusted_proxies=settings.trusted_proxies), state)
    app = add_token_limit(app, settings)
    app = LivenessMiddleware(app, flask)
    app = add_rate_limit(app, settings)
    if access_log is not None:
        app = AccessLogMiddleware(app, access_log, settings.trusted_proxies)
    flask.extensions["past_files"].create_folder()
    store = flask.extensions["metrics_store"] = MetricsStore(TemporaryFolder("metrics"))
    metrics = RequestMetricsMiddleware(app, store)
    return Application(RequestIdMiddleware(metrics), metrics, access_log)


def create_draft_app(database: str) -> Application:
    """Create the application over a private copy with drafts: its links stay within it, and nobody can write."""
    return create_asgi_app(database=database, base_url=None, tokens=None, after_write=None, is_draft=True)


def add_rate_limit(app: ASGIApp, settings: Settings) -> ASGIApp:
    """Return the application with a rate limit, if there is one in the settings."""
    if settings.rate_limit == OFF:
        return app
    # Importing it takes as long as Flask, and on the loopback interface it is not used.
    from api.middleware.rate_limit import RateLimitMiddleware
    from api.middleware.rate_limiter import RateLimiter

    limiter = RateLimiter(settings.rate_limit, settings.redis_url)
    tokens = Path(settings.tokens) if settings.tokens else None
    return RateLimitMiddleware(app, limiter, settings.trusted_proxies, tokens)


def add_token_limit(app: ASGIApp, settings: Settings) -> ASGIApp:
    """Return the application with a limit on writes without a valid token, if it takes writes."""
    if settings.tokens is None:
        return app
    # As above: not used unless the server takes writes.
    from api.middleware.rate_limiter import RateLimiter
    from api.middleware.token_limit import FAILURE_RATE, TokenLimitMiddleware

    limiter = RateLimiter(FAILURE_RATE, settings.redis_url, "readout-tokens")
    return TokenLimitMiddleware(app, limiter, settings.trusted_proxies, Path(settings.tokens))
