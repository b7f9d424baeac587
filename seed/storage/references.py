"""References between stored records, checked in SQL after a load."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlite_utils import Database

from schemas import RECORDS
from schemas.part_of import PART_OF, find_cycles, part_of_fields
from schemas.record import Cited
from seed.storage.mapping import reference_columns

ACCOUNT_TYPES = ("parties", "sources")
"""The types whose ids are accounts, and which therefore have no id in common."""


class RecordRef(NamedTuple):
    """Type and id of a record."""

    plural: str
    id: str


class DanglingReference(NamedTuple):
    """Reference to a record that does not exist."""

    holder: RecordRef
    target: RecordRef


def dangling_references(db: Database, changed_in: int | None) -> Iterator[DanglingReference]:
    """Yield the dangling references of records changed in a revision, or of all."""
    for plural, table, column, to in all_reference_columns():
        missing = f'r."{column}" is not null and not exists (select 1 from "{to}" other where other.id = r."{column}")'
        if changed_in is None:
            # Many rows refer to few targets: look each target up once.
            few = f'select r."{column}" from (select distinct "{column}" from "{table}") r where {missing}'
            missing = f'r."{column}" in ({few})'
        else:
            missing += f" and {has_changed(plural)}"
        for id, absent in db.execute(
            f'select r.id, r."{column}" from "{table}" r where {missing}', _parameters(changed_in)
        ):
            yield DanglingReference(RecordRef(plural, id), RecordRef(to, absent))


def records_without_source(db: Database, changed_in: int | None) -> Iterator[DanglingReference]:
    """Yield the records whose bundle has no source, with that source, of those changed in a revision, or of all."""
    for plural in RECORDS:
        bundles = f'select distinct bundle from "{plural}" r'
        if changed_in is not None:
            bundles = f"{bundles} where {has_changed(plural)} union {changed_ids('sources')}"
        missing = f"select bundle from ({bundles}) where bundle not in (select id from sources)"
        for id, bundle in db.execute(
            f'select id, bundle from "{plural}" where bundle in ({missing})', _parameters(changed_in)
        ):
            yield DanglingReference(RecordRef(plural, id), RecordRef("sources", bundle))


def paragraphs_out_of_range(db: Database, changed_in: int | None) -> Iterator[RecordRef]:
    """Yield the records that cite a paragraph their source does not have, of those changed in a revision, or of all."""
    for plural, record in RECORDS.items():
        if issubclass(record, Cited):
            beyond = f'from "{plural}_citations" r join sources s on s.id = r.source where r.paragraph > s.paragraphs'
            if changed_in is not None:
                # The records that the revision changed, and those that cite a source that it changed.
                citing = f'select id from "{plural}_citations" where source in ({changed_ids("sources")})'
                beyond += f" and r.id in ({changed_ids(plural)} union {citing})"
            for (id,) in db.execute(f"select distinct r.id {beyond}", _parameters(changed_in)):
                yield RecordRef(plural, id)


def records_without_citation(db: Database, changed_in: int | None) -> Iterator[DanglingReference]:
    """Yield the records that do not cite the source of their bundle, of those changed in a revision, or of all."""
    for plural, record in RECORDS.items():
        if issubclass(record, Cited):
            own = f'select 1 from "{plural}_citations" where id = r.id and source = r.bundle'
            lacking = f'select r.id, r.bundle from "{plural}" r where not exists ({own})'
            if changed_in is not None:
                lacking += f" and {has_changed(plural)}"
            for id, source in db.execute(lacking, _parameters(changed_in)):
                yield DanglingReference(RecordRef(plural, id), RecordRef("sources", source))


def shared_account_ids(db: Database, changed_in: int | None) -> Iterator[str]:
    """Yield the ids that both a party and a source have, of those changed in a revision, or of all."""
    ids = "select id from sources"
    if changed_in is not None:
        ids = " union ".join(f"select r.id from {plural} r where {has_changed(plural)}" for plural in ACCOUNT_TYPES)
    both = " and ".join(f"exists (select 1 from {plural} where id = c.id)" for plural in ACCOUNT_TYPES)
    for (id,) in db.execute(f"select id from ({ids}) c where {both} order by id", _parameters(changed_in)):
        yield id


def part_of_edges(
    connection: Any, plural: str, starts: str, values: Sequence[object] | Mapping[str, object]
) -> Iterator[tuple[str, ...]]:
    """Yield part, whole and the bundle of the part, for some records and all larger records above them.

    `starts` is a query of the ids to start from, with its values.
    """
    relation = f"from reached join ({_part_of_pairs(plural)}) r on r.id = reached.id"
    reached = f"with recursive reached (id) as ({starts} union select r.whole {relation})"
    select = f'select r.id, r.whole, o.bundle {relation} join "{plural}" o on o.id = r.id'
    yield from connection.execute(f"{reached} {select}", values)


def part_of_cycles(db: Database, changed_in: int | None) -> Iterator[tuple[str, list[str]]]:
    """Yield the type and ids of records that are parts of each other.

    With `changed_in`, only the records changed in that revision and the wholes above them are read; otherwise all.
    """
    for plural in part_of_fields():
        starts = f"select id from ({_part_of_pairs(plural)}) r"
        if changed_in is not None:
            starts += f" where {has_changed(plural)}"
        edges: dict[str, list[str]] = defaultdict(list)
        for part, whole, _ in part_of_edges(db, plural, starts, _parameters(changed_in)):
            edges[part].append(whole)
        yield from ((plural, cycle) for cycle in find_cycles(edges))


def _part_of_pairs(plural: str) -> str:
    """Return a SELECT of each part of a type and its whole. The plus sign makes SQLite look up relations by id."""
    name, key = part_of_fields()[plural]
    if key is None:
        return f'select id, "{name}" whole from "{plural}" where "{name}" is not null'
    return f'select id, "{key}" whole from "{plural}_{name}" where +relation = \'{PART_OF}\''


@cache
def all_reference_columns() -> list[tuple[str, str, str, str]]:
    """Return the reference columns of all types: the type, table and name of each, and the type it refers to."""
    return [
        (plural, table, column.name, to)
        for plural, record in RECORDS.items()
        for table, column, to in reference_columns(record)
    ]


def has_changed(plural: str, table: str = "r") -> str:
    """Return the condition that a record was changed in a revision."""
    return f"{table}.id in ({changed_ids(plural)})"


def changed_ids(plural: str) -> str:
    """Return the SELECT of the ids that were changed in a revision.

    The plus sign keeps SQLite from reading all earlier changes of the type.
    """
    return f"select id from changes where revision = :revision and +type = '{plural}'"


def _parameters(changed_in: int | None) -> dict[str, int | None]:
    return {"revision": changed_in}
