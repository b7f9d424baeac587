"""The transport of responses, which leaves it to the connection how it is closed after the last one."""

import asyncio
from collections.abc import Callable


class LingeringTransport(asyncio.WriteTransport):
    """Writes to a transport, but calls a function when it shall be closed.

    To close a socket while its client still sends makes the system discard what the client has not read.
    """

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        super().__init__()
        self._transport, self._close, self._closing = transport, close, False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write data."""
        self._transport.write(data)

    def close(self) -> None:
        """Call the function, once."""
        if not self.is_closing():
            self._closing = True
            self._close()

    def is_closing(self) -> bool:
        """Return whether nothing more can be written."""
        return self._closing or self._transport.is_closing()
