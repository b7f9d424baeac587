"""A transport that lets the connection read on before it is closed after the last response."""

import asyncio
from collections.abc import Callable


class LingeringTransport(asyncio.WriteTransport):
    """Writes to a transport, but calls a function instead of closing it.

    Closing a socket while its client still sends makes the system discard the data that the client has not read.
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
        """Return whether it is closed, or is to be closed."""
        return self._closing or self._transport.is_closing()
