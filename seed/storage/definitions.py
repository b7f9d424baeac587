"""Definitions that two stored records must meet together, checked in SQL after a load."""

from collections.abc import Iterator

from sqlite_utils import Database

CHANGED = "in (select id from changes where revision = :revision and +type = '{}')"
"""Condition on an id. The plus sign keeps SQLite from reading all earlier changes of the type."""


def contrary_relations(db: Database, changed_in: int | None) -> Iterator[tuple[str, str]]:
    """Yield two proposals of which the first is narrower than the other, which is perhaps the same.

    With `changed_in`, one of them was changed in that revision.
    """
    pairs = "select n.id, n.proposal from proposals_relations {} cross join proposals_relations {}"
    pairs += " on (n.id, n.proposal) = (v.proposal, v.id)"
    where = "where n.relation = 'narrower_than' and v.relation = 'variant_of'"
    if changed_in is None:
        yield from db.execute(f"{pairs.format('n', 'v')} {where}")
    else:
        changed = CHANGED.format("proposals")
        first = f"{pairs.format('n', 'v')} {where} and n.id {changed}"
        second = f"{pairs.format('v', 'n')} {where} and v.id {changed}"
        yield from db.execute(f"{first} union {second}", {"revision": changed_in})


def principal_chains(db: Database, changed_in: int | None) -> Iterator[tuple[str, str, str]]:
    """Yield a party, its principal, and the principal of that, which must have none.

    With `changed_in`, the party or its principal was changed in that revision.
    """
    chains = "select p.id, q.id, q.principal from parties {} cross join parties {} on q.id = p.principal"
    where = "where q.principal is not null"
    if changed_in is None:
        yield from db.execute(f"{chains.format('p', 'q')} {where}")
    else:
        changed = CHANGED.format("parties")
        first = f"{chains.format('p', 'q')} {where} and p.id {changed}"
        second = f"{chains.format('q', 'p')} {where} and q.id {changed}"
        yield from db.execute(f"{first} union {second}", {"revision": changed_in})
