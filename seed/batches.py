"""Items of a stream in batches, so that what they need is looked up, checked or written for many at once.

Why not itertools.batched: it needs Python 3.12.
"""

from collections.abc import Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    """Yield lists of at most `size` items."""
    while batch := list(islice(items, size)):
        yield batch
