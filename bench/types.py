"""Input and output of a measurement."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, wraps
from typing import NamedTuple, TypeVar

from bench.data import Files
from bench.load import Load, Series

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Bench:
    """Databases to serve, duration of measurements, and the series taken so far."""

    files: Files
    load: Load
    busy: float
    """Load average of the minute before the run; 0 on an idle machine."""
    series: list[Series] = field(default_factory=list)


class Measurement(NamedTuple):
    """A figure, and how it is composed."""

    value: float
    detail: str


def measure_once(measure: Callable[[Bench], T]) -> Callable[[Bench], T]:
    """Share a measurement between goals. A failure is shared too, so that it costs its time once."""

    @cache
    def attempt(bench: Bench) -> T | Exception:
        try:
            return measure(bench)
        except Exception as error:  # raised below
            return error

    @wraps(measure)
    def shared(bench: Bench) -> T:
        result = attempt(bench)
        if isinstance(result, Exception):
            raise result
        return result

    return shared
