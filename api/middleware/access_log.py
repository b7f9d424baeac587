"""Access log: one JSON object per request. docs/operations.md explains the keys."""

import itertools
import os
from datetime import UTC, datetime

import msgspec.json

from api.http.printable import printable
from api.middleware.client_address import client_address
from api.middleware.flush_timer import FlushTimer
from api.middleware.headers import request_headers
from api.middleware.log_queue import LogQueue
from api.middleware.types import Scope

MAX_HEADER_LENGTH = 1000
"""Number of bytes of a header that are logged at most."""


class AccessLog:
    """Writes a line for each request to a queue."""

    def __init__(self, queue: LogQueue, trusted_proxies: int) -> None:
        self._queue, self._trusted_proxies = queue, trusted_proxies
        self._numbers = itertools.count()
        self._timer = FlushTimer(queue.flush)

    def observe(self, scope: Scope, status: int, size: int, seconds: float) -> None:
        """Log a request, given the status of its response and the bytes of its body."""
        self._queue.append(self._format_line(scope, status, size, seconds))
        self._timer.schedule()

    def close(self) -> None:
        """Write what is left."""
        self._queue.close()

    def _format_line(self, scope: Scope, status: int, size: int, seconds: float) -> bytes:
        headers, state = request_headers(scope), scope["state"]
        entry = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "id": state.get("request_id") or f"{os.getpid()}-{next(self._numbers)}",
            "client": client_address(scope, self._trusted_proxies),
            "method": scope["method"],
            "path": printable(scope["raw_path"].decode("latin-1")),
            "query": printable(scope["query_string"].decode("latin-1")),
            "host": escape(headers.get(b"host", b"")),
            "user_agent": escape(headers.get(b"user-agent", b"")),
            "route": state.get("route", ""),
            "status": status,
            "bytes": size,
            "duration_ms": round(seconds * 1000, 3),
            "cache": "hit" if state.get("cached") else "miss",
            "worker": os.getpid(),
        }
        return msgspec.json.encode(entry) + b"\n"


def escape(header: bytes) -> str:
    """Return a header as it is logged: shortened, and with invisible characters escaped."""
    return printable(header[:MAX_HEADER_LENGTH].decode("latin-1"))
