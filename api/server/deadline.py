"""A timer that can be set again."""

import asyncio
from collections.abc import Callable


class Deadline:
    """A timer that calls a function once, unless it is stopped or set again before.

    It is set and stopped for every request. To save the cost of that, the timer of the event loop is not cancelled:
    when it fires, the time is compared.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._at: float | None = None
        self._action: Callable[[], None] | None = None

    def set(self, seconds: float, action: Callable[[], None]) -> None:
        """Call a function after some seconds. This replaces an earlier setting."""
        self._at, self._action = self._loop.time() + seconds, action
        if self._timer is None or self._timer.when() > self._at:
            self._start_timer(seconds)

    def stop(self) -> None:
        """Do not call the function."""
        self._at = self._action = None

    def close(self) -> None:
        """Stop, and cancel the timer."""
        self.stop()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def is_set(self) -> bool:
        """Whether it was set and not stopped. It stays true after the call."""
        return self._at is not None

    def _start_timer(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, self._run)

    def _run(self) -> None:
        self._timer = None
        if self._at is None or self._action is None:
            return
        left = self._at - self._loop.time()
        if left > 0:
            self._start_timer(left)
        else:
            action, self._action = self._action, None
            action()
