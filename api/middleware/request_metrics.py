"""Request metrics, counted by each worker and aggregated over all."""

import os
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec.json

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds of the duration histogram in seconds."""
OVERFLOW = len(BUCKETS)
TOTAL_SECONDS = OVERFLOW + 1
"""Index in a row of the seconds of all requests; before it is the count above the last bound."""


Labels = tuple[str, int, bool]
"""Route, status, and whether the response was a cache hit."""
Rows = dict[Labels, list[float]]
"""Histogram by labels: counts per bucket, then the total seconds."""


class RequestMetrics:
    """Counters of this worker, saved to a file in a folder that all workers share and that outlives them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: Rows = {}
        self.name = ""

    def note(self, kind: Labels, seconds: float) -> None:
        """Count a request."""
        row = self.rows.get(kind)
        if row is None:
            row = self.rows[kind] = [0] * OVERFLOW + [0, 0.0]
        row[bisect_left(BUCKETS, seconds)] += 1
        row[TOTAL_SECONDS] += seconds

    def keep(self) -> None:
        """Save this worker's counters."""
        self.name = self.name or f"{os.getpid()}-{time.time_ns()}.json"
        part = self.folder / f"{self.name}.part"
        with suppress(OSError):  # a full disk must not fail a request
            part.write_bytes(msgspec.json.encode(list(self.rows.items())))
            part.replace(self.folder / self.name)

    def all(self) -> Rows:
        """Sum the counters of all workers.

        Saves this worker's first, so that a later scrape of another worker never goes backwards.
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
