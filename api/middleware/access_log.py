"""Access log: one JSON object per request, formatted and written by its own thread."""

import logging
import os
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec.json

from api.middleware.client_address import client_address
from api.middleware.types import Scope, merge_headers

LOG = logging.getLogger(__name__)
MAX_QUEUED = 50_000
"""Maximum number of queued lines; more are dropped, for example if the disk is full."""
STDOUT = "-"


class LogEntry(NamedTuple):
    """Finished request: end time, scope, id, route, status, size, cache result and duration in seconds."""

    ended: float
    scope: Scope
    id: str
    route: str
    status: int
    size: int
    held: bool
    took: float


class AccessLog:
    """Queue of lines for a file, or for stdout if it is `-`. Each flush reopens the file, so it may be rotated."""

    def __init__(self, where: str, proxies: int) -> None:
        self.where, self.proxies = where, proxies
        self.waiting: list[LogEntry] = []
        self.lost = 0
        self.thread = ThreadPoolExecutor(1, "journal")
        self.writing: Future[None] | None = None

    def note(self, entry: LogEntry) -> None:
        """Queue a line."""
        if len(self.waiting) < MAX_QUEUED:
            self.waiting.append(entry)
        else:
            self.lost += 1

    def hand_over(self) -> None:
        """Write the queue in the thread, unless it is still writing."""
        if self.waiting and (self.writing is None or self.writing.done()):
            entries, self.waiting = self.waiting, []
            self.writing = self.thread.submit(self._write, entries)

    def close(self) -> None:
        """Write the rest of the queue."""
        self.thread.shutdown()
        self._write(self.waiting)

    def _write(self, entries: list[LogEntry]) -> None:
        lines = [format_entry(entry, self.proxies) for entry in entries]
        try:
            # Each line in one write, since other workers write to the same file; pipes are atomic only up to a line.
            if self.where == STDOUT:
                for each in lines:
                    os.write(sys.stdout.fileno(), each)
            else:
                with Path(self.where).open("ab", buffering=0) as file:
                    file.write(b"".join(lines))
        except OSError as error:
            self.lost += len(entries)
            LOG.error("The access log cannot be written: %s", error)
        if self.lost:
            lost, self.lost = self.lost, 0
            LOG.error("%d lines of the access log are lost", lost)


def format_entry(entry: LogEntry, proxies: int) -> bytes:
    """Format a request as a line of JSON; docs/operations.md explains the keys."""
    scope, headers = entry.scope, merge_headers(entry.scope["headers"])
    values = {
        "time": datetime.fromtimestamp(entry.ended, UTC).isoformat(timespec="milliseconds"),
        "id": entry.id,
        "client": client_address(scope, headers, proxies),
        "method": scope["method"],
        "path": scope["raw_path"].decode("latin-1"),
        "query": scope["query_string"].decode("latin-1"),
        "host": headers.get(b"host", b"").decode("latin-1"),
        "user_agent": headers.get(b"user-agent", b"").decode("latin-1"),
        "route": entry.route,
        "status": entry.status,
        "bytes": entry.size,
        "duration_ms": round(entry.took * 1000, 3),
        "cache": "hit" if entry.held else "miss",
        "worker": os.getpid(),
    }
    return msgspec.json.encode(values) + b"\n"
