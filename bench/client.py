"""HTTP client with one connection that times every response."""

import json
import time
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import count
from statistics import median
from typing import Any, NamedTuple

from bench.servers import HOST, MeasurementFailed, Server


class TimedResponse(NamedTuple):
    """Response with its duration in milliseconds."""

    headers: list[tuple[str, str]]
    body: bytes
    took: float

    def json(self) -> Any:
        """Return the decoded JSON body."""
        return json.loads(self.body)


class Client:
    """Client of one server. With `fresh`, every request has its own Host header, so that no cached response matches."""

    numbers = count()

    def __init__(self, server: Server, *, fresh: bool = False) -> None:
        self.connection = HTTPConnection("127.0.0.1", server.port, timeout=600)
        self.server, self.fresh = server, fresh

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def get(self, path: str) -> TimedResponse:
        """Request a path and return the response. Raises MeasurementFailed if the status is not 200."""
        began = time.perf_counter()
        self.ask(path)
        response = self.connection.getresponse()
        body = response.read()
        took = (time.perf_counter() - began) * 1000
        if response.status != HTTPStatus.OK:
            raise MeasurementFailed(f"{self.server.program.name} responses {response.status} to {path}: {body[:500]!r}")
        return TimedResponse(response.getheaders(), body, took)

    def ask(self, path: str) -> None:
        """Send a request."""
        self.connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
        self.connection.putheader("Host", f"c{next(self.numbers)}.{HOST}" if self.fresh else HOST)
        self.connection.endheaders()

    def times(self, paths: list[str]) -> list[float]:
        """Return the duration in milliseconds of each path."""
        return [self.get(path).took for path in paths]


def p99(times: list[float]) -> float:
    """Return the 99th percentile."""
    return sorted(times)[int(len(times) * 0.99)]


def summarize_times(times: list[float]) -> str:
    """Describe durations: median and 99th percentile."""
    return f"median {median(times):.1f} ms, p99 {p99(times):.1f} ms, of {len(times)}"
