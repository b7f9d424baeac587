"""The connection of a client, monitored while its request is in progress."""

import asyncio

from api.middleware.types import Receive


class ClientDisconnected(Exception):
    """The client disconnected before its response was complete."""


class ClientConnection:
    """The client's address, and whether it has disconnected, from the first call of `detect_disconnection` on."""

    def __init__(self, address: str, receive: Receive) -> None:
        self.address, self._receive = address, receive
        self._task: asyncio.Task[None] | None = None
        self.disconnected = False

    def detect_disconnection(self) -> None:
        """Start to wait for the disconnection. The request body must have been read."""
        if self._task is None:
            self._task = asyncio.create_task(self._wait())

    def close(self) -> None:
        """Stop monitoring."""
        if self._task is not None:
            self._task.cancel()

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            await asyncio.sleep(0)  # a server may report a body that nobody reads
        self.disconnected = True
