"""Queue of log lines, written by a thread so that a slow disk delays no request."""

import logging
import os
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

LOG = logging.getLogger(__name__)
MAX_BYTES = 32 * 1024 * 1024
"""Default maximum size of the queue; further lines are dropped, for example while the disk is full."""
STDOUT = "-"


class LogQueue:
    """Lines for a file, or for stdout if the path is `-`. Each flush reopens the file, so it may be rotated.

    Why not logging.handlers.QueueHandler: a record takes 16 µs, longer than a cached response, in an unbounded queue.
    """

    def __init__(self, path: str, max_bytes: int = MAX_BYTES) -> None:
        self.path, self._max_bytes = path, max_bytes
        self.lines: list[bytes] = []
        self.size = 0
        self.dropped = 0
        self._thread = ThreadPoolExecutor(1, "log")
        self._writing: Future[None] | None = None

    def append(self, line: bytes) -> None:
        """Queue a line."""
        if self.size + len(line) <= self._max_bytes:
            self.lines.append(line)
            self.size += len(line)
        else:
            self.dropped += 1

    def flush(self) -> None:
        """Write the queue in the thread, unless it is still writing."""
        if self.lines and (self._writing is None or self._writing.done()):
            self._writing = self._thread.submit(self._write, self._take())

    def close(self) -> None:
        """Write the rest of the queue."""
        self._thread.shutdown()
        self._write(self._take())

    def _take(self) -> list[bytes]:
        lines, self.lines, self.size = self.lines, [], 0
        return lines

    def _write(self, lines: list[bytes]) -> None:
        try:
            if self.path == STDOUT:
                for line in lines:  # one write each: other workers share the pipe, which is atomic up to a line only
                    os.write(sys.stdout.fileno(), line)
            else:
                with Path(self.path).open("ab", buffering=0) as file:
                    file.write(b"".join(lines))
        except OSError as error:
            self.dropped += len(lines)
            LOG.error("Cannot write the access log: %s", error)
        if self.dropped:
            dropped, self.dropped = self.dropped, 0
            LOG.error("Dropped %d lines of the access log", dropped)
