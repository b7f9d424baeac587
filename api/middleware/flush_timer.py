"""Delayed flushes for middleware that collects data of many requests."""

import asyncio
from collections.abc import Callable

FLUSH_INTERVAL_SECONDS = 0.5
"""Delay of a flush after the first request that needs one."""


class FlushTimer:
    """Calls a function once for all requests of an interval."""

    def __init__(self, flush: Callable[[], None]) -> None:
        self._flush, self._scheduled = flush, False

    def schedule(self) -> None:
        """Schedule a flush, unless one is scheduled already."""
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_later(FLUSH_INTERVAL_SECONDS, self._run)

    def _run(self) -> None:
        self._scheduled = False
        self._flush()
