"""A timer that can be set again."""

import asyncio
from collections.abc import Callable


class Deadline:
    """A timer that calls a function once, unless it is stopped or set again before."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None

    def set(self, seconds: float, action: Callable[[], None]) -> None:
        """Call a function after some seconds. This cancels an earlier setting."""
        self.stop()
        self._timer = self._loop.call_later(seconds, action)

    def stop(self) -> None:
        """Cancel the call."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def is_set(self) -> bool:
        """Whether it was set and not stopped. It stays true after the call."""
        return self._timer is not None
