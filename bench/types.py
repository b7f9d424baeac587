"""What a measurement is given, and what it gives."""

import os
from dataclasses import dataclass, field
from typing import NamedTuple

from bench.data import Files
from bench.load import Load, Series


@dataclass(frozen=True, eq=False)
class Bench:
    """The files to be served, how long to measure, and the series that were taken so far."""

    files: Files
    load: Load
    busy: float = field(default_factory=lambda: os.getloadavg()[0])
    """How many processes wanted to run in the minute before: on a quiet machine, none."""
    series: list[Series] = field(default_factory=list)


class Measurement(NamedTuple):
    """A figure, and in words what it is made of."""

    value: float
    told: str
