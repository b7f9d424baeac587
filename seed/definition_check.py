"""The checks of definitions that two records must meet together, in the input and in the database.

The memory grows with the number of relations, principals and identifiers that are checked.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from schemas import Party, Proposal
from schemas.errors import FieldError, json_pointer
from schemas.fields import MAX_LIST_LENGTH
from schemas.references import is_id
from seed.batches import batches
from seed.errors import (
    contrary_relation,
    principal_of_others_principal,
    principal_of_principal,
    shared_identifier,
)
from seed.reference_check import Errors, Item
from seed.storage.writer import BATCH_SIZE
from seed.stored_ids import StoredIds

CONTRARY = {"narrower_than": "variant_of", "variant_of": "narrower_than"}
"""Relations of a proposal to another that exclude each other for one pair, in either direction."""


class Relation(NamedTuple):
    """A relation of a proposal to another."""

    proposal: str
    other: str
    name: str

    @property
    def contrary(self) -> "Relation":
        """Return the relation of the other proposal to this one that excludes this relation."""
        return Relation(self.other, self.proposal, CONTRARY[self.name])


class Origin(NamedTuple):
    """Where the input has a relation: its record, without data, or None if that is not validated; and the pointer."""

    item: Item | None
    pointer: str

    def is_before(self, other: Item) -> bool:
        """Return whether this is before another record, as is all that is not validated."""
        return self.item is None or self.item.ordinal < other.ordinal


class RelationCheck:
    """Collects relations of proposals, and reports those that exclude each other, at the later one in the input."""

    def __init__(self, stored: StoredIds) -> None:
        self.stored = stored
        self.relations: dict[Relation, Origin] = {}

    def add(self, items: Iterable[Item], is_context: bool = False) -> None:
        """Add the relations of some records."""
        for item in items:
            if item.entry.plural == Proposal.plural and item.entry.id:
                for pointer, other, name in _contrary_relations(item.entry.data):
                    origin = Origin(None if is_context else item.without_data(), pointer)
                    self.relations.setdefault(Relation(item.entry.id, other, name), origin)

    def errors(self) -> Errors:
        """Yield the relations that another one excludes."""
        for batch in batches(iter(self.relations.items()), BATCH_SIZE):
            stored = self.stored.relations({relation.other for relation, _ in batch})
            for relation, (item, pointer) in batch:
                contrary = self.relations.get(relation.contrary)
                if item and (relation.contrary in stored or (contrary and contrary.is_before(item))):
                    yield item, contrary_relation(pointer, *relation.contrary)


def _contrary_relations(data: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield pointer, other proposal and name of the relations in CONTRARY, in data that may be invalid."""
    relations = data.get("relations")
    for number, relation in enumerate(islice(relations, MAX_LIST_LENGTH) if isinstance(relations, list) else ()):
        part = relation if isinstance(relation, dict) else {}
        other, name = part.get("proposal"), part.get("relation")
        if is_id(other) and isinstance(name, str) and name in CONTRARY:
            yield json_pointer("relations", number, "relation"), str(other), name


class Principal(NamedTuple):
    """The id of the principal of a party, which the input has at an item without its data, or which is context."""

    id: str
    item: Item
    is_context: bool


class PrincipalCheck:
    """Collects the principals of parties, and reports those that have a principal themselves."""

    def __init__(self, stored: StoredIds) -> None:
        self.stored = stored
        self.principals: dict[str, Principal] = {}
        """By party."""

    def add(self, items: Iterable[Item], is_context: bool = False) -> None:
        """Add the principals of some records."""
        for item in items:
            principal = item.entry.data.get("principal") if item.entry.plural == Party.plural else None
            if item.entry.id and is_id(principal):
                found = Principal(str(principal), item.without_data(), is_context)
                self.principals.setdefault(item.entry.id, found)

    def errors(self) -> Errors:
        """Yield the principals that have one: at the party that has them, or if only they are in the input, there."""
        for batch in batches(iter(self.principals.items()), BATCH_SIZE):
            yield from self._of_input(batch)
            yield from self._of_database({id: found.item for id, found in batch if not found.is_context})

    def _of_input(self, batch: Sequence[tuple[str, Principal]]) -> Errors:
        stored = self.stored.principals({found.id for _, found in batch})
        for id, (principal, item, is_context) in batch:
            its_own = self.principals.get(principal)
            last = its_own.id if its_own else stored.get(principal)
            if principal == id:  # a self-reference, which is reported already
                continue
            if last and not is_context:
                yield item, principal_of_principal(id, principal, last)
            elif its_own and is_context and not its_own.is_context:
                yield its_own.item, principal_of_others_principal(principal, id, item.source)

    def _of_database(self, principals: Mapping[str, Item]) -> Errors:
        for party, bundle, principal in self.stored.acting_for(principals):
            yield principals[principal], principal_of_others_principal(principal, party, bundle)


class Identified(NamedTuple):
    """The first party in the input that has an identifier: its id, and where; the item is None if it is context."""

    party: str
    item: Item | None
    pointer: str


class IdentifierCheck:
    """Collects the identifiers of parties in registers, and reports those of two parties, at the later one."""

    def __init__(self, stored: StoredIds) -> None:
        self.stored = stored
        self.identified: dict[tuple[str, str], Identified] = {}
        """By register and identifier."""
        self.shared: list[tuple[Item, FieldError]] = []

    def add(self, items: Iterable[Item], is_context: bool = False) -> None:
        """Add the identifiers of some records."""
        for item in items:
            for pointer, scheme, identifier in _identifiers(item.entry.data):
                party = item.entry.id if item.entry.plural == Party.plural else item.entry.data.get("party")
                if party and is_id(party):
                    found = Identified(str(party), None if is_context else item.without_data(), pointer)
                    first = self.identified.setdefault((scheme, identifier), found)
                    if found.item and first.party != party:
                        self.shared.append((found.item, shared_identifier(pointer, identifier, scheme, first.party)))

    def errors(self) -> Errors:
        """Yield the identifiers that another party has, in the input or in the database."""
        yield from self.shared
        for batch in batches(iter(self.identified.items()), BATCH_SIZE):
            first = dict(batch)
            for other, scheme, identifier in self.stored.with_identifiers({identifier for _, identifier in first}):
                found = first.get((scheme, identifier))
                if found and found.item and found.party != other:
                    yield found.item, shared_identifier(found.pointer, identifier, scheme, other)


def _identifiers(data: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield pointer, register and identifier of each identifier, in data that may be invalid."""
    identifiers = data.get("identifiers")
    for number, one in enumerate(islice(identifiers, MAX_LIST_LENGTH) if isinstance(identifiers, list) else ()):
        part = one if isinstance(one, dict) else {}
        scheme, identifier = part.get("scheme"), part.get("identifier")
        if isinstance(scheme, str) and isinstance(identifier, str):
            yield json_pointer("identifiers", number, "identifier"), scheme, identifier
