"""The ids of the records that the database will still have after a load, to which a reference may point."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from schemas import RECORDS, Addition
from schemas.addition_rules import Added, Target, read_addition, read_target
from seed.batches import batches
from seed.input_ids import InputIds
from seed.storage.additions import FIELDS
from seed.storage.references import all_reference_columns, part_of_edges
from seed.storage.retired_ids import RetiredId, find_retired
from seed.storage.tables import OWN_JSON


class Holder(NamedTuple):
    """A stored record that refers to a target."""

    target: str
    plural: str
    id: str
    bundle: str


class StoredIds:
    """Ids in the database, except those of bundles that the input replaces."""

    def __init__(self, connection: sqlite3.Connection | None, ids: InputIds) -> None:
        self.connection, self.ids = connection, ids

    def bundles(self, plural: str, ids: Collection[str]) -> dict[str, str]:
        """Return the bundle of each of some records."""
        select = f'select id, bundle from "{plural}" where id in (select value from json_each(?))'
        return dict(self._outside(self._rows(select, json.dumps(list(ids)))))

    def existing(self, plural: str, ids: Collection[str]) -> set[str]:
        """Return those of some ids that are in the database, also in bundles that the input replaces."""
        select = f'select id from "{plural}" where id in (select value from json_each(?))'
        return {id for (id,) in self._rows(select, json.dumps(list(ids)))}

    def find_retired_ids(self, plural: str, ids: Collection[str]) -> dict[str, RetiredId]:
        """Return those of some ids that are retired."""
        return find_retired(self.connection, plural, ids) if self.connection and ids else {}

    def sample(self, plural: str, limit: int) -> list[str]:
        """Return some ids to suggest."""
        rows = self._rows(f'select id, bundle from "{plural}" order by id limit ?', limit)
        return [id for id, _ in self._outside(rows)]

    def names(self, plural: str, limit: int) -> Iterator[tuple[str, list[str]]]:
        """Yield the id and names of some records of a type with aliases."""
        name = RECORDS[plural].label
        select = f"select id, bundle, json_extract(record, '$.{name}'), json_extract(record, '$.aliases')"
        rows = self._outside(self._rows(f'{select} from "{plural}" order by id limit ?', limit))
        for id, _, label, aliases in rows:
            yield id, [label, *json.loads(aliases)]

    def paragraphs(self, sources: Collection[str]) -> dict[str, int]:
        """Return the number of paragraphs of some sources."""
        select = "select id, id, paragraphs from sources where id in (select value from json_each(?))"
        return {id: paragraphs for id, _, paragraphs in self._outside(self._rows(select, json.dumps(list(sources))))}

    def wholes(self, plural: str, ids: Collection[str]) -> Iterator[tuple[str, str]]:
        """Yield part and whole, for some records and all larger records above them."""
        starts = "select value from json_each(?)"
        if self.connection:
            rows = part_of_edges(self.connection, plural, starts, [json.dumps(list(ids))])
            for part, _, whole in self._outside((part, bundle, whole) for part, whole, bundle in rows):
                yield part, whole

    def relations(self, proposals: Collection[str]) -> set[tuple[str, str, str]]:
        """Return the relations of some proposals: the proposal, the other one, and the relation."""
        select = "select r.id, o.bundle, r.proposal, r.relation from proposals_relations r join proposals o using (id)"
        rows = self._rows(f"{select} where r.id in (select value from json_each(?))", json.dumps(list(proposals)))
        return {(id, other, relation) for id, _, other, relation in self._outside(rows)}

    def principals(self, parties: Collection[str]) -> dict[str, str]:
        """Return the principal of each of some parties that has one."""
        select = "select id, bundle, principal from parties where id in (select value from json_each(?))"
        rows = self._rows(f"{select} and principal is not null", json.dumps(list(parties)))
        return {id: principal for id, _, principal in self._outside(rows)}

    def acting_for(self, principals: Collection[str]) -> list[tuple[str, str, str]]:
        """Return the parties with one of some principals: party, bundle and principal."""
        select = "select id, bundle, principal from parties where principal in (select value from json_each(?))"
        return self._outside(self._rows(select, json.dumps(list(principals))))

    def with_identifiers(self, identifiers: Collection[str]) -> list[tuple[str, str, str]]:
        """Return what has one of some identifiers, of itself or by an addition: party, register and identifier."""
        wanted, listed = json.dumps(list(identifiers)), "identifier in (select value from json_each(?))"
        own = (
            "select p.id, p.bundle, i.value ->> 'scheme', i.value ->> 'identifier' from parties p"
            f" join json_each({OWN_JSON}, '$.identifiers') i"
            f" where p.id in (select id from parties_identifiers where {listed})"
        )
        added = (
            "select a.party, a.bundle, scheme, identifier from additions_identifiers join additions a using (id)"
            f" where {listed}"
        )
        rows = self._rows(f"{own} union {added}", wanted, wanted)
        return [(party, scheme, identifier) for party, _, scheme, identifier in self._outside(rows)]

    def additions(self, plural: str, ids: Collection[str]) -> list[Added]:
        """Return the additions to some records."""
        select = f'select id, bundle, record from {Addition.plural} where "{FIELDS[plural]}"'
        rows = self._outside(self._rows(f"{select} in (select value from json_each(?))", json.dumps(list(ids))))
        return [added for _, bundle, text in rows if (added := read_addition(json.loads(text), bundle))]

    def targets(self, plural: str, ids: Collection[str]) -> Iterator[tuple[str, Target]]:
        """Yield the ids of some records, and what additions to them must not contradict."""
        select = f'select id, bundle, {OWN_JSON} from "{plural}" where id in (select value from json_each(?))'
        for id, bundle, text in self._outside(self._rows(select, json.dumps(list(ids)))):
            yield id, read_target(json.loads(text), bundle, RECORDS[plural].label)

    def absent_ids(self, plural: str, bundle: str, size: int) -> Iterator[list[str]]:
        """Yield the ids of a bundle's stored records that are not in the input, in batches."""
        rows = self._cursor(f'select id from "{plural}" where bundle = ?', bundle)
        for batch in batches((id for (id,) in rows), size):
            known = self.ids.find(plural, batch)
            yield [id for id in batch if id not in known]

    def holders(self, plural: str, ids: Collection[str]) -> Iterator[Holder]:
        """Yield the records of other bundles that refer to some records."""
        targets = json.dumps(list(ids))
        for holder, table, column, to in all_reference_columns():
            if to == plural:
                select = f'select r."{column}", o.bundle, o.id from "{table}" r join "{holder}" o on o.id = r.id'
                condition = f'where r."{column}" in (select value from json_each(?))'
                for target, bundle, id in self._outside(self._rows(f"{select} {condition}", targets)):
                    yield Holder(target, holder, id, bundle)

    def citations_beyond(self, source: str, paragraphs: int) -> Iterator[tuple[Holder, int]]:
        """Yield the records of other bundles that cite a source beyond its last paragraph, and where.

        The citations that additions bring into a record are those of the additions.
        """
        item = "select 1 from json_each(coalesce(o.original, o.record), '$.citations') own"
        own = f"exists ({item} where own.value ->> 'source' = c.source and own.value ->> 'paragraph' = c.paragraph)"
        for plural, table, _, to in all_reference_columns():
            if to == "sources" and table == f"{plural}_citations":
                columns = "c.source, o.bundle, o.id, c.paragraph"
                select = f'select {columns} from "{table}" c join "{plural}" o on o.id = c.id'
                rows = self._rows(f"{select} where c.source = ? and c.paragraph > ? and {own}", source, paragraphs)
                for target, bundle, id, paragraph in self._outside(rows):
                    yield Holder(target, plural, id, bundle), paragraph

    def _outside(self, rows: Iterable[Any]) -> list[Any]:
        """Return the rows whose bundle, in the second column, is not replaced."""
        listed = [tuple(row) for row in rows]
        replaced = self.ids.find("sources", {row[1] for row in listed}) if listed else {}
        return [row for row in listed if row[1] not in replaced]

    def _rows(self, select: str, *values: str | int) -> list[Any]:
        return list(self._cursor(select, *values))

    def _cursor(self, select: str, *values: str | int) -> Iterable[Any]:
        return self.connection.execute(select, values) if self.connection else ()
