"""One client at a time, on one connection, which takes the time of every answer."""

import json
import time
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import count
from statistics import median
from typing import Any, NamedTuple

from bench.servers import HOST, MeasurementFailed, Server


class TimedResponse(NamedTuple):
    """An answer, and the milliseconds it took."""

    headers: list[tuple[str, str]]
    body: bytes
    took: float

    def json(self) -> Any:
        """What the body says."""
        return json.loads(self.body)


class Client:
    """A client of a server; every request of a fresh one comes under a Host of its own, so that no held answer fits."""

    numbers = count()

    def __init__(self, server: Server, *, fresh: bool = False) -> None:
        self.connection = HTTPConnection("127.0.0.1", server.port, timeout=600)
        self.server, self.fresh = server, fresh

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def get(self, path: str) -> TimedResponse:
        """The answer to a path, which must be there."""
        began = time.perf_counter()
        self.ask(path)
        response = self.connection.getresponse()
        body = response.read()
        took = (time.perf_counter() - began) * 1000
        if response.status != HTTPStatus.OK:
            raise MeasurementFailed(f"{self.server.program.name} answers {response.status} to {path}: {body[:500]!r}")
        return TimedResponse(response.getheaders(), body, took)

    def ask(self, path: str) -> None:
        """Send a request."""
        self.connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
        self.connection.putheader("Host", f"c{next(self.numbers)}.{HOST}" if self.fresh else HOST)
        self.connection.endheaders()

    def times(self, paths: list[str]) -> list[float]:
        """The milliseconds that each of the paths took."""
        return [self.get(path).took for path in paths]


def p99(times: list[float]) -> float:
    """The time within which 99 of 100 were answered."""
    return sorted(times)[int(len(times) * 0.99)]


def summarize_times(times: list[float]) -> str:
    """The middle and the high of some times."""
    return f"median {median(times):.1f} ms, p99 {p99(times):.1f} ms, of {len(times)}"
