"""Soak test: mixed load with a new version of the bundle loaded in every round. Any error or growth fails it."""

import json
import math
import os
import re
import socket
import threading
import time
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from http.client import HTTPException
from itertools import count, cycle
from pathlib import Path
from random import Random
from subprocess import SubprocessError
from tempfile import TemporaryDirectory
from typing import NamedTuple

import click

from bench.loading import run_command
from bench.servers import POLL_INTERVAL, WORKERS, MeasurementFailed, Server, readout
from bench.soak.client import Client
from bench.soak.monitor import Monitor, ProcessGone
from bench.soak.traffic import EVENTS, TRAFFIC, RequestStream, TrafficKind
from bench.soak.versions import BundleVersions, WrongResponse

PARTS = 6
"""The run has six parts of equal length: the first is warm-up, the second is compared with the last."""
MAX_ROUND_SECONDS = 60
"""Longest round in seconds; each round starts with a load."""
SAMPLES_PER_ROUND = 10
"""Samples of the processes per round."""
MAX_ERRORS = 500
"""Number of errors after which the run stops."""
INCOMPLETE_REQUESTS = (
    b"",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: ",
    b"POST /check HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n[",
)
"""What stalled connections send."""
MAX_STALLED = 16
"""Number of stalled connections open at a time, each for as many seconds."""
STOP_TIMEOUT_SECONDS = 60
"""Seconds until everything must have finished at the end."""
LOG_ERROR = re.compile(r".*(?:\[ERROR\]|\[CRITICAL\]|Traceback|Error: ).*")
"""A line that must not be in the server's log."""


class Plan(NamedTuple):
    """Rounds per part and seconds per round."""

    rounds: int
    seconds: float

    @classmethod
    def of(cls, minutes: float) -> "Plan":
        """Plan a run of some minutes with as few rounds as allowed."""
        part = minutes * 60 / PARTS
        rounds = math.ceil(part / MAX_ROUND_SECONDS)
        return cls(rounds, part / rounds)

    @property
    def whole(self) -> int:
        """Return the total number of rounds."""
        return self.rounds * PARTS

    @property
    def time(self) -> float:
        """Return the total seconds."""
        return self.whole * self.seconds

    def part(self, number: int) -> range:
        """Return the rounds of a part."""
        return range(number * self.rounds, (number + 1) * self.rounds)


class SoakError(NamedTuple):
    """Error: round, kind and message."""

    round: int
    kind: str
    what: str


class Soak:
    """One run: the requests sent to a server and their results."""

    def __init__(self, plan: Plan, server: Server, versions: BundleVersions, monitor: Monitor) -> None:
        self.plan, self.server, self.versions, self.monitor = plan, server, versions, monitor
        self.bundle = json.dumps(versions.read, default=str).encode()
        self.times = {kind.name: [array("f") for _ in range(plan.whole)] for kind in TRAFFIC}
        """Milliseconds of every correct response, by kind and round."""
        self.revisions: dict[int, int] = {}
        """Revision loaded in each round."""
        self.wrong: list[SoakError] = []
        self.counts = Counter[str]()
        self.began = time.monotonic()
        self.stopped = threading.Event()

    @property
    def ends(self) -> float:
        """Return the moment at which the run ends."""
        return self.began + self.plan.time

    def run(self) -> None:
        """Send requests until the end, too many errors, or an interrupt."""
        asking = [partial(self._ask, kind, place) for kind in TRAFFIC for place in range(kind.clients)]
        works: list[Callable[[], None]] = [self._load, self._hold, *asking]
        threads = [threading.Thread(target=work, daemon=True) for work in works]
        self.began = self.monitor.began = time.monotonic()
        for thread in threads:
            thread.start()
        try:
            self._sample_processes()
        except (KeyboardInterrupt, SystemExit):
            self.record_error("soak", "ended from outside")
            self.stopped.set()
        patience = time.monotonic() + STOP_TIMEOUT_SECONDS
        for thread in threads:
            thread.join(max(0.0, patience - time.monotonic()))
        if any(thread.is_alive() for thread in threads):
            self.record_error("soak", f"something was still running more than {STOP_TIMEOUT_SECONDS} s after the end")
        self.stopped.set()
        for line in LOG_ERROR.findall(self._log()):
            self.record_error("log", line)
        for pid in self.monitor.replaced():
            self.record_error("worker", f"{pid} did not exist during the whole run")

    def round_at(self, moment: float) -> int:
        """Return the round at a moment."""
        return min(int((moment - self.began) / self.plan.seconds), self.plan.whole - 1)

    def record_error(self, kind: str, what: str) -> None:
        """Record an error."""
        self.wrong.append(SoakError(self.round_at(time.monotonic()), kind, what))
        if len(self.wrong) >= MAX_ERRORS:
            self.stopped.set()

    def _due(self, rate: float, phase: float = 0.0) -> Iterator[float]:
        """Yield the moments at which something is due, `rate` times a second, late if necessary."""
        for number in count():
            due = self.began + (number + phase) / rate
            if due >= self.ends or self.stopped.wait(max(0.0, due - time.monotonic())):
                return
            yield due

    def _ask(self, kind: TrafficKind, place: int) -> None:
        """Run one client. Durations start when a request was due, so that waiting for the previous one counts."""
        requests: RequestStream = kind.requests(Random(f"{kind.name} {place}"), self.bundle)  # noqa: S311 - traffic
        response = None
        with closing(Client(self.server.port, self.versions, self.counts)) as client:
            for due in self._due(kind.rate / kind.clients, place / kind.clients):
                request = requests.send(response)
                try:
                    response = client.put(request)
                    self.times[kind.name][self.round_at(due)].append((response.at - due) * 1000)
                except (WrongResponse, OSError, HTTPException, ValueError) as error:
                    response = None
                    client.close()
                    self.record_error(kind.name, f"{request.name()}: {type(error).__name__}: {error}")

    def _load(self) -> None:
        """Load a new version of the bundle in every round."""
        for number, _ in enumerate(self._due(1 / self.plan.seconds)):
            try:
                self.versions.load_next()
                self.revisions[number] = self.versions.revision
            except (MeasurementFailed, OSError, SubprocessError) as error:
                self.record_error("load", str(error))

    def _hold(self) -> None:
        """Keep connections open that send nothing or half a request."""
        opened: deque[socket.socket] = deque()
        for _, start in zip(self._due(1), cycle(INCOMPLETE_REQUESTS), strict=False):
            try:
                opened.append(socket.create_connection(("127.0.0.1", self.server.port), timeout=STOP_TIMEOUT_SECONDS))
                opened[-1].sendall(start)
            except OSError as error:
                self.record_error("stalled", f"{type(error).__name__}: {error}")
            if len(opened) > MAX_STALLED:
                opened.popleft().close()
        for connection in opened:
            connection.close()

    def _sample_processes(self) -> None:
        """Sample the processes and show progress."""
        with click.progressbar(length=int(self.ends - self.began), label="Soaking", show_pos=True) as bar:
            for due in self._due(SAMPLES_PER_ROUND / self.plan.seconds):
                try:
                    self.monitor.take_sample()
                except ProcessGone as error:
                    self.record_error("worker", str(error))
                bar.label = f"Soaking, {len(self.wrong)} errors"
                bar.update(int(due - self.began) - bar.pos)
            self.stopped.wait(max(0.0, self.ends - time.monotonic()))
            bar.update(int(time.monotonic() - self.began) - bar.pos)

    def _log(self) -> str:
        log = self.server.log.fileno()
        return os.pread(log, os.fstat(log).st_size, 0).decode(errors="replace")  # the server may still write to it


def run_soak(minutes: float) -> Soak:
    """Run a soak test of some minutes on its own database."""
    with TemporaryDirectory() as name:
        temporary = Path(name, "tmp")
        temporary.mkdir()
        versions, synthetic = BundleVersions(Path(name), str(temporary)), Path(name, "events.ndjson")
        run_command("bench.synthetic", "--events", str(EVENTS), str(synthetic))
        versions.build(synthetic)
        with Server(replace(readout(versions.database), environment=versions.environment)) as server:
            while len(server.workers()) < WORKERS:
                time.sleep(POLL_INTERVAL)
            soak = Soak(Plan.of(minutes), server, versions, Monitor(server, versions.database, temporary))
            soak.run()
        for path in temporary.iterdir():
            soak.record_error("file", f"{path.name} was left behind")
        return soak
