"""What was answered, counted by every worker by itself and told of together."""

import os
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec.json

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Seconds that divide quick answers from slow ones."""
OVERFLOW = len(BUCKETS)
TOTAL_SECONDS = OVERFLOW + 1
"""Where a row holds how many answers were slower than all bounds, and the seconds of all together."""


Labels = tuple[str, int, bool]
"""Answers that are counted together: the route, the status, and whether the edge held them."""
Rows = dict[Labels, list[float]]
"""For each kind, how many answers fell between two bounds, and last the seconds of all."""


class RequestMetrics:
    """Counts answers. What each worker of a folder has counted is kept there, and outlives the worker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: Rows = {}
        self.name = ""

    def note(self, kind: Labels, seconds: float) -> None:
        """Count an answer."""
        row = self.rows.get(kind)
        if row is None:
            row = self.rows[kind] = [0] * OVERFLOW + [0, 0.0]
        row[bisect_left(BUCKETS, seconds)] += 1
        row[TOTAL_SECONDS] += seconds

    def keep(self) -> None:
        """Keep for the others what this worker has counted."""
        self.name = self.name or f"{os.getpid()}-{time.time_ns()}.json"
        part = self.folder / f"{self.name}.part"
        with suppress(OSError):  # nobody is refused an answer for want of room to count it
            part.write_bytes(msgspec.json.encode(list(self.rows.items())))
            part.replace(self.folder / self.name)

    def all(self) -> Rows:
        """What all workers have counted, this one up to now, the others up to when they last kept it.

        What is told is kept, so that no worker that is asked next tells less.
        """
        self.keep()
        total: Rows = {}
        for rows in (self.rows, *self._others()):
            for kind, row in rows.items():
                total[kind] = [one + other for one, other in zip(total.get(kind, [0] * len(row)), row, strict=True)]
        return total

    def _others(self) -> Iterator[Rows]:
        for path in self.folder.glob("*.json"):
            if path.name != self.name:
                kept = msgspec.json.decode(path.read_bytes(), type=list[tuple[Labels, list[float]]])
                yield dict(kept)
