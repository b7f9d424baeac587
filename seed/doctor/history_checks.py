"""Checks of references, the change log and the digests."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlite_utils import Database

from schemas import RECORDS
from seed.doctor.results import Finding, error, info, warning
from seed.parallel import CHUNK_SIZE
from seed.progress import Progress
from seed.reference_errors import reference_errors
from seed.storage.tables import CHANGES_SELECT
from seed.storage.writer import Authorship, digest_input, record_sha256, revision_checksum

INTERNAL_REFERENCES = """
select k."table", f."from", k.parent, count(*)
from pragma_foreign_key_check k join pragma_foreign_key_list(k."table") f on f.id = k.fkid
where f."from" in ('id', 'revision') group by 1, 2, 3
"""
"""Foreign keys between our own tables that have no target. References between records are checked separately."""
RECORD_REVISION = " ".join(
    f"when '{plural}' then (select revision from {plural} where id = changes.id)" for plural in RECORDS
)
STEPS = f"""
select type, id, revision, action, removal, record is null, purged, lag(action) over one,
    lead(revision) over one is null, case type {RECORD_REVISION} end,
    max(iif(removal = 'purged', revision, null)) over (partition by type, id)
from changes window one as (partition by type, id order by revision, ordinal)
"""
UNKNOWN_SUCCESSORS = """
select type, id, successor from changes c where successor is not null
and not exists (select 1 from changes other where (other.type, other.id) = (c.type, c.successor))
"""
REVISIONS = """
select r.revision, r.recorded_at, count(c.ordinal), min(c.ordinal), max(c.ordinal)
from revisions r left join changes c using (revision) group by r.revision order by r.revision
"""
RECORDED = "select revision, recorded_at, author, reason, digest, checksum from revisions order by revision"
DIGESTED = f"""
select action, type, id, source, removal, successor, sha256, purged, record from ({CHANGES_SELECT})
where revision = ? order by ordinal
"""
MAX_CLOCK_SKEW = timedelta(minutes=1)
"""How far ahead of the clock a revision may be: each is at least a second after the previous one."""


class Step(NamedTuple):
    """A change, the previous one of its record, the record's revision in its table, and the revision of its purge."""

    type: str
    id: str
    revision: int
    action: str
    removal: str | None
    without_json: bool
    purged: int | None
    previous_action: str | None
    is_last: bool
    record_revision: int | None
    purge: int | None

    def errors(self) -> Iterator[str]:
        """Yield how the change contradicts the previous change, the record in its table, and the purge."""
        record = f"{self.type}/{self.id}"
        if (self.action == "create") != (self.previous_action in (None, "delete")) and self.removal != "purged":
            previous = f"was {self.previous_action}d" if self.previous_action else "did not exist"
            yield f"revision {self.revision} {self.action}s {record}, which {previous} before"
        if self.action != "delete" and self.without_json and not self.is_last and not self.purged:
            yield f"the JSON of {record} in revision {self.revision} is missing"
        if self.action != "delete" and self.purged != self.purge:
            purge = f"revision {self.purge} purged it" if self.purge else "no revision purged it"
            mark = f"revision {self.purged}" if self.purged else "none"
            yield f"the JSON of {record} in revision {self.revision} is marked as purged by {mark}, but {purge}"
        if self.is_last and self.action == "delete" and not self.removal:
            yield f"revision {self.revision} deletes {record}, but does not say whether it was withdrawn"
        if self.is_last and self.record_revision != (None if self.action == "delete" else self.revision):
            state = "does not exist" if self.record_revision is None else f"has revision {self.record_revision}"
            yield f"{record} {state}, but was last {self.action}d in revision {self.revision}"


def check_references(db: Database, progress: Progress) -> Iterator[Finding]:
    """Check that everything referred to exists, that nothing is part of itself, and that records do not conflict."""
    yield from map(error, reference_errors(db, None))
    for table, column, parent, count in db.execute(INTERNAL_REFERENCES):
        yield error(f"{table}.{column} of {count} rows is missing in {parent}")
    yield info("every target exists")


def check_changes(db: Database, progress: Progress) -> Iterator[Finding]:
    """Check that the change log is complete, leads to the current records, and holds every earlier version."""
    yield from _check_revisions(db)
    steps = db.execute(STEPS)
    while batch := steps.fetchmany(CHUNK_SIZE):
        yield from (error(text) for row in batch for text in Step(*row).errors())
        progress.read(len(batch))
    for plural in RECORDS:
        logged = f"select 1 from changes where type = '{plural}' and id = r.id"
        for (id,) in db.execute(f'select id from "{plural}" r where not exists ({logged})'):
            yield error(f"{plural}/{id} exists, but no change created it")
    for plural, id, successor in db.execute(UNKNOWN_SUCCESSORS):
        yield error(f"the successor {successor!r} of {plural}/{id} never existed")
    last, count = db.execute("select max(revision), count(*) from changes").fetchone()
    yield info(f"{count} up to revision {last}, consistent with the records")


def _check_revisions(db: Database) -> Iterator[Finding]:
    """Check that revisions and their changes are numbered without gaps, and that time increases."""
    last, previous, now = 0, datetime.min.replace(tzinfo=UTC), datetime.now(UTC)
    for revision, recorded_at, count, lowest, highest in db.execute(REVISIONS):
        if revision != last + 1:
            yield error(f"revision {revision} follows revision {last}")
        if (lowest, highest) != (0, count - 1):
            yield error(f"the changes of revision {revision} are not numbered from 0 without gaps")
        time = _parse_time(recorded_at)
        if time is None:
            yield error(f"revision {revision} was recorded at {recorded_at!r}, which is not a time in UTC")
        elif time <= previous:
            yield error(f"revision {revision} was not recorded after the previous one")
        elif time > now + MAX_CLOCK_SKEW:
            yield warning(f"revision {revision} was recorded in the future")
        last, previous = revision, time or previous


def _parse_time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return time if time.tzinfo == UTC else None


def check_digests(db: Database, progress: Progress) -> Iterator[Finding]:
    """Check that each record is the one written, each digest that of its changes, and each checksum that of its row.

    The change log holds earlier versions and the tables hold current ones, except those that were purged: of these only
    the SHA-256 is left, from which the digest can be computed.
    """
    previous, previous_checksum, count = "", "", 0
    for revision, recorded_at, author, reason, digest, checksum in db.execute(RECORDED):
        found, differing = _read_changes(db, previous, revision, progress)
        yield from (error(f"revision {revision}: the JSON of {record} is not the one written") for record in differing)
        if found != digest:
            yield error(f"revision {revision}: the digest is not that of its changes and the previous digest")
        if revision_checksum(previous_checksum, recorded_at, Authorship(author, reason), digest) != checksum:
            yield error(f"revision {revision}: the checksum is not that of its time, author, reason and digest")
        previous, previous_checksum, count = digest, checksum, count + 1
    yield info(f"{count}, each that of its changes")


def _read_changes(db: Database, previous: str, revision: int, progress: Progress) -> tuple[str, list[str]]:
    """Return the digest of a revision, and the records whose JSON does not have its SHA-256."""
    digest, differing = hashlib.sha256(previous.encode()), []
    changes = db.execute(DIGESTED, [revision])
    while batch := changes.fetchmany(CHUNK_SIZE):
        for *logged, sha256, purged, text in batch:
            digest.update(digest_input(logged, sha256))
            if not purged and record_sha256(text) != sha256:
                differing.append("/".join(logged[1:3]))
        progress.read(len(batch))
    return digest.hexdigest(), differing
