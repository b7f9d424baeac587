"""Keep the file of a serving node in step with the replica: python -m deploy.litestream_follower.

Litestream's own follower writes into the file that it follows with, page by page. While a reader has that file open it
waits, and whoever comes to read meanwhile waits for it; were it stopped halfway, readers would find half a commit. So
it follows in a folder of its own, and what it has finished is copied beside the file that is served and takes its place
in one step, which readers need no lock for.
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

from seed.settings import load_settings
from seed.storage.sqlite_file import DatabaseUnavailable, open_readonly

INTERVAL = "500ms"
"""How often Litestream asks the replica for what is new, unless FOLLOW_INTERVAL says otherwise."""
PAUSE = 0.2
"""Seconds between two looks at what Litestream has finished."""
CHECK = 15.0
"""Seconds after which the replica is asked how far it is, lest a follower that stands still go unnoticed."""
PATIENCE = 30
"""Seconds the replica has to answer that."""
AGAIN = 1.0
"""Seconds before what has failed is tried again."""

log = logging.getLogger("readout.follow")


class Follower:
    """Litestream at work in a folder of its own beside the file that is served."""

    def __init__(self, litestream: str, config: str, served: Path, interval: str = INTERVAL) -> None:
        self.served, self.folder = served, served.with_name(f".{served.name}-following")
        self.private, self.part = self.folder / "followed.db", self.folder / "part.db"
        self.reached = Path(f"{self.private}-txid")
        """Where Litestream notes which transaction it has reached, when all of it is in the file."""
        self.restore = [litestream, "restore", "-config", config]
        self.interval = interval
        self.process: subprocess.Popen[bytes] | None = None
        self.published: str | None = None
        self.behind: str | None = None

    def run(self) -> NoReturn:
        """Follow until told to stop."""
        checked = time.monotonic()
        while True:
            if self.process is None or self.process.poll() is not None:
                self.start()
            self.publish()
            if time.monotonic() - checked >= CHECK:
                self.check()
                checked = time.monotonic()
            time.sleep(PAUSE)

    def start(self) -> None:
        """Start Litestream on an empty folder.

        It goes on with what a former one has left only until the next snapshot, and what that one left may be half
        written; what is served stays as it is meanwhile.
        """
        if self.process is not None:
            log.error("Litestream has ended with %s; starting it anew.", self.process.returncode)
            time.sleep(AGAIN)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.published = self.behind = None
        follow = ["-f", "-follow-interval", self.interval, "-o", str(self.private), str(self.served)]
        self.process = subprocess.Popen([*self.restore, *follow])  # noqa: S603 - the arguments are ours

    def stop(self) -> None:
        """Stop Litestream."""
        if self.process is not None:
            self.process.kill()  # what it leaves behind is not used again
            self.process.wait()

    def publish(self) -> None:
        """Serve what Litestream has finished since the last time, if this program can read it."""
        reached = self._reached()
        if reached is None or reached == self.published or not self._copy():
            return
        self.published = reached
        try:
            open_readonly(self.part).close()
        except DatabaseUnavailable as error:
            log.error("What is served stays as it is: %s", error)
            return
        self.part.replace(self.served)
        log.info("Serving transaction %s.", reached)
        with self.served.open("rb") as file:
            os.fsync(file.fileno())  # not before: what a power cut spoils is copied anew, and nobody waits for the disk

    def _reached(self) -> str | None:
        try:
            return self.reached.read_text().strip()
        except FileNotFoundError:
            return None

    def _copy(self) -> bool:
        """Copy the file as it is after a finished transaction; False where it is in the middle of one."""
        self.part.unlink(missing_ok=True)
        try:
            with closing(sqlite3.connect(f"{self.private.as_uri()}?mode=ro", uri=True)) as followed:
                # While this transaction lasts, Litestream writes nothing into the file; what it wrote before is whole
                # if it has noted so since.
                followed.execute("begin")
                followed.execute("select count(*) from sqlite_master").fetchone()
                if self.private.stat().st_mtime_ns > self.reached.stat().st_mtime_ns:
                    return False
                # In a process of its own: to close the file in this one would end the transaction's lock. Where the
                # file system can, the copy shares what is the same, and takes no time.
                subprocess.run(["cp", "--reflink=auto", self.private, self.part], check=True)  # noqa: S603, S607
            with closing(sqlite3.connect(self.part)) as copy:
                copy.execute("pragma journal_mode = delete")  # so that readers write nothing beside it
        except (sqlite3.Error, FileNotFoundError, subprocess.SubprocessError) as error:
            log.warning("Not yet: %s", error)
            time.sleep(AGAIN)
            return False
        return True

    def check(self) -> None:
        """Start anew where Litestream has stood still behind the replica from one check to the next."""
        newest, reached = self.newest(), self._reached()
        if newest is None or newest == reached:
            self.behind = None
        elif reached is not None and reached == self.behind:
            log.error("Litestream stands at %s, the replica at %s; starting it anew.", reached, newest)
            self.stop()
        else:
            self.behind = reached

    def newest(self) -> str | None:
        """The last transaction in the replica; None where it cannot be told at the moment."""
        plan = [*self.restore, "-dry-run", "-json", "-o", str(self.folder / "none.db"), str(self.served)]
        try:
            told = subprocess.run(plan, check=True, capture_output=True, timeout=PATIENCE)  # noqa: S603 - as above
            return str(json.loads(told.stdout)["max_txid"])
        except (subprocess.SubprocessError, ValueError, KeyError) as error:
            log.warning("The replica does not tell how far it is: %s", error)
            return None


def main() -> None:
    """Follow until told to stop, and stop Litestream then."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    config = os.environ.get("LITESTREAM_CONFIG", "/etc/litestream.yml")
    interval = os.environ.get("FOLLOW_INTERVAL", INTERVAL)
    follower = Follower("litestream", config, Path(load_settings().database).absolute(), interval)
    try:
        follower.run()
    finally:
        follower.stop()


if __name__ == "__main__":
    main()
