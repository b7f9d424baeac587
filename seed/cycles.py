"""Warnings about relations that put a record before itself.

Why no error: no view follows them, and a source may report the order wrongly. Conditions are left out: each of
two parties may make what it wants the condition for what the other wants.
"""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from seed.known_records import KnownRecords, Record

ORDERED_RELATIONS = ("follows", "readout_of")
"""Relations of an event to one that cannot come after it."""
MAX_READ = 100
"""Number of records that are read to find the way back to one."""


class Order(NamedTuple):
    """Relations between records of one type that must not lead from a record back to itself."""

    plural: str
    name: str
    """The field with the id of the other record, or with a list of relations."""
    key: str | None = None
    """The key of the other record in such a relation; None if the field holds the id itself."""
    relations: tuple[str, ...] = ()


ORDERS = (
    Order("sources", "supersedes"),
    Order("events", "relations", "event", ORDERED_RELATIONS),
    *(Order("proposals", "relations", "proposal", (name,)) for name in ("narrower_than", "step_after", "supersedes")),
)


def relations_to_itself(plural: str, record: Record, known: KnownRecords) -> Iterator[tuple[str, str]]:
    """Yield the field of each order that leads from a record back to it, and what is wrong."""
    for order in ORDERS:
        if order.plural == plural and (path := _find_path_back(order, record, known)):
            names = " and ".join(f"`{name}`" for name in order.relations or (order.name,))
            yield order.name, f"{names} lead back to the record itself: {' → '.join(path)}. One of them must be wrong."


def _find_path_back(order: Order, record: Record, known: KnownRecords) -> list[str]:
    """Return the ids on the shortest way from a record back to itself; none if there is no way."""
    paths, read = deque([[record["id"]]]), set[str]()
    while paths and len(read) < MAX_READ:
        path = paths.popleft()
        for other in _others(order, known.get(order.plural, path[-1])):
            if other == record["id"]:
                return [*path, other]
            if other not in read:
                read.add(other)
                paths.append([*path, other])
    return []


def _others(order: Order, record: Record) -> list[str]:
    value = record.get(order.name)
    if order.key is None:
        return [value] if value else []
    return [relation[order.key] for relation in value or [] if relation["relation"] in order.relations]
