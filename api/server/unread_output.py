"""The minimum speed at which a client must read its responses."""

import asyncio
import socket
import struct

from api.server.deadline import Deadline

MIN_PROGRESS_BYTES = 64 * 1024
"""Bytes that a client must read within the timeout, unless fewer are left."""
WRITE_TIMEOUT_SECONDS = 30
"""Default timeout."""
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER without time: the kernel drops what it has not sent, up to 4 MB of a connection, and keeps it no longer."""


class UnreadOutput:
    """Monitors the write buffer of a connection, and aborts the connection if its client reads too slowly.

    Why not one time limit for the whole buffer: it would end large responses to clients that are slow, but do read.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        timeout_seconds: float = WRITE_TIMEOUT_SECONDS,
    ) -> None:
        self._transport, self._deadline, self._timeout_seconds = transport, Deadline(loop), timeout_seconds

    def start(self) -> None:
        """Start to monitor."""
        size = self._transport.get_write_buffer_size()
        self._deadline.set(self._timeout_seconds, lambda: self._check(size))

    def stop(self) -> None:
        """Stop monitoring: the buffer is nearly empty, or the connection is closed."""
        self._deadline.stop()

    def close(self) -> None:
        """Stop for good."""
        self._deadline.close()

    def _check(self, previous_size: int) -> None:
        size = self._transport.get_write_buffer_size()
        if previous_size - size >= MIN_PROGRESS_BYTES:
            self.start()
        else:
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self._transport.abort()
