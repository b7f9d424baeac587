"""The records whose derived data is out of date, in a temporary table while a load is written."""

from sqlite_utils import Database

CREATE_DIRTY = "create temp table dirty (type text, id text, primary key (type, id)) without rowid"


def mark_changed(db: Database, revision: int) -> None:
    """Create the table, with every record that a revision has changed."""
    db.execute(CREATE_DIRTY)
    db.execute("insert or ignore into dirty select type, id from changes where revision = ?", [revision])


def add_dirty(db: Database, plural: str, ids: str) -> None:
    """Add the records of a type whose ids a SELECT returns."""
    db.execute(f"insert or ignore into dirty select '{plural}', id from ({ids})")


def from_dirty(plural: str) -> str:
    """Return FROM for the marked records of a type, as `r`."""
    return f"from dirty join \"{plural}\" r on dirty.type = '{plural}' and dirty.id = r.id"


def drop_dirty(db: Database) -> None:
    """Drop the table."""
    db.execute("drop table dirty")
