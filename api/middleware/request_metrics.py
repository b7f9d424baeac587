"""Request metrics: number and duration of requests by route, status and cache result."""

import time

from api.middleware.flush_timer import FlushTimer
from api.middleware.metrics_store import MetricsStore
from api.middleware.response_recorder import ResponseRecorder
from api.middleware.types import ASGIApp, Receive, Scope, Send


class RequestMetricsMiddleware:
    """ASGI middleware that counts every request in a store."""

    def __init__(self, app: ASGIApp, store: MetricsStore) -> None:
        self._app, self.store, self._timer = app, store, FlushTimer(store.save)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request and count it."""
        start, recorder = time.perf_counter(), ResponseRecorder(send)
        try:
            await self._app(scope, receive, recorder)
        finally:
            state = scope["state"]
            labels = state.get("route", ""), recorder.status, state.get("cached", False)
            self.store.observe(labels, time.perf_counter() - start)
            self._timer.schedule()

    def count_early_error(self, status: int) -> None:
        """Count an error that the server sent before there was a request."""
        self.store.observe(("", status, False), 0.0)
        self._timer.schedule()
