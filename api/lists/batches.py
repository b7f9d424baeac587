"""Rows of a stream in batches, so that the labels they need are looked up together.

Why not itertools.batched: it needs Python 3.12.
"""

import sqlite3
from collections.abc import Iterator
from itertools import islice


def batches(rows: Iterator[sqlite3.Row], size: int) -> Iterator[list[sqlite3.Row]]:
    """Yield lists of at most `size` rows."""
    while batch := list(islice(rows, size)):
        yield batch
