"""Counts of records by party and month, so that those within a date range are counted without reading each.

Triggers keep them, for the lists of parties that a filter reads. A large load creates both at its end.
"""

from collections.abc import Iterator

from sqlite_utils import Database

from schemas.record import Dated, Record
from seed.storage.mapping import REPEATS, ListTable, list_tables

MONTH_COUNTS_TABLE = """
create table month_counts (
    list text not null, -- the table of a list
    party text not null,
    month text not null, -- the first seven characters of `day`
    records integer not null,
    primary key (list, party, month)
) strict, without rowid
"""
MONTH_LENGTH = len("2025-03")
EVENTS = {"insert": {"new": 1}, "delete": {"old": -1}, "update": {"old": -1, "new": 1}}
"""What a change of a row adds to the count of its old and of its new values."""


def create_month_counts(db: Database, record: type[Record]) -> None:
    """Count the records of a type, and create the triggers that keep the counts."""
    for link in counted_lists(record):
        db.execute(f"insert into month_counts {counts_select(link)}")
        for event in EVENTS:
            db.execute(_trigger(link, event))


def drop_month_counts(db: Database, record: type[Record]) -> None:
    """Delete the counts of a type, and drop the triggers."""
    for link in counted_lists(record):
        for event in EVENTS:
            db.execute(f'drop trigger if exists "{_trigger_name(link, event)}"')
        db.execute("delete from month_counts where list = ?", [link.table])


def counted_lists(record: type[Record]) -> Iterator[ListTable]:
    """Yield the lists of a type whose records are counted: those that name a party that acts, of dated records."""
    return (link for link in list_tables(record) if link.actor and issubclass(record, Dated))


def counts_select(link: ListTable) -> str:
    """Return the SELECT of the counts of a list from its rows."""
    values = f"'{link.table}', \"{link.actor}\", {month('day')}, count(*)"
    return f'select {values} from "{link.table}" where {_is_counted(link, "")} group by 2, 3'


def month(day: str) -> str:
    """Return the SQL of the month of a day."""
    return f"substr({day}, 1, {MONTH_LENGTH})"


def _is_counted(link: ListTable, row: str) -> str:
    return f"{row}day is not null" + f" and {row}{REPEATS} is null" * link.may_repeat_actor


def _trigger_name(link: ListTable, event: str) -> str:
    return f"{link.table}_month_counts_{event}"


def _trigger(link: ListTable, event: str) -> str:
    changes = "".join(
        f"insert into month_counts select {_key(link, row)}, {number}"
        f" where {_is_counted(link, f'{row}.')} on conflict do update set records = records + {number}; "
        for row, number in EVENTS[event].items()
    )
    if "old" in EVENTS[event]:  # a count of zero would tell what a purged record was about
        same = f"(list, party, month) = ({_key(link, 'old')})"
        changes += f"delete from month_counts where {same} and records = 0; "
    return f'create trigger "{_trigger_name(link, event)}" after {event} on "{link.table}" begin {changes}end'


def _key(link: ListTable, row: str) -> str:
    return f"'{link.table}', {row}.\"{link.actor}\", {month(f'{row}.day')}"
