"""Checks of the file as such: its pages, the WAL next to it, and the format marker."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database

from seed.doctor.results import Finding, error, info, warning
from seed.storage.errors import PRIMARY_CODE_MASK, REBUILD_HINT, DatabaseUnavailable
from seed.storage.file_format import SCHEMA_VERSION, is_readout_file

MEGABYTE = 1_000_000
LARGE_WAL_BYTES = 64 * MEGABYTE
"""The size up to which a WAL is never reported as large."""
NETWORK_FILE_SYSTEMS = {
    *("9p", "afs", "beegfs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "gfs2", "lustre", "ncpfs", "nfs", "nfs4"),
    *("ocfs2", "smb3", "smbfs", "virtiofs"),
}
"""Types of file systems that several machines can write, as Linux names them."""
JOURNAL_ADVICE = "wait until the build has finished; if it was interrupted, load or serve the file to recover it"


def check_file(path: Path, db: Database) -> Iterator[Finding]:
    """Check with SQLite that every page is in its place, and every row in its indexes and of its columns' types."""
    try:
        for (line,) in db.execute("pragma integrity_check"):
            # SQLite 3.44 and later check full-text indexes, too; `check_search` reports their errors.
            if line != "ok" and "FTS5 table" not in line:
                yield error(" ".join(line.split()))
    except sqlite3.Error as reason:
        yield error(f"{reason} (integrity_check)")
    pages, page_size = db.execute("select page_count, page_size from pragma_page_count, pragma_page_size").fetchone()
    if path.stat().st_size % page_size:
        yield error("the file ends within a page; its end is missing")
    if file_system := network_file_system(path):
        yield warning(f"on a network file system ({file_system}), where SQLite's locks are unreliable")
    yield info(f"{format_size(pages * page_size)}, integrity_check passed")


def check_wal(size: int, wal: int, journal: int) -> Iterator[Finding]:
    """Report the sizes of the WAL and the rollback journal next to a file of this size."""
    if journal:
        yield warning(f"a rollback journal of {format_size(journal)}; {JOURNAL_ADVICE}")
    if wal > max(size, LARGE_WAL_BYTES):
        yield warning(
            f"{format_size(wal)}, larger than the file: a large load is running, or a reader that keeps an old snapshot"
            " open prevents the checkpoint"
        )
    yield info(f"{format_size(wal)}, included in the checks; the next load checkpoints it" if wal else "none")


def check_format(path: Path, db: Database) -> Iterator[Finding]:
    """Check that the file holds Readout's tables in this version."""
    try:
        if not is_readout_file(db.conn, path):
            yield error(f"{path} is empty; {REBUILD_HINT}")
    except DatabaseUnavailable as reason:
        yield error(str(reason))
    except sqlite3.DatabaseError as reason:
        if reason.sqlite_errorcode & PRIMARY_CODE_MASK != sqlite3.SQLITE_CORRUPT:
            raise
        yield error(str(DatabaseUnavailable.from_sqlite(path, reason)))
    yield info(f"version {SCHEMA_VERSION}, which is the current one")


def network_file_system(path: Path, mounts: Path = Path("/proc/self/mountinfo")) -> str:
    """Return the type of the file system if it is one of NETWORK_FILE_SYSTEMS, else ""; known on Linux only."""
    device = path.stat().st_dev
    try:
        lines = mounts.read_text().splitlines()
    except OSError:
        return ""
    for line in lines:
        mount, _, source = line.partition(" - ")  # proc_pid_mountinfo(5)
        if mount.split()[2] == f"{os.major(device)}:{os.minor(device)}" and source.split()[0] in NETWORK_FILE_SYSTEMS:
            return source.split()[0]
    return ""


def format_size(size: int) -> str:
    """Return a size in megabytes or kilobytes."""
    return f"{size / MEGABYTE:.1f} MB" if size >= MEGABYTE else f"{size / 1000:.1f} kB"
