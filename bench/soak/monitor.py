"""What the server is seen to take while it serves: memory, descriptors, threads, and files beside its own."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from bench.servers import Server

MB = 2**20


class Process(NamedTuple):
    """What one process takes: MB to itself, MB in all, and how many descriptors, threads and children."""

    uss: float
    rss: float
    descriptors: int
    threads: int
    children: int


class Sample(NamedTuple):
    """What was seen at a moment: the first process, the workers by their ids, MB of the log, temporary files."""

    at: float
    first: Process
    workers: dict[int, Process]
    log: float
    files: int

    def descriptors(self) -> int:
        """Those of all processes: which worker takes a connection is left to chance."""
        return sum(each.descriptors for each in (self.first, *self.workers.values()))


class Monitor:
    """Looks at a server, and remembers what it saw."""

    def __init__(self, server: Server, database: Path, temporary: Path) -> None:
        self.server, self.temporary = server, temporary
        self.log = database.with_name(f"{database.name}-wal")
        self.samples: list[Sample] = []
        self.began = time.monotonic()
        self.workers = {each.pid for each in server.workers()}

    def look(self) -> None:
        """Take a sample; NoSuchProcess where a process has gone in the meantime."""
        log = self.log.stat().st_size / MB if self.log.exists() else 0.0
        workers = {each.pid: taken(each) for each in self.server.workers()}
        files = sum(1 for _ in self.temporary.iterdir())
        self.samples.append(Sample(time.monotonic() - self.began, taken(self.server.process), workers, log, files))

    def replaced(self) -> list[int]:
        """The workers that were there in the beginning, or for a while, and not all the time."""
        seen = [self.workers, *(set(sample.workers) for sample in self.samples)]
        return sorted(set[int]().union(*seen) - set[int].intersection(*seen))

    def between(self, begin: float, end: float) -> Sequence[Sample]:
        """What was seen between two moments."""
        return [sample for sample in self.samples if begin <= sample.at < end]


def taken(process: Any) -> Process:
    """What a process takes."""
    with process.oneshot():
        memory = process.memory_full_info()
        return Process(
            memory.uss / MB, memory.rss / MB, process.num_fds(), process.num_threads(), len(process.children())
        )


ProcessGone = psutil.NoSuchProcess
