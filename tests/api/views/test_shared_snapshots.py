"""Snapshots that workers share are complete, whoever copies them at the same time."""

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor

from api.views.shared_snapshots import SharedSnapshots

SIZE = 8 << 20
"""Bytes: a copy takes several reads and writes."""


def published(shared: SharedSnapshots, version: str) -> bytes:
    """Publish a snapshot whose content is its version, and return the content of the copy."""
    with tempfile.TemporaryFile() as built:
        built.write(version.encode() * SIZE)
        built.flush()
        with os.fdopen(shared.publish("past readout.zip", version, built.fileno()), "rb") as copy:
            return copy.read()


def test_two_versions_published_at_once_do_not_mix() -> None:
    shared = SharedSnapshots()
    shared.create_folder()
    with ThreadPoolExecutor(2) as threads:
        for _ in range(3):
            copies = threads.map(lambda version: published(shared, version), "ab")
            assert [set(copy) for copy in copies] == [{ord("a")}, {ord("b")}]
