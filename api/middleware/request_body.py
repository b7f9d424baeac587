"""Reading of request bodies, before Flask is called."""

import asyncio
from tempfile import SpooledTemporaryFile

from werkzeug.exceptions import RequestTimeout

from api.middleware.client_connection import ClientDisconnected
from api.middleware.types import Receive
from seed.storage.temporary_folder import temporary_folder

MEMORY_LIMIT = 64 * 1024
"""Bytes of a request body kept in memory; the rest goes to disk."""
TIMEOUT_SECONDS = 60
"""Default number of seconds within which a request body must arrive."""
YIELD_INTERVAL = 64
"""Number of messages after which other requests get their turn."""


class RequestBody(SpooledTemporaryFile[bytes]):
    """The body of a request, in a file."""

    def __init__(self) -> None:
        super().__init__(MEMORY_LIMIT)
        self.size = 0

    def rollover(self) -> None:
        """Continue in a file on disk."""
        temporary_folder()  # may have been deleted since the start
        super().rollover()

    async def receive(self, receive: Receive, max_bytes: int, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """Read the body up to a maximum size.

        Raise RequestTimeout if it does not arrive in time, ClientDisconnected if the client leaves before, and OSError
        if there is no space on the disk.
        """
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._receive(receive, max_bytes)
        except TimeoutError:
            detail = f"The request body did not arrive within {timeout_seconds:g} seconds. Send it without pauses."
            raise RequestTimeout(detail) from None
        self.seek(0)

    async def _receive(self, receive: Receive, max_bytes: int) -> None:
        buffer, messages, more_body = bytearray(), 0, True
        while more_body and self.size <= max_bytes:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnected
            chunk = message.get("body", b"")
            more_body = message.get("more_body", False)
            buffer += chunk  # a client may send chunks of one byte: writing each to the file takes ten times as long
            self.size += len(chunk)
            messages += 1
            if len(buffer) >= MEMORY_LIMIT or not more_body:
                self.write(buffer)
                buffer.clear()
            if messages % YIELD_INTERVAL == 0:
                await asyncio.sleep(0)
        self.flush()  # so that a full disk is reported here
