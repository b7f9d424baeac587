"""The access log: a line of JSON for every request, put together and written by a thread of its own."""

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
"""How many lines wait to be written, at most; where more come, as the disk is full or nobody reads, they are lost."""
STDOUT = "-"


class LogEntry(NamedTuple):
    """A request that was answered: when that ended, what was asked, what was sent, and how many seconds it took."""

    ended: float
    scope: Scope
    id: str
    route: str
    status: int
    size: int
    held: bool
    took: float


class AccessLog:
    """Lines on their way to a file or, as `-`, to stdout. A file may be moved away at any time: the next is made."""

    def __init__(self, where: str, proxies: int) -> None:
        self.where, self.proxies = where, proxies
        self.waiting: list[LogEntry] = []
        self.lost = 0
        self.thread = ThreadPoolExecutor(1, "journal")
        self.writing: Future[None] | None = None

    def note(self, entry: LogEntry) -> None:
        """Have a line written soon."""
        if len(self.waiting) < MAX_QUEUED:
            self.waiting.append(entry)
        else:
            self.lost += 1

    def hand_over(self) -> None:
        """Have all that waits written, unless the thread is still at the lines before."""
        if self.waiting and (self.writing is None or self.writing.done()):
            entries, self.waiting = self.waiting, []
            self.writing = self.thread.submit(self._write, entries)

    def close(self) -> None:
        """Write what is left."""
        self.thread.shutdown()
        self._write(self.waiting)

    def _write(self, entries: list[LogEntry]) -> None:
        lines = [format_entry(entry, self.proxies) for entry in entries]
        try:
            # In one piece each, for other workers write, too; a pipe takes no more than a line so.
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
    """A request as a line of JSON; README tells what each key holds."""
    scope, headers = entry.scope, merge_headers(entry.scope["headers"])
    told = {
        "time": datetime.fromtimestamp(entry.ended, UTC).isoformat(timespec="milliseconds"),
        "id": entry.id,
        "client": client_address(scope, headers, proxies),
        "method": scope["method"],
        "path": scope["raw_path"].decode("latin-1"),
        "query": scope["query_string"].decode("latin-1"),
        "host": headers.get(b"host", b"").decode("latin-1"),
        "agent": headers.get(b"user-agent", b"").decode("latin-1"),
        "route": entry.route,
        "status": entry.status,
        "bytes": entry.size,
        "milliseconds": round(entry.took * 1000, 3),
        "held": entry.held,
        "worker": os.getpid(),
    }
    return msgspec.json.encode(told) + b"\n"
