"""Limits of CPU time that hold on a slow or busy machine too: they are compared with a fixed computation."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

REFERENCE_SECONDS = 0.003
"""CPU time of the computation on the machine for which limits are written, at rest."""
ROUNDS = 7


@contextmanager
def limit_cpu_time(seconds: float) -> Iterator[None]:
    """Fail if a block takes more CPU time, in seconds of the machine for which limits are written."""
    slowness, start = measure_slowness(), time.process_time()
    yield
    taken = time.process_time() - start
    slowness = max(slowness, measure_slowness())  # the load of a machine changes
    assert taken < seconds * slowness, f"{taken:.2f} s on a machine {slowness:.1f} times as slow"


def measure_slowness() -> float:
    """Return how many times as long as there the computation takes now, at least 1."""
    return max(1.0, median(_measure() for _ in range(ROUNDS)) / REFERENCE_SECONDS)


def _measure() -> float:
    start = time.process_time()
    words = [str(number) for number in range(5000)]
    sorted(json.loads(json.dumps({word: word[::-1] for word in words})).items(), key=lambda pair: pair[1])
    return time.process_time() - start
