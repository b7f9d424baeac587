"""Scheduling of long steps in the event loop, so that short ones are not delayed."""

import asyncio
from collections import deque

STEPS_PER_ITERATION = 8
"""Number of requests that take a step in one iteration of the event loop."""


class StepScheduler:
    """Let a few requests take a step in each iteration of the event loop.

    Calling Flask or sending a large response takes much longer than accepting a connection or answering /livez. When
    hundreds of clients connect at once, all of them are accepted first, and short requests are answered.
    """

    def __init__(self) -> None:
        self._left = STEPS_PER_ITERATION
        self._waiting = deque[asyncio.Future[None]]()
        self._renewal: asyncio.Handle | None = None

    def take(self) -> bool:
        """Take a turn if one is free. Return whether it was."""
        free = self._left > 0 and not self._waiting
        if free:
            self._take()
        return free

    async def wait(self) -> None:
        """Wait for a turn, in the order of the calls."""
        if self.take():
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        await turn

    def _take(self) -> None:
        self._left -= 1
        if self._renewal is None:
            self._renewal = asyncio.get_running_loop().call_soon(self._renew)

    def _renew(self) -> None:
        self._left, self._renewal = STEPS_PER_ITERATION, None
        while self._left and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # its client may have disconnected
                turn.set_result(None)
                self._take()
