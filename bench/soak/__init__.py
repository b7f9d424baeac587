"""A long run under mixed load, with another edition loaded in every round: no error, and nothing that grows."""

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

from bench.data import run_command
from bench.servers import POLL_INTERVAL, WORKERS, MeasurementFailed, Server, readout
from bench.soak.client import Client
from bench.soak.editions import BundleVersions, WrongResponse
from bench.soak.monitor import Monitor, ProcessGone
from bench.soak.traffic import EVENTS, TRAFFIC, RequestStream, TrafficKind

PARTS = 6
"""The time has so many parts of one length: the first is to warm up, the second is the start, the last is the end."""
MAX_ROUND_SECONDS = 60
"""The most seconds of a round; every round begins with a load."""
SAMPLES_PER_ROUND = 10
"""How often in a round the processes are looked at."""
MAX_ERRORS = 500
"""Errors after which it is no use to go on."""
INCOMPLETE_REQUESTS = (
    b"",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: ",
    b"POST /check HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n[",
)
"""What connections send that go no further."""
MAX_STALLED = 16
"""How many of those are open at a time, each for so many seconds."""
STOP_TIMEOUT_SECONDS = 60
"""Seconds until everything must have ended that was begun."""
LOG_ERROR = re.compile(r".*(?:\[ERROR\]|\[CRITICAL\]|Traceback|Error: ).*")
"""A line of the server's log that must not be there."""


class Plan(NamedTuple):
    """How long a run takes: some rounds a part, of some seconds each."""

    rounds: int
    seconds: float

    @classmethod
    def of(cls, minutes: float) -> "Plan":
        """As few rounds as are short enough."""
        part = minutes * 60 / PARTS
        rounds = math.ceil(part / MAX_ROUND_SECONDS)
        return cls(rounds, part / rounds)

    @property
    def whole(self) -> int:
        """How many rounds there are in all."""
        return self.rounds * PARTS

    @property
    def time(self) -> float:
        """How many seconds there are in all."""
        return self.whole * self.seconds

    def part(self, number: int) -> range:
        """The rounds of a part."""
        return range(number * self.rounds, (number + 1) * self.rounds)


class SoakError(NamedTuple):
    """An error: in which round, with what, and which."""

    round: int
    kind: str
    what: str


class Soak:
    """A run: what is asked of a server, and what came of it."""

    def __init__(self, plan: Plan, server: Server, editions: BundleVersions, watching: Monitor) -> None:
        self.plan, self.server, self.editions, self.watching = plan, server, editions, watching
        self.bundle = json.dumps(editions.read, default=str).encode()
        self.times = {kind.name: [array("f") for _ in range(plan.whole)] for kind in TRAFFIC}
        """The milliseconds of every sound answer, by kind and round."""
        self.revisions: dict[int, int] = {}
        """The revision that was loaded in a round."""
        self.wrong: list[SoakError] = []
        self.counts = Counter[str]()
        self.began = time.monotonic()
        self.stopped = threading.Event()

    @property
    def ends(self) -> float:
        """The moment at which it is over."""
        return self.began + self.plan.time

    def run_command(self) -> None:
        """Ask until it is over, or there are too many errors, or it is ended from outside."""
        asking = [partial(self._ask, kind, place) for kind in TRAFFIC for place in range(kind.clients)]
        works: list[Callable[[], None]] = [self._load, self._hold, *asking]
        threads = [threading.Thread(target=work, daemon=True) for work in works]
        self.began = self.watching.began = time.monotonic()
        for thread in threads:
            thread.start()
        try:
            self._watch()
        except (KeyboardInterrupt, SystemExit):
            self.tell("soak", "ended from outside")
            self.stopped.set()
        patience = time.monotonic() + STOP_TIMEOUT_SECONDS
        for thread in threads:
            thread.join(max(0.0, patience - time.monotonic()))
        if any(thread.is_alive() for thread in threads):
            self.tell("soak", f"something went on for more than {STOP_TIMEOUT_SECONDS} s after the end")
        self.stopped.set()
        for line in LOG_ERROR.findall(self._log()):
            self.tell("log", line)
        for pid in self.watching.replaced():
            self.tell("worker", f"{pid} was not there all the time")

    def round_at(self, moment: float) -> int:
        """The round in which a moment lies."""
        return min(int((moment - self.began) / self.plan.seconds), self.plan.whole - 1)

    def tell(self, kind: str, what: str) -> None:
        """Note an error."""
        self.wrong.append(SoakError(self.round_at(time.monotonic()), kind, what))
        if len(self.wrong) >= MAX_ERRORS:
            self.stopped.set()

    def _due(self, rate: float, phase: float = 0.0) -> Iterator[float]:
        """The moments at which something is to be done so many times a second, each as it comes, or late if it must."""
        for number in count():
            due = self.began + (number + phase) / rate
            if due >= self.ends or self.stopped.wait(max(0.0, due - time.monotonic())):
                return
            yield due

    def _ask(self, kind: TrafficKind, place: int) -> None:
        """One client. The time runs from the moment at which it was to ask, so that what keeps it waiting counts."""
        questions: RequestStream = kind.asks(Random(f"{kind.name} {place}"), self.bundle)  # noqa: S311 - traffic
        told = None
        with closing(Client(self.server.port, self.editions, self.counts)) as client:
            for due in self._due(kind.rate / kind.clients, place / kind.clients):
                question = questions.send(told)
                try:
                    told = client.put(question)
                    self.times[kind.name][self.round_at(due)].append((told.at - due) * 1000)
                except (WrongResponse, OSError, HTTPException, ValueError) as error:
                    told = None
                    client.close()
                    self.tell(kind.name, f"{question.name()}: {type(error).__name__}: {error}")

    def _load(self) -> None:
        """Bring in another edition in every round."""
        for number, _ in enumerate(self._due(1 / self.plan.seconds)):
            try:
                self.editions.bring()
                self.revisions[number] = self.editions.revision
            except (MeasurementFailed, OSError, SubprocessError) as error:
                self.tell("load", str(error))

    def _hold(self) -> None:
        """Keep connections open that ask for nothing, or for no more than the half."""
        opened: deque[socket.socket] = deque()
        for _, start in zip(self._due(1), cycle(INCOMPLETE_REQUESTS), strict=False):
            try:
                opened.append(socket.create_connection(("127.0.0.1", self.server.port), timeout=STOP_TIMEOUT_SECONDS))
                opened[-1].sendall(start)
            except OSError as error:
                self.tell("held", f"{type(error).__name__}: {error}")
            if len(opened) > MAX_STALLED:
                opened.popleft().close()
        for connection in opened:
            connection.close()

    def _watch(self) -> None:
        """Look at the processes now and then, and show how far it is."""
        with click.progressbar(length=int(self.ends - self.began), label="Soaking", show_pos=True) as bar:
            for due in self._due(SAMPLES_PER_ROUND / self.plan.seconds):
                try:
                    self.watching.look()
                except ProcessGone as error:
                    self.tell("worker", str(error))
                bar.label = f"Soaking, {len(self.wrong)} errors"
                bar.update(int(due - self.began) - bar.pos)
            self.stopped.wait(max(0.0, self.ends - time.monotonic()))
            bar.update(int(time.monotonic() - self.began) - bar.pos)

    def _log(self) -> str:
        log = self.server.log.fileno()
        return os.pread(log, os.fstat(log).st_size, 0).decode(errors="replace")  # the server goes on writing at the end


def run_soak(minutes: float) -> Soak:
    """A run of some minutes, over a file of its own."""
    with TemporaryDirectory() as name:
        temporary = Path(name, "tmp")
        temporary.mkdir()
        editions, invented = BundleVersions(Path(name), str(temporary)), Path(name, "events.ndjson")
        run_command("bench.synthetic", "--events", str(EVENTS), str(invented))
        editions.found(invented)
        with Server(replace(readout(editions.database), environment=editions.environment)) as server:
            while len(server.workers()) < WORKERS:
                time.sleep(POLL_INTERVAL)
            soak = Soak(Plan.of(minutes), server, editions, Monitor(server, editions.database, temporary))
            soak.run()
        for path in temporary.iterdir():
            soak.tell("file", f"{path.name} was left behind")
        return soak
