"""Input and output of a measurement."""

import os
from dataclasses import dataclass, field
from typing import NamedTuple

from bench.data import Files
from bench.load import Load, Series


@dataclass(frozen=True, eq=False)
class Bench:
    """Databases to serve, duration of measurements, and the series taken so far."""

    files: Files
    load: Load
    busy: float = field(default_factory=lambda: os.getloadavg()[0])
    """Load average of the last minute; 0 on an idle machine."""
    series: list[Series] = field(default_factory=list)


class Measurement(NamedTuple):
    """A figure, and how it is composed."""

    value: float
    detail: str
