"""The last stage of validation: errors between records."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count, permutations
from pathlib import Path
from typing import NamedTuple

from schemas import RECORDS
from schemas.errors import FieldError, json_pointer
from schemas.references import references
from seed.bundle_files import Bundle, Entry
from seed.errors import (
    citation_of_source_missing,
    dangling_reference,
    duplicate_id,
    not_loaded,
    owned_by_other_bundle,
    paragraph_out_of_range,
    paragraph_still_cited,
    retired_account_id,
    retired_id,
    retired_reference,
    shared_account_id,
    still_referenced,
)
from seed.input_ids import CONTEXT, InputIds
from seed.storage.references import ACCOUNT_TYPES
from seed.storage.writer import BATCH_SIZE
from seed.stored_ids import StoredIds
from seed.suggestions import Suggestions


class Item(NamedTuple):
    """A record in the input: its file, its source, and its ordinal number in the input."""

    bundle: Bundle
    entry: Entry
    source: str
    ordinal: int

    def without_data(self) -> "Item":
        """Return the item without the data of its record: what is kept to report an error."""
        return self._replace(entry=self.entry._replace(data={}))


Errors = Iterator[tuple[Item, FieldError]]
FindBundle = Callable[[str, str], Path | None]
"""Returns the file of the unloaded bundle that has a record, given type and id, or None."""


def find_no_bundle(plural: str, id: str) -> None:
    """Return None: no other file may be read."""


def read_items(bundles: Iterable[Bundle]) -> Iterator[Item]:
    """Yield every record of some bundles, numbered in order."""
    numbers = count()
    for bundle in bundles:
        source = ""
        for entry in bundle.entries():
            if entry.plural == "sources":
                source = entry.id or ""
            yield Item(bundle, entry, source, next(numbers))


class ReferenceCheck:
    """Checks records against each other and against the database, in batches."""

    def __init__(self, ids: InputIds, stored: StoredIds, find_bundle: FindBundle) -> None:
        self.ids, self.stored, self.find_bundle = ids, stored, find_bundle
        self.suggestions = Suggestions(ids, stored)

    def errors(self, batch: Sequence[Item]) -> Errors:
        """Yield the errors of some records, each with its record."""
        yield from self._ids_in_use(batch)
        yield from self._retired_ids(batch)
        yield from self._shared_account_ids(batch)
        yield from self._dangling_references(batch)
        yield from self._without_citation_of_source(batch)
        yield from self._paragraphs_out_of_range(batch)
        for id, item in self._new_sources(batch):
            for error in self._still_referenced(id):
                yield item, error

    def _new_sources(self, batch: Sequence[Item]) -> Iterator[tuple[str, Item]]:
        """Yield the sources whose ids do not occur before in the input: one may be repeated any number of times."""
        by_id = [(item.entry.id, item) for item in batch if item.entry.plural == "sources" and item.entry.id]
        first = self.ids.find("sources", {id for id, _ in by_id})
        return ((id, item) for id, item in by_id if first[id].ordinal in (item.ordinal, CONTEXT))

    def _ids_in_use(self, batch: Sequence[Item]) -> Errors:
        """Yield ids that occur before in the input, or in another bundle."""
        for plural in RECORDS:
            by_id = [(item.entry.id, item) for item in batch if item.entry.plural == plural and item.entry.id]
            first = self.ids.find(plural, {id for id, _ in by_id})
            owners = self.stored.bundles(plural, first)
            for id, item in by_id:
                if first[id].ordinal not in (item.ordinal, CONTEXT):
                    yield item, duplicate_id(plural, id)
                elif first[id].ordinal == CONTEXT:
                    yield item, owned_by_other_bundle(id, first[id].bundle)
                elif id in owners:
                    yield item, owned_by_other_bundle(id, owners[id])

    def _retired_ids(self, batch: Sequence[Item]) -> Errors:
        """Yield ids that no record may have again; of a source that was withdrawn with its records, only its own."""
        withdrawn = self.stored.find_retired_ids("sources", {item.source for item in batch})
        for plural in RECORDS:
            by_id = [(item.entry.id, item) for item in batch if item.entry.plural == plural and item.entry.id]
            retired = self.stored.find_retired_ids(plural, {id for id, _ in by_id})
            for id, item in by_id:
                is_covered = plural != "sources" and item.source in withdrawn
                if id in retired and not retired[id].may_return(item.source) and not is_covered:
                    yield item, retired_id(retired[id])

    def _shared_account_ids(self, batch: Sequence[Item]) -> Errors:
        """Yield the ids of parties that a source has or had, and those of sources that a party has or had.

        If both are in the input, the error is at the later one.
        """
        for plural, other in permutations(ACCOUNT_TYPES):
            by_id = [(item.entry.id, item) for item in batch if item.entry.plural == plural and item.entry.id]
            ids = {id for id, _ in by_id}
            taken = self.ids.find(other, ids)
            stored = self.stored.bundles(other, ids).keys() | self.stored.existing(other, ids - taken.keys())
            retired = self.stored.find_retired_ids(other, ids)
            for id, item in by_id:
                if id in stored or (id in taken and taken[id].ordinal < item.ordinal):
                    yield item, shared_account_id(id, other)
                elif id in retired:
                    yield item, retired_account_id(retired[id])

    def _dangling_references(self, batch: Sequence[Item]) -> Errors:
        wanted = [(item, ref) for item in batch for ref in references(item.entry.plural, item.entry.data)]
        targets: dict[str, set[str]] = defaultdict(set)
        for _, (_, plural, id) in wanted:
            targets[plural].add(id)
        missing = {plural: self._missing(plural, ids) for plural, ids in targets.items()}
        retired = {plural: self.stored.find_retired_ids(plural, ids) for plural, ids in missing.items()}
        for item, (pointer, plural, id) in wanted:
            if id in retired[plural]:
                yield item, retired_reference(pointer, retired[plural][id])
            elif id in missing[plural] and (path := self.find_bundle(plural, id)):
                yield item, not_loaded(pointer, plural, id, path)
            elif id in missing[plural]:
                yield item, dangling_reference(pointer, plural, id, self.suggestions.suggest(plural, id))

    def _missing(self, plural: str, ids: set[str]) -> set[str]:
        unknown = ids - self.ids.find(plural, ids).keys()
        return unknown - self.stored.bundles(plural, unknown).keys() if unknown else unknown

    def _without_citation_of_source(self, batch: Sequence[Item]) -> Errors:
        """Yield the records whose citations, if they are well-formed, are all of other sources than their bundle's."""
        for item in batch:
            cited = {source for _, source, _ in _citations(item.entry)}
            if cited and item.source and item.source not in cited:
                yield item, citation_of_source_missing(item.source)

    def _paragraphs_out_of_range(self, batch: Sequence[Item]) -> Errors:
        cited = [(item, *citation) for item in batch for citation in _citations(item.entry)]
        sources = {source for _, _, source, _ in cited}
        known = self.ids.find("sources", sources)
        lengths = {id: record.paragraphs for id, record in known.items()} | self.stored.paragraphs(sources)
        for item, pointer, source, paragraph in cited:
            length = lengths.get(source)
            if length is not None and paragraph > length:
                yield item, paragraph_out_of_range(pointer, source, length)

    def _still_referenced(self, source: str) -> Iterator[FieldError]:
        """Yield stored records and paragraphs that the new bundle of a source lacks, and other bundles refer to."""
        for plural in RECORDS:
            for ids in self.stored.absent_ids(plural, source, BATCH_SIZE):
                for target, holder, id, bundle in self.stored.holders(plural, ids):
                    yield still_referenced(f"{plural}/{target}", f"{holder}/{id}", bundle)
        length = self.ids.find("sources", [source])[source].paragraphs
        if length is not None:
            for (_, plural, id, bundle), paragraph in self.stored.citations_beyond(source, length):
                yield paragraph_still_cited(length, f"{plural}/{id}", bundle, paragraph)


def _citations(entry: Entry) -> Iterator[tuple[str, str, int]]:
    """Yield pointer, source and paragraph of each well-formed citation."""
    citations = entry.data.get("citations")
    for number, citation in enumerate(citations if isinstance(citations, list) else ()):
        source, paragraph = (
            (citation.get("source"), citation.get("paragraph")) if isinstance(citation, dict) else (None, None)
        )
        if isinstance(source, str) and type(paragraph) is int:
            yield json_pointer("citations", number, "paragraph"), source, paragraph
