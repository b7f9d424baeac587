"""The timeline: one entry for each fact, derived from the dated records in SQL derived from the schemas.

A fact is an event with the records that were made at it, or a record without an event. The tables store what filters
and sorts entries, and their lists as JSON: reading these from list tables would add a third to the CPU of a page. All
else is read from the record of the entry.
"""

from collections.abc import Iterator
from itertools import groupby

from sqlite_utils import Database

from schemas import RECORDS, Event, Position, Proposal
from schemas.derived import served_fields
from schemas.fields import Reference
from schemas.position import INITIAL_STANCES
from schemas.record import DATE_FIELDS, Negotiated, Record
from schemas.timeline import DATED, Timeline, TimelineRecord
from seed.storage.depths import LATER, create_depths
from seed.storage.dirty import add_dirty, from_dirty, from_earlier_versions
from seed.storage.mapping import (
    DATE_BOUNDS,
    Column,
    columns,
    list_tables,
    sort_column,
    stored_columns,
    stored_lists,
    tables,
)

BOUNDS = ", ".join(DATE_BOUNDS)
BOUNDS_OF_MEMBER = ", ".join(f"m.{name}" for name in DATE_BOUNDS)
EVENTS = Event.plural
AT_EVENTS = [plural for plural, record in DATED.items() if "event" in record.declared()]
"""The types whose records are made at events."""
LATER_EVENTS = f"""
with recursive later(id) as (
    select id from dirty where type = '{EVENTS}'
    union select l.id from later join events_relations l on l.event = later.id and l.relation in {LATER}
)
select id from later
"""
EARLIER_EVENTS = f"""
select event id from events_relations where relation in {LATER} and id in (select id from dirty where type = '{EVENTS}')
union select relation.value ->> 'event' {from_earlier_versions(EVENTS)}
    join json_each(old.record, '$.relations') relation
"""
"""The events to which a marked one is a sequel, or was one before it changed.

If they have an open start, their place depends on the date of the sequel.
"""
DEPTH = "(depths.depth + iif(r.status = 'alleged', 1000, 0))"
"""How far down its day an event `r` stands: after those to which it is a sequel, and at the end if it is alleged."""
NEXT_DAY = f"""(
    select min(later.day) from events_relations l join events later on later.id = l.id
    where l.event = r.id and l.relation in {LATER} and later.starts is null
)"""
"""The first day of what came after an event `r`: with an open start, the event stands before that."""
POSITIONS, PROPOSALS = Position.plural, Proposal.plural
CREATE_FIRST_STARTS = f"""
create temp table first_starts as select p.proposal, min(p.day) day from {POSITIONS} p
where p.starts is null and p.proposal in (
    select id from dirty where type = '{PROPOSALS}' union select r.proposal {from_dirty(POSITIONS)}
) group by p.proposal
"""
"""The first day on which a position was taken on each proposal, looked up once for all positions on it."""
FIRST_START = "(select day from first_starts where proposal = r.{proposal})"
IS_INITIAL = f"r.stance in ({', '.join(repr(stance) for stance in sorted(INITIAL_STANCES))})"
FIRST_STARTS = {
    PROPOSALS: FIRST_START.format(proposal="id"),
    POSITIONS: f"iif({IS_INITIAL}, {FIRST_START.format(proposal='proposal')}, null)",
}
"""With an open start, a proposal was put forward, and an initial stance taken, before that day."""
LOOKED_UP = ((POSITIONS, "proposal"), (f"{EVENTS}_relations", "event"))
"""Tables and columns by which the statements look up rows for each marked record."""
CREATE_MEMBERS = f"create temp table members (entry text, type text, id text, rank integer, {BOUNDS})"
"""The temporary table of the records of each marked entry; the record that gives the entry its date has the rank 0."""


def mark_dependents(db: Database) -> None:
    """Mark the records whose entry depends on a record that is marked already."""
    for plural in DATED:
        if via := _negotiations_via(plural):
            changed = f"select id from dirty where type = '{_target(via)}'"
            add_dirty(db, plural, f'select id from "{plural}" where "{via.name}" in ({changed})')
    for plural in AT_EVENTS:
        changed = f"select id from dirty where type = '{plural}'"
        add_dirty(db, EVENTS, f'select event id from "{plural}" where event is not null and id in ({changed})')
        before = f"select id from timeline_records where type = '{plural}' and record in ({changed})"
        add_dirty(db, EVENTS, f"select substr(id, length('{EVENTS}/') + 1) id from ({before})")
    add_dirty(db, POSITIONS, f"select p.id {from_dirty(PROPOSALS)} join {POSITIONS} p on p.proposal = r.id")
    add_dirty(db, EVENTS, LATER_EVENTS)
    add_dirty(db, EVENTS, EARLIER_EVENTS)


def update_timeline(db: Database) -> None:
    """Derive the entries of all marked records again."""
    for table in tables(Timeline):
        db.execute(f"delete from {table} where id in (select type || '/' || id from dirty)")
    create_depths(db)
    db.execute(CREATE_FIRST_STARTS)
    db.execute("create index temp.first_starts_by_proposal on first_starts (proposal)")
    db.execute(CREATE_MEMBERS)
    for rows in _members():
        db.execute(f"insert into members {rows}")
    for name, rows in _lists().items():
        db.execute(f"insert into timeline_{name} {rows}")
    for plural in DATED:
        db.execute(_entries(plural))
    for table in ("members", "first_starts", "depths"):
        db.execute(f"drop table {table}")


def _members() -> Iterator[str]:
    """Yield SELECTs of the records of every marked entry."""
    first = _first_day(NEXT_DAY)
    time = f"iif({DEPTH} = 0 and r.time is null, '0', printf('%05d ', {DEPTH}) || coalesce(r.time, ''))"
    day = f"{first} || iif(r.starts = '', ' -', ' ') || {time}"
    event = f"{day}, r.starts, {_ends(first)} from depths join {EVENTS} r on r.id = depths.id"
    yield f"select '{EVENTS}/' || r.id, '{EVENTS}', r.id, 0, {event}"
    for place, plural in enumerate(AT_EVENTS, 1):
        yield f"select '{EVENTS}/' || r.id, '{plural}', m.id, {place}, {event} join \"{plural}\" m on m.event = r.id"
        # An open start stands before the day itself, and that of a proposal before the positions on it.
        own_first = _first_day(FIRST_STARTS.get(plural, "null"))
        own_day = f"{own_first} || iif(r.starts = '', ' -', ' 00500 ')"
        own = f"{own_day}, r.starts, {_ends(own_first)} {from_dirty(plural)} where r.event is null"
        yield f"select '{plural}/' || r.id, '{plural}', r.id, 0, {own}"


def _first_day(before: str) -> str:
    """Return SQL for the day under which a record `r` stands: with an open start, not after the day `before`."""
    return f"iif(r.starts = '', min(r.day, coalesce({before}, r.day)), r.day)"


def _ends(first: str) -> str:
    """Return SQL for the column `ends` of a record `r` that stands under a day."""
    return f"nullif(coalesce(r.ends, r.day), {first})"


def _lists() -> dict[str, str]:
    """Return the SELECT for the rows of each list of the marked entries, by the list's name.

    The lists that are filters have the items of all records of an entry, so that it is found by each of them.
    """
    return {
        "negotiations": _distinct(map(_negotiations, DATED), "negotiation"),
        "parties": _distinct((rows for record in DATED.values() for rows in _parties(record)), "party"),
        "according_to": _distinct((_item(plural, "according_to", "party") for plural in DATED), "party", "rank = 0"),
        "citations": _distinct(
            (_item(plural, "citations", "source, paragraph") for plural in DATED), "source, paragraph"
        ),
        "accounts": _distinct((_item(plural, "accounts", "account") for plural in DATED), "account"),
        "after": f"select entry, row_number() over (partition by entry order by min(l.ordinal)) - 1, l.event, e.title,"
        f" {BOUNDS_OF_MEMBER} from members m join {EVENTS}_relations l on m.type = '{EVENTS}' and l.id = m.id"
        f" and l.relation in {LATER} join {EVENTS} e on e.id = l.event where rank = 0 group by entry, l.event",
        "records": " union all ".join(map(_records, AT_EVENTS)),
    }


def _distinct(selects: Iterator[str], names: str, condition: str = "true") -> str:
    """Return the SELECT of the distinct items of all records of each entry, those of the first record first."""
    return (
        f"select entry, row_number() over (partition by entry order by min(rank), {names}) - 1, {names}, {BOUNDS}"
        f" from ({' union all '.join(selects)}) where {condition} group by entry, {names}"
    )


def _item(plural: str, name: str, values: str) -> str:
    """Return the SELECT of the items of a list of a type's records."""
    return f"select m.*, {values} from members m join {plural}_{name} l on m.type = '{plural}' and l.id = m.id"


def _negotiations(plural: str) -> str:
    """Return the SELECT of the negotiations of a type's records."""
    if via := _negotiations_via(plural):
        own = f"join \"{plural}\" r on m.type = '{plural}' and r.id = m.id"
        return (
            f'select m.*, negotiation from members m {own} join {_target(via)}_negotiations l on l.id = r."{via.name}"'
        )
    return _item(plural, "negotiations", "negotiation")


def _records(plural: str) -> str:
    """Return the SELECT of the records of a type that stand under an event."""
    record = DATED[plural]
    state = f'r."{record.state_column}"' if record.state_column else "null"
    return (
        f"select entry, row_number() over (partition by entry order by r.key) - 1 + 1000000 * rank, '{plural}', r.id,"
        f' r."{record.label}", {state}, r.date, r.date_basis,'
        f" r.attribution, {_inference(record)}, {BOUNDS_OF_MEMBER}"
        f" from members m join \"{plural}\" r on m.type = '{plural}' and r.id = m.id where rank > 0"
    )


def _entries(plural: str) -> str:
    """Return the INSERT for the entries of a type."""
    record, own = DATED[plural], "where id = m.entry"
    values = {
        "id": "m.entry",
        "type": f"'{plural}'",
        **{
            column.name: f'r."{column.name}"'
            for column in stored_columns(Timeline)
            if column.name not in ("id", "type")
        },
        **{name: f"m.{name}" for name in DATE_BOUNDS},
        sort_column(Timeline): f'r."{sort_column(record)}"',
        "bundle": "r.bundle",
        "revision": "r.revision",
        "after": f"(select json_group_array(json_object('event', event, 'title', title))"
        f" from (select * from timeline_after {own} order by ordinal))",
        "records": f"(select json_group_array(json_object({', '.join(_nested_members())}))"
        f" from (select * from timeline_records {own} order by ordinal))",
        "parties": _array("party", "parties", own),
        "negotiations": _array("negotiation", "negotiations", own),
        "according_to": _array("party", "according_to", own),
        "citations": _citations(plural, "r.id"),
        "accounts": _accounts(plural, "r.id"),
    }
    names = ", ".join(f'"{name}"' for name in values)
    return (
        f"insert into timeline ({names}) select {', '.join(values.values())}"
        f" from members m join \"{plural}\" r on m.type = '{plural}' and r.id = m.id where m.rank = 0"
    )


def entry_json() -> str:
    """Return the SQL of the JSON of an entry `r` of the timeline, from its record and the lists stored with it."""
    cases = (f"when '{plural}' then ({_entry_of_record(plural)})" for plural in DATED)
    return f"case r.type {' '.join(cases)} end"


def _entry_of_record(plural: str) -> str:
    """Return the SELECT of the JSON of an entry with a record of a type.

    The stored lists are inserted as text: parsing them took a fifth of the time.
    """
    record, lists = DATED[plural], stored_lists(Timeline)
    values = {
        **{name: f"o.{name}" for name in (*DATE_FIELDS, "voice", "note", "attribution")},
        "id": "r.id",
        "type": "r.type",
        "title": f'o."{record.label}"',
        "state": f'o."{record.state_column}"' if record.state_column else "null",
        "inference": _inference(record, "o"),
    }
    parts = []
    for is_list, names in groupby(served_fields(Timeline), lists.__contains__):
        if is_list:
            parts += [f"""'"{name}":' || r."{name}\"""" for name in names]
        else:
            members = ", ".join(f"'{name}', {values[name]}" for name in names)
            parts.append(f"trim(json_object({members}), '{{}}')")
    json = " || ',' || ".join(parts)
    return f"select '{{' || {json} || '}}' from \"{plural}\" o where o.id = substr(r.id, {len(plural) + 2})"


def _inference(record: type[Record], row: str = "r") -> str:
    """Return SQL for the column `inference` of a record; null for a type without it."""
    return f"{row}.inference" if "inference" in record.declared() else "null"


def _nested_members() -> Iterator[str]:
    """Yield name and SQL of each member of a record under an event, which is a row of `timeline_records`."""
    lists = {"accounts": _accounts, "citations": _citations}
    for name in TimelineRecord().fields:
        if name in lists:
            cases = " ".join(f"when '{plural}' then {lists[name](plural, 'record')}" for plural in AT_EVENTS)
            yield f"'{name}', json(case type {cases} end)"
        else:
            yield f"'{name}', {name}"


def _accounts(plural: str, id: str) -> str:
    """Return SQL for the accounts of a record as JSON."""
    rows = f"select account from {plural}_accounts where id = {id} order by ordinal"
    return f"(select json_group_array(account) from ({rows}))"


def _citations(plural: str, id: str) -> str:
    """Return SQL for the citations of a record as JSON."""
    rows = f"select source, paragraph from {plural}_citations where id = {id} order by ordinal"
    return f"(select json_group_array(json_object('source', source, 'paragraph', paragraph)) from ({rows}))"


def _array(column: str, name: str, where: str) -> str:
    """Return SQL for a JSON array of a column of a list."""
    return f"(select json_group_array({column}) from (select {column} from timeline_{name} {where} order by ordinal))"


def _negotiations_via(plural: str) -> Column | None:
    """Return the column through which a type without `negotiations` inherits them: for a position, `proposal`.

    It is the first reference to a type that has `negotiations`.
    """
    if issubclass(DATED[plural], Negotiated):
        return None
    references = (column for column in columns(DATED[plural]) if _target(column) in RECORDS)
    return next(column for column in references if issubclass(RECORDS[_target(column)], Negotiated))


def _target(column: Column) -> str:
    """Return the type that a column refers to; "" if it is not a reference."""
    return column.field.to if isinstance(column.field, Reference) else ""


def _parties(record: type[Record]) -> Iterator[str]:
    """Yield SELECTs for every party that a type's records name, except in `according_to`."""
    own = f"from members m join \"{record.plural}\" r on m.type = '{record.plural}' and r.id = m.id"
    for column in columns(record):
        if _target(column) == "parties":
            yield f'select m.*, r."{column.name}" party {own} where r."{column.name}" is not null'
    for link in list_tables(record):
        for column in link.columns:
            if _target(column) == "parties" and link.name != "according_to" and not link.derived:
                yield _item(record.plural, link.name, f'l."{column.name}" party')
