"""What is derived from records once all of a load are written: additions, then attribution, then the timeline."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlite_utils import Database

from seed.storage import additions, attribution, timeline
from seed.storage.dirty import drop_dirty, mark_changed


def update_derived(db: Database, revision: int) -> None:
    """Derive again what depends on the records that a revision has changed."""
    mark_changed(db, revision)
    additions.update_additions(db)
    attribution.mark_dependents(db)
    with _indexed(db):
        timeline.mark_dependents(db)
        attribution.update_attribution(db)
        timeline.update_timeline(db)
    drop_dirty(db)


@contextmanager
def _indexed(db: Database) -> Iterator[None]:
    """Index the columns that are looked up, unless they have an index: a large load creates its indexes at the end.

    Without one, SQLite would read the whole table for each record.
    """
    missing = [
        (f"temporary_{table}_{column}", table, column)
        for table, column in timeline.LOOKED_UP
        if not any(index.columns[0] == column for index in db.table(table).indexes)
    ]
    for name, table, column in missing:
        db.execute(f'create index "{name}" on "{table}" ("{column}")')
    yield
    for name, _, _ in missing:
        db.execute(f'drop index "{name}"')
