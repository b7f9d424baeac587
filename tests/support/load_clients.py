"""Clients that load a server and record the responses, and a server that may fail meanwhile."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import pytest

from tests.support import ROOT
from tests.support.server import READOUT, GunicornServer


class Result(NamedTuple):
    """Response to a client, or the kind of its failure."""

    at: float
    """Moment of the response, by the monotonic clock."""
    seconds: float
    path: str
    status: int | None
    headers: dict[str, str]
    body: bytes
    failure: str
    """Name of the exception, or "" if there was a response."""

    @property
    def data(self) -> Any:
        """Return the decoded JSON body."""
        return json.loads(self.body)


class Client:
    """Client with one connection, reopened if it breaks."""

    def __init__(self, url: str, timeout: float = 20) -> None:
        self.connection = HTTPConnection(urlsplit(url).netloc, timeout=timeout)

    def send(self, path: str, headers: dict[str, str] | None = None, method: str = "GET", body: bytes = b"") -> Result:
        """Send one request."""
        start = time.monotonic()
        try:
            self.connection.request(method, path, body or None, headers or {})
            answer = self.connection.getresponse()
            response_headers = {name.lower(): value for name, value in answer.getheaders()}
            status, data, failure = answer.status, answer.read(), ""
        except (OSError, HTTPException) as error:
            self.connection.close()
            status, response_headers, data, failure = None, {}, b"", type(error).__name__
        now = time.monotonic()
        return Result(now, now - start, path, status, response_headers, data, failure)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()


class Load:
    """Responses to several clients, in the order in which they arrived."""

    def __init__(self) -> None:
        self.results: list[Result] = []
        self.stopped = threading.Event()

    def statuses(self, since: float = 0) -> Counter[int | None]:
        """Count the statuses of requests sent after a moment; None stands for a failure."""
        return Counter(one.status for one in self.results if one.at - one.seconds >= since)

    def summary(self) -> str:
        """Describe what the clients saw, in numbers."""
        counted = Counter(one.failure or one.status for one in self.results)
        by_kind = ", ".join(f"{count} × {kind}" for kind, count in counted.most_common())
        return f"{by_kind}, the slowest {self.longest():.2f} s"

    def failures(self) -> list[Result]:
        """Return the requests without a response."""
        return [one for one in self.results if one.failure]

    def longest(self) -> float:
        """Return the duration of the slowest response in seconds."""
        return max(one.seconds for one in self.results)


def send_requests(load: Load, url: str, paths: Iterable[str], pause: float) -> None:
    """Request one path after the other until the load stops."""
    with Client(url) as client:
        for path in paths:
            if load.stopped.wait(pause):
                return
            load.results.append(client.send(path))


@contextmanager
def load_server(url: str, paths: Sequence[str], clients: int = 6, pause: float = 0.005) -> Iterator[Load]:
    """Run clients that request these paths in turn, each on its own connection, until the block ends."""
    load = Load()
    turns = [cycle([*paths[start % len(paths) :], *paths[: start % len(paths)]]) for start in range(clients)]
    threads = [threading.Thread(target=send_requests, args=(load, url, turn, pause)) for turn in turns]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.stopped.set()
        for thread in threads:
            thread.join()


class LoggedServer(GunicornServer):
    """A gunicorn whose stderr goes to a file.

    `prefix` is a command under which it is started, for example one that sets limits.
    """

    def __init__(self, database: Path, log: Path, prefix: Sequence[str] = (), **environment: str) -> None:
        super().__init__(database, READOUT, **environment)
        self.command = [*prefix, *self.command]
        self.url, self.log = f"http://{self.bind}", log

    def __enter__(self) -> tuple[str, "subprocess.Popen[bytes]"]:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, cwd=ROOT, env=self.environment, stderr=log)
        try:
            wait_until(lambda: get_once(self.url, "/").status is not None, 20)
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        return self.url, self.process

    def read_log(self) -> str:
        """Return the server's log."""
        return self.log.read_text(errors="replace")


def get_once(url: str, path: str, headers: dict[str, str] | None = None) -> Result:
    """Send one request with a new client."""
    with Client(url) as client:
        return client.send(path, headers)


def note(text: str) -> None:
    """Print what clients saw, for pytest -rP."""
    sys.stdout.write(f"{text}\n")


def is_unavailable(result: Result) -> bool:
    """Return whether a response is a 503 problem document with Retry-After."""
    kind = result.headers.get("content-type"), result.headers.get("cache-control")
    assert kind == ("application/problem+json", "no-store"), result
    assert result.data["detail"], result
    return result.status == 503 and int(result.headers["retry-after"]) > 0


def wait_until(holds: Callable[[], object], seconds: float = 10) -> float:
    """Wait until something holds and return the seconds; fail after a timeout."""
    start = time.monotonic()
    while not holds():
        assert time.monotonic() - start < seconds, f"not within {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - start


class SmallDisk:
    """A small tmpfs, visible only to commands that run within it, to be filled or made read-only."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        if not (shutil.which("unshare") and shutil.which("nsenter")):
            pytest.skip("unshare and nsenter are not installed (Linux, util-linux)")
        mount = f"mount -t tmpfs -o size={megabytes}m tmpfs '{folder}' && echo there && exec sleep 600"
        for options in ([], ["--map-root-user"]):
            command = ["unshare", *options, "--mount", "sh", "-c", mount]
            self.keeper = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            assert self.keeper.stdout is not None
            if self.keeper.stdout.readline():
                break
            self.close()
        else:
            pytest.skip("nothing may be mounted here, neither by this user nor in a user namespace of its own")
        user = ["--user", "--preserve-credentials"] if options else []
        there = ["sh", "-c", 'cd "$0" && exec "$@"', str(ROOT)]
        self.within = ["nsenter", "--target", str(self.keeper.pid), *user, "--mount", "--", *there]
        self.path = Path(f"/proc/{self.keeper.pid}/root{folder}")
        """The same file system, as seen from outside."""

    def fill(self, free: int = 0) -> None:
        """Fill the file system, leaving so many bytes free."""
        with suppress(OSError), (self.path / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(4096))
        os.truncate(self.path / "filler", (self.path / "filler").stat().st_size - free)

    def empty(self) -> None:
        """Free the space again."""
        (self.path / "filler").unlink()

    def run(self, *command: str | Path) -> None:
        """Run a command within; it must succeed."""
        subprocess.run([*self.within, *command], check=True, timeout=60)

    def close(self) -> None:
        """Unmount the file system once nobody uses it."""
        self.keeper.kill()
        self.keeper.communicate()
