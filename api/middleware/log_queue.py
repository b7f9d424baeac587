"""Queue of log lines, written by a thread so that a slow disk delays no request."""

import errno
import logging
import os
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from io import FileIO
from pathlib import Path

from seed.settings import InvalidSettings

LOG = logging.getLogger(__name__)
MAX_BYTES = 32 * 1024 * 1024
"""Default maximum size of the queue; further lines are dropped, for example while the disk is full."""
STDOUT = "-"


def require_writable(path: str) -> None:
    """Create the log file if it does not exist. Raise InvalidSettings if it cannot be written.

    A FIFO, which would wait for a reader, need not have one yet.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK, 0o666))
    except OSError as error:
        if error.errno != errno.ENXIO or not Path(path).is_fifo():
            raise InvalidSettings(f"READOUT_ACCESS_LOG: {path} cannot be written: {error.strerror}.") from None


def ends_within_line(path: str) -> bool:
    """Return whether a file ends in the middle of a line, which any worker may have left on a disk that became full."""
    with suppress(OSError), FileIO(os.open(path, os.O_RDONLY | os.O_NONBLOCK)) as file:
        size = os.fstat(file.fileno()).st_size  # 0 for a FIFO
        return size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"
    return False


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
        left = len(lines)
        try:
            for number in self._write_pieces(lines):
                left -= number
        except OSError as error:
            self.dropped += left
            LOG.error("Cannot write the access log: %s", error)
        if self.dropped:
            dropped, self.dropped = self.dropped, 0
            LOG.error("Dropped %d lines of the access log", dropped)

    def _write_pieces(self, lines: list[bytes]) -> Iterator[int]:
        """Write lines, and yield the number of lines that each call of `write` completes.

        One call for all lines, since other workers append to the file; one for each line of stdout, which the workers
        may share as a pipe: that is atomic up to a line only.
        """
        is_stdout = self.path == STDOUT
        with FileIO(sys.stdout.fileno(), "w", closefd=False) if is_stdout else FileIO(self.path, "a") as file:
            if ends_within_line(self.path):
                os.write(file.fileno(), b"\n")
            for piece in lines if is_stdout else [b"".join(lines)]:
                rest = piece
                while rest:  # a disk that becomes full takes a part, and fails only then
                    size = os.write(file.fileno(), rest)
                    yield rest[:size].count(b"\n")
                    rest = rest[size:]
