"""Checks of the change log and the digests."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlite_utils import Database

from schemas import RECORDS
from seed.doctor.results import Mismatch, fault, told, warning
from seed.loader import CHUNK_SIZE, Progress
from seed.storage.tables import CHANGES_SELECT
from seed.storage.writer import digest_input

STANDING = " ".join(f"when '{plural}' then (select revision from {plural} where id = changes.id)" for plural in RECORDS)
STEPS = f"""
select type, id, revision, action, record is null, lag(action) over one, lead(revision) over one is null,
    case type {STANDING} end
from changes window one as (partition by type, id order by revision, ordinal)
"""
REVISIONS = """
select r.revision, r.recorded_at, count(c.ordinal), min(c.ordinal), max(c.ordinal)
from revisions r left join changes c using (revision) group by r.revision order by r.revision
"""
HASTE = timedelta(minutes=1)
"""Seconds that a revision may be ahead of the clock: each is at least one second after the previous one."""


class Step(NamedTuple):
    """Change with the previous change of its record and the revision that the record itself has."""

    type: str
    id: str
    revision: int
    action: str
    wordless: bool
    before: str | None
    last: bool
    standing: int | None

    def faults(self) -> Iterator[str]:
        """Yield what does not fit."""
        record = f"{self.type}/{self.id}"
        if (self.action == "create") != (self.before in (None, "delete")):
            before = f"{self.before}d" if self.before else "not there"
            yield f"revision {self.revision} {self.action}s {record}, which was {before} before"
        if self.action != "delete" and self.wordless and not self.last:
            yield f"what {record} held after revision {self.revision} is lost"
        if self.last and self.standing != (None if self.action == "delete" else self.revision):
            says = "is not there" if self.standing is None else f"says revision {self.standing}"
            yield f"{record} {says}, and was last {self.action}d in revision {self.revision}"


def changes(db: Database, progress: Progress) -> Iterator[Mismatch]:
    """Check that the change log has no gap, leads to the current records, and holds every previous version."""
    yield from _revisions(db)
    steps = db.execute(STEPS)
    while batch := steps.fetchmany(CHUNK_SIZE):
        yield from (fault(wrong) for row in batch for wrong in Step(*row).faults())
        progress.read(len(batch))
    for plural in RECORDS:
        logged = f"select 1 from changes where type = '{plural}' and id = r.id"
        for (id,) in db.execute(f'select id from "{plural}" r where not exists ({logged})'):
            yield fault(f"{plural}/{id} is there, and no change tells of it")
    last, count = db.execute("select max(revision), count(*) from changes").fetchone()
    yield told(f"{count} up to revision {last}, which lead to the records as they are")


def _revisions(db: Database) -> Iterator[Mismatch]:
    """Report revisions that are not consecutive or whose timestamps decrease."""
    last, before, now = 0, datetime.min.replace(tzinfo=UTC), datetime.now(UTC)
    for revision, recorded_at, count, lowest, highest in db.execute(REVISIONS):
        if revision != last + 1:
            yield fault(f"revision {revision} follows revision {last}")
        if (lowest, highest) != (0, count - 1):
            yield fault(f"the changes of revision {revision} are not numbered from 0 without a gap")
        at = _time(recorded_at)
        if at is None:
            yield fault(f"revision {revision} was recorded at {recorded_at!r}, which is no time in UTC")
        elif not before <= at <= now + HASTE:
            yield warning(f"revision {revision} was recorded {'in the future' if at > now else 'before the last'}")
        last, before = revision, at or before


def _time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo == UTC else None


def digests(db: Database, progress: Progress) -> Iterator[Mismatch]:
    """Check that each digest is that of the revision's changes and the previous digest.

    The log holds every version that was overwritten or deleted, and the tables hold the current ones, so every digest
    can be computed again.
    """
    before, count = "", 0
    for revision, digest in db.execute("select revision, digest from revisions order by revision"):
        if _digest(db, before, revision, progress) != digest:
            yield fault(f"that of revision {revision} is not that of its changes and the digest before")
        before, count = digest, count + 1
    yield told(f"{count}, each that of its changes")


def _digest(db: Database, before: str, revision: int, progress: Progress) -> str:
    made = hashlib.sha256(before.encode())
    logged = db.execute(f"{CHANGES_SELECT} where revision = ? order by ordinal", [revision])
    while batch := logged.fetchmany(CHUNK_SIZE):
        for _, _, *change in batch:
            made.update(digest_input(*change))
        progress.read(len(batch))
    return made.hexdigest()
