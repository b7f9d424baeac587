"""Request metrics: number and duration of requests by route, status and cache result."""

from api.middleware.flush_timer import FlushTimer
from api.middleware.metrics_store import MetricsStore
from api.middleware.types import Scope


class RequestMetrics:
    """Counts requests in a store, and saves it twice a second."""

    def __init__(self, store: MetricsStore) -> None:
        self.store, self._timer = store, FlushTimer(store.save)

    def observe(self, scope: Scope, status: int, _size: int, seconds: float) -> None:
        """Count a request, given the status of its response."""
        state = scope["state"]
        self.store.observe((state.get("route", ""), status, state.get("cached", False)), seconds)
        self._timer.schedule()

    def close(self) -> None:
        """Save what was counted."""
        self.store.save()
