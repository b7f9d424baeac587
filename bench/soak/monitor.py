"""Resource use of the server: memory, descriptors, threads and files."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from bench.servers import Server

MB = 2**20


class Process(NamedTuple):
    """Resource use of a process: private and resident MB, descriptors, threads, children."""

    uss: float
    rss: float
    descriptors: int
    threads: int
    children: int


class Sample(NamedTuple):
    """Sample: the master, the workers by process id, MB of the WAL, temporary files."""

    at: float
    first: Process
    workers: dict[int, Process]
    log: float
    files: int

    def descriptors(self) -> int:
        """Return the descriptors of all processes, since connections are distributed by chance."""
        return sum(each.descriptors for each in (self.first, *self.workers.values()))


class Monitor:
    """Samples the processes of a server."""

    def __init__(self, server: Server, database: Path, temporary: Path) -> None:
        self.server, self.temporary = server, temporary
        self.log = database.with_name(f"{database.name}-wal")
        self.samples: list[Sample] = []
        self.began = time.monotonic()
        self.workers = {each.pid for each in server.workers()}

    def take_sample(self) -> None:
        """Take a sample. Raises NoSuchProcess if a process has exited."""
        log = self.log.stat().st_size / MB if self.log.exists() else 0.0
        workers = {each.pid: process_usage(each) for each in self.server.workers()}
        files = sum(1 for _ in self.temporary.iterdir())
        self.samples.append(
            Sample(time.monotonic() - self.began, process_usage(self.server.process), workers, log, files)
        )

    def replaced(self) -> list[int]:
        """Return the workers that did not exist during the whole run."""
        workers_seen = [self.workers, *(set(sample.workers) for sample in self.samples)]
        return sorted(set[int]().union(*workers_seen) - set[int].intersection(*workers_seen))

    def between(self, begin: float, end: float) -> Sequence[Sample]:
        """Return the samples between two moments."""
        return [sample for sample in self.samples if begin <= sample.at < end]


def process_usage(process: Any) -> Process:
    """Return the resource use of a process."""
    with process.oneshot():
        memory = process.memory_full_info()
        return Process(
            memory.uss / MB, memory.rss / MB, process.num_fds(), process.num_threads(), len(process.children())
        )


ProcessGone = psutil.NoSuchProcess
