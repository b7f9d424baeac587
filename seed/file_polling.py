"""Polling of bundles, which are checked again whenever they change.

Why not watchfiles: for a few files one `stat` a second is as good, needs no compiled package, and sees the changes on
network and container file systems, which the kernel does not report.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from seed.bundles import neighbours
from seed.storage.fingerprint import STAT_FIELDS, FileFingerprint, Stat, read_fingerprint

POLL_INTERVAL_SECONDS = 1.0
State = tuple[FileFingerprint | None, dict[Path, Stat]]
"""The fingerprint of the database, and the `stat` fields of each file, empty for a file that does not exist."""


def poll_changes(paths: Sequence[Path], database: Path) -> Iterator[None]:
    """Yield at once, and again after each change of the bundles, the database, or the bundles next to the first."""
    seen = None
    while True:
        state = _read_state(paths, database)
        if state != seen:
            seen = state
            yield
        else:
            time.sleep(POLL_INTERVAL_SECONDS)


def _read_state(paths: Sequence[Path], database: Path) -> State:
    fingerprint = read_fingerprint(database)
    others = [] if fingerprint else neighbours(paths[0])
    return fingerprint, {path: _read_stat(path) for path in (*paths, *others)}


def _read_stat(path: Path) -> Stat:
    try:
        stat: Stat = STAT_FIELDS(path.stat())
    except OSError:
        return ()
    return stat
