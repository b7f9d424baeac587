"""Keep the database of a serving machine in step with the replica: python -m deploy.litestream_follower.

Why not `litestream restore -f` into the served file: Litestream writes it page by page and waits while a reader has it
open, and everybody who comes to read waits for Litestream; if it is killed halfway, readers find half a commit. So
Litestream follows in a private folder, and each finished transaction is copied next to the served file and renamed over
it, which needs no lock.
"""

import json
import logging
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import NoReturn

from seed.settings import InvalidSettings, load_settings
from seed.storage.database_path import file_size, resolve_path, side_file
from seed.storage.errors import DatabaseUnavailable
from seed.storage.file_format import count_objects
from seed.storage.sqlite_file import open_readonly

DEFAULT_INTERVAL = "500ms"
"""How often Litestream polls the replica; FOLLOW_INTERVAL overrides it."""
POLL_INTERVAL = 0.2
"""Seconds between two looks at what Litestream has finished."""
CHECK_INTERVAL = 15.0
"""Seconds between two comparisons with the replica, which find a follower that is stuck."""
REPLICA_TIMEOUT_SECONDS = 30
RETRY_SECONDS = 1.0
LOGS = ("-wal", "-journal")
"""What SQLite appends to the path of a database for the files whose content it applies to whatever file is there."""

log = logging.getLogger("readout.follow")


class Follower:
    """Litestream in a private folder, and the served file that is replaced after each transaction."""

    def __init__(self, litestream: str, config: str, database: Path, interval: str = DEFAULT_INTERVAL) -> None:
        """Prepare to follow into a database, whose path may lead through symbolic links."""
        self.configured, self.served = database.absolute(), resolve_path(database)
        """The path by which Litestream finds the replica in its configuration, and the file behind it."""
        self.folder = self.served.with_name(f".{self.served.name}-following")
        self.private, self.part = self.folder / "followed.db", self.folder / "part.db"
        self.txid_file = Path(f"{self.private}-txid")
        """Where Litestream writes the transaction that is completely in the private file."""
        self.restore = [litestream, "restore", "-config", config]
        self.interval = interval
        self.process: subprocess.Popen[bytes] | None = None
        self.published: str | None = None
        self.behind: str | None = None
        self.obstacle: Path | None = None
        """The file that kept the last transaction from being published."""

    def run(self) -> NoReturn:
        """Follow until the process is stopped."""
        checked = time.monotonic()
        while True:
            if self.process is None or self.process.poll() is not None:
                self.start()
            self.publish()
            if time.monotonic() - checked >= CHECK_INTERVAL:
                self.check()
                checked = time.monotonic()
            time.sleep(POLL_INTERVAL)

    def start(self) -> None:
        """Start Litestream in an empty folder.

        Litestream refuses to continue from files older than the next snapshot, and a killed Litestream may leave a half
        written file. The served file stays as it is meanwhile.
        """
        if self.process is not None:
            log.error("Litestream exited with status %s; starting it again.", self.process.returncode)
            time.sleep(RETRY_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.published = self.behind = None
        follow = ["-f", "-follow-interval", self.interval, "-o", str(self.private), str(self.configured)]
        self.process = subprocess.Popen([*self.restore, *follow])  # noqa: S603 - the arguments are ours

    def stop(self) -> None:
        """Kill Litestream; its files are not used again."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def publish(self) -> None:
        """Replace the served file if Litestream has finished a transaction that this version can read."""
        txid = self._read_txid()
        if txid is None or txid == self.published or self._is_obstructed() or not self._copy():
            return
        self.published = txid
        try:
            open_readonly(self.part).close()
        except DatabaseUnavailable as error:
            log.error("The served file stays as it is: %s", error)
            return
        self.part.replace(self.served)
        log.info("Serving transaction %s.", txid)
        with self.served.open("rb") as file:
            # After the rename, so that nobody waits for the disk. A file damaged by a power cut is copied again.
            os.fsync(file.fileno())

    def _is_obstructed(self) -> bool:
        """Return whether a log of the served file has content, which SQLite would mix with the new file.

        A loading machine that was killed has one. It is the operator's to move away: it may hold changes that are
        nowhere else.
        """
        logs = (side_file(self.served, suffix) for suffix in LOGS)
        obstacle = next((each for each in logs if file_size(each)), None)
        if obstacle is not None and obstacle != self.obstacle:
            log.error(
                "The served file stays as it is: %s has changes of the old file. Stop what writes to %s, and move it"
                " away with its -wal, -shm and -journal files.",
                obstacle,
                self.served,
            )
        self.obstacle = obstacle
        return obstacle is not None

    def _read_txid(self) -> str | None:
        try:
            return self.txid_file.read_text().strip()
        except FileNotFoundError:
            return None

    def _copy(self) -> bool:
        """Copy the private file; return False if Litestream is in the middle of a transaction."""
        self.part.unlink(missing_ok=True)
        try:
            with closing(sqlite3.connect(f"{self.private.as_uri()}?mode=ro", uri=True)) as followed:
                # Litestream cannot write while this read transaction is open. The file is complete if the txid was
                # written after the file's last change.
                followed.execute("begin")
                count_objects(followed)
                if self.private.stat().st_mtime_ns > self.txid_file.stat().st_mtime_ns:
                    return False
                # In another process: closing the file in this one would release SQLite's POSIX lock on it. If the
                # file system supports it, the copy shares its blocks and takes no time.
                subprocess.run(["cp", "--reflink=auto", self.private, self.part], check=True)  # noqa: S603, S607
            with closing(sqlite3.connect(self.part)) as copy:
                copy.execute("pragma journal_mode = delete")  # so that readers create no -wal and -shm files
        except (sqlite3.Error, FileNotFoundError, subprocess.SubprocessError) as error:
            log.warning("Cannot copy yet: %s", error)
            time.sleep(RETRY_SECONDS)
            return False
        return True

    def check(self) -> None:
        """Stop Litestream if it made no progress since the last check although the replica is ahead.

        It is also stopped if the replica is behind: then that is a new one, whose later transactions belong to other
        pages than those in the private file.
        """
        txid, newest = self._read_txid(), self.newest_txid()  # in this order, since both go on
        if newest is None or newest == txid:
            self.behind = None
        elif txid is not None and (txid == self.behind or newest < txid):
            log.error("Litestream is at %s, the replica at %s; starting it again.", txid, newest)
            self.stop()
        else:
            self.behind = txid

    def newest_txid(self) -> str | None:
        """Return the last transaction in the replica, or None if the replica does not answer."""
        plan = [*self.restore, "-dry-run", "-json", "-o", str(self.folder / "none.db"), str(self.configured)]
        try:
            result = subprocess.run(  # noqa: S603 - as above
                plan, check=True, capture_output=True, timeout=REPLICA_TIMEOUT_SECONDS
            )
            return str(json.loads(result.stdout)["max_txid"])
        except (subprocess.SubprocessError, ValueError, KeyError) as error:
            log.warning("Cannot ask the replica for its last transaction: %s", error)
            return None


def main() -> None:
    """Follow until SIGTERM or SIGINT, then stop Litestream. Exit with a line for what the operator has to correct."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit())
    try:
        follow()
    except InvalidSettings as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"Cannot follow the replica: {error.filename}: {error.strerror}")


def follow() -> NoReturn:
    """Follow as the environment says."""
    config = os.environ.get("LITESTREAM_CONFIG", "/etc/litestream.yml")
    interval = os.environ.get("FOLLOW_INTERVAL", DEFAULT_INTERVAL)
    if (litestream := shutil.which("litestream")) is None:
        sys.exit("litestream is not in PATH. Install it: pip install -r deploy/requirements.lock")
    follower = Follower(litestream, config, Path(load_settings().database), interval)
    try:
        follower.run()
    finally:
        follower.stop()


if __name__ == "__main__":
    main()
