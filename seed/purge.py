"""Purge: removes a record for good, as a court may order, with everything that the file has of its content.

What stays is that it was there: its ids, which no record may have again, the times, authors and reasons of its changes,
and the SHA-256 of each version, without which nobody could verify the log of changes.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database

from seed.life import InvalidChange, Revision, open_built, require_no_referrers, write_revision
from seed.storage.database_path import resolve_path
from seed.storage.mapping import searched_types, singular
from seed.storage.references import RecordRef
from seed.storage.referrers import read_record
from seed.storage.retired_ids import Removal, RetiredId, find_retired
from seed.storage.sqlite_file import rewrite
from seed.storage.wal import is_replicated
from seed.storage.word_bitmaps import remove_unused_words
from seed.storage.writer import Authorship, Change

LAST_OF_BUNDLES = """
select distinct type, id from changes c where source in (select value from json_each(:sources)) and not exists (
    select 1 from changes later where (later.type, later.id) = (c.type, c.id)
    and (later.revision, later.ordinal) > (c.revision, c.ordinal)
    and (later.source not in (select value from json_each(:sources)) or later.removal in ('renamed', 'purged'))
) and removal is not 'renamed' and removal is not 'purged' order by type, id
"""
"""SELECT of the records that some bundles had last, each under its last id."""
LAST_BUNDLE = "select source from changes where type = ? and id = ? order by revision desc, ordinal desc limit 1"
ADVICE = "Do first what deploy/README.md says under “Purge”."
CLEAR = "update changes set record = null, purged = ? where type = ? and id = ? and action <> 'delete'"


def purge(database: Path, ref: RecordRef, authorship: Authorship) -> Revision:
    """Remove a record, or a source with all that its bundle ever gave, from the records, the history and the file.

    It may have been withdrawn or merged before. If it was purged before, the file is only rewritten. Raise
    InvalidChange if others refer to it, and DatabaseUnavailable if the file could not be rewritten: then repeat it.
    """
    if is_replicated(resolve_path(database), database):
        raise InvalidChange([f"Litestream replicates {database}, and keeps what it replicated. {ADVICE}"])
    with open_built(database) as db:
        result = purge_in(db, ref, authorship)
    rewrite(database)
    return result


def purge_in(db: Database, ref: RecordRef, authorship: Authorship) -> Revision:
    """Purge a record in the caller's transaction, which leaves its content in free pages. Raise InvalidChange."""
    retired = find_retired(db, ref.plural, [ref.id]).get(ref.id)
    if retired and retired.removal == "purged":
        return Revision(retired.revision, {}, [retired.source])
    _require_purgeable(db, ref, retired)
    earlier = _earlier_ids(db)
    records = list(_bundle_records(db, ref, earlier) if ref.plural == "sources" else [ref])
    targets = list(dict.fromkeys(name for record in records for name in _with_earlier(record, earlier)))
    require_no_referrers(db, ref, targets)
    result = write_revision(db, authorship, (_removal(db, target) for target in targets), ())
    db.conn.executemany(CLEAR, ([result.number, *target] for target in targets))
    _clear_derived(db)
    return result


def _require_purgeable(db: Database, ref: RecordRef, retired: RetiredId | None) -> None:
    """Raise InvalidChange if there never was such a record, or if it has another id now."""
    if not db.execute(LAST_BUNDLE, ref).fetchone():
        raise InvalidChange([f"There never was a {singular(ref.plural)} {ref.id!r}."])
    if retired and retired.removal == "renamed":
        raise InvalidChange([f"{retired} Purge {ref.plural}/{retired.successor}, with which this id is purged, too."])


def _earlier_ids(db: Database) -> dict[RecordRef, list[RecordRef]]:
    """Return the ids that renamed records had before, by those that they got."""
    earlier = defaultdict(list)
    for plural, id, new in db.execute("select type, id, successor from changes where removal = 'renamed'"):
        earlier[RecordRef(plural, new)].append(RecordRef(plural, id))
    return earlier


def _with_earlier(ref: RecordRef, earlier: dict[RecordRef, list[RecordRef]]) -> Iterator[RecordRef]:
    """Yield a record and its earlier ids, under which the log has its earlier versions."""
    found, waiting = {ref}, [ref]
    while waiting:
        yield (current := waiting.pop())
        before = set(earlier.get(current, ())) - found
        found |= before
        waiting += sorted(before)


def _bundle_records(db: Database, ref: RecordRef, earlier: dict[RecordRef, list[RecordRef]]) -> Iterator[RecordRef]:
    """Yield the records that the bundle of a source has, or had when they were removed."""
    sources = json.dumps([one.id for one in _with_earlier(ref, earlier)])
    for row in db.execute(LAST_OF_BUNDLES, {"sources": sources}).fetchall():
        yield RecordRef(*row)


def _removal(db: Database, ref: RecordRef) -> Change:
    record = read_record(db, ref)
    bundle = record.bundle if record else db.execute(LAST_BUNDLE, ref).fetchone()[0]
    return Change("delete", *ref, bundle, removal=Removal("purged"))


def _clear_derived(db: Database) -> None:
    """Clear copies of the content of records: search indexes, stored responses, samples of the query planner.

    An FTS5 index keeps the words of deleted rows until its segments are merged; `indexed_words` keeps them for good.
    A stored response may contain any record.
    """
    for plural in searched_types():
        db.execute(f'insert into "{plural}_fts" ("{plural}_fts") values (\'rebuild\')')
        remove_unused_words(db, plural)
    db.execute("delete from answers")
    db.execute("drop table if exists sqlite_stat4")
