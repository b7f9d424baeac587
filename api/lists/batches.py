"""Rows of a stream in batches, so that what they need is looked up or checked for many at once.

Why not itertools.batched: it needs Python 3.12.
"""

from collections.abc import Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batches(rows: Iterator[T], size: int) -> Iterator[list[T]]:
    """Yield lists of at most `size` rows."""
    while batch := list(islice(rows, size)):
        yield batch
