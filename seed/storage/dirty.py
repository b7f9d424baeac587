"""The records whose derived data is out of date, in a temporary table while a load is written."""

from collections.abc import Iterable

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
    """Return FROM for the marked records of a type, as `r`. CROSS JOIN makes SQLite begin with the marks."""
    return f"from dirty cross join \"{plural}\" r on dirty.type = '{plural}' and dirty.id = r.id"


def from_earlier_versions(plural: str) -> str:
    """Return FROM for the earlier versions, as `old`, of the records of a type that the latest revision has changed.

    CROSS JOIN makes SQLite begin with the changes of that revision. It would otherwise read all of them again for each
    earlier version, so that the time would grow with the square of their number.
    """
    return (
        "from changes new cross join changes old on old.type = new.type and old.id = new.id and old.record is not null"
        f" and new.revision = (select max(revision) from changes) and +new.type = '{plural}' and new.action <> 'create'"
    )


def with_changed_fields(plural: str, fields: Iterable[str]) -> str:
    """Return the SELECT of the ids of the marked records of a type whose fields are not as in the last version."""
    last = "select max(revision) from changes where type = old.type and id = old.id and revision < r.revision"
    same = " and ".join(f"old.record -> '$.{name}' is r.record -> '$.{name}'" for name in fields)
    unchanged = f"old.type = '{plural}' and old.id = r.id and old.revision = ({last}) and {same}"
    return (
        f"select dirty.id from dirty left join \"{plural}\" r on r.id = dirty.id where dirty.type = '{plural}'"
        f" and not exists (select 1 from changes old where {unchanged})"
    )


def drop_dirty(db: Database) -> None:
    """Drop the table."""
    db.execute("drop table dirty")
