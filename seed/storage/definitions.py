"""Definitions that two stored records must meet together, checked in SQL after a load."""

from collections.abc import Iterable, Iterator
from itertools import permutations
from typing import Any

from sqlite_utils import Database

from seed.storage.references import has_changed

CONTRARY_RELATIONS = (
    "select n.id, n.proposal from proposals_relations {} cross join proposals_relations {}"
    " where (n.id, n.proposal) = (v.proposal, v.id) and n.relation = 'narrower_than' and v.relation = 'variant_of'"
)
PRINCIPAL_CHAINS = (
    "select p.id, q.id, q.principal from parties {} cross join parties {}"
    " where q.id = p.principal and q.principal is not null"
)
SHARED_IDENTIFIERS = (
    "select a.id, b.id, a.scheme, a.identifier from parties_identifiers {} cross join parties_identifiers {}"
    " where (a.identifier, a.scheme) = (b.identifier, b.scheme) and a.id < b.id"
)


def contrary_relations(db: Database, changed_in: int | None) -> Iterator[tuple[str, str]]:
    """Yield pairs of proposals that contradict: one is narrower than the other, and the other a variant of it.

    With `changed_in`, one of them was changed in that revision.
    """
    yield from _pairs(db, CONTRARY_RELATIONS, "proposals", ("n", "v"), changed_in)


def principal_chains(db: Database, changed_in: int | None) -> Iterator[tuple[str, str, str]]:
    """Yield a party, its principal, and the principal of that, which must have none.

    With `changed_in`, the party or its principal was changed in that revision.
    """
    yield from _pairs(db, PRINCIPAL_CHAINS, "parties", ("p", "q"), changed_in)


def shared_identifiers(db: Database, changed_in: int | None) -> Iterator[tuple[str, str, str, str]]:
    """Yield two parties that have the same identifier in a register, the register, and the identifier.

    With `changed_in`, one of them was changed in that revision, itself or by an addition.
    """
    yield from _pairs(db, SHARED_IDENTIFIERS, "parties", ("a", "b"), changed_in)


def _pairs(
    db: Database, select: str, plural: str, aliases: tuple[str, str], changed_in: int | None
) -> Iterable[tuple[Any, ...]]:
    """Return the rows of a join of two tables. SQLite reads first the one whose record was changed."""
    if changed_in is None:
        return db.execute(select.format(*aliases))
    sides = [f"{select.format(*pair)} and {has_changed(plural, pair[0])}" for pair in permutations(aliases)]
    return db.execute(" union ".join(sides), {"revision": changed_in})
