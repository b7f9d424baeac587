"""The check that no record is part of itself, over several records of the input and of the database."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from schemas.errors import FieldError
from schemas.part_of import find_cycles, part_of_fields, wholes
from seed.errors import part_of_itself
from seed.reference_check import Item
from seed.stored_ids import StoredIds


class PartOf(NamedTuple):
    """A relation in the input, with its record."""

    item: Item
    """The record, without its data."""
    pointer: str


class PartOfCheck:
    """Collects the parts of records, and reports records that are part of themselves.

    The memory grows with the number of these relations, and the time too: a record of the database is read once.
    """

    def __init__(self, stored: StoredIds) -> None:
        self.stored = stored
        self.edges: dict[str, dict[str, dict[str, PartOf | None]]] = defaultdict(lambda: defaultdict(dict))
        """By type, part and whole, the relation; None if it is not in the input."""

    def add(self, items: Iterable[Item], is_context: bool = False) -> None:
        """Add the relations of some records."""
        for item in items:
            place = item.without_data()
            for pointer, plural, whole in wholes(item.entry.plural, item.entry.data):
                if item.entry.id:
                    relation = None if is_context else PartOf(place, pointer)
                    self.edges[plural][item.entry.id].setdefault(whole, relation)

    def errors(self) -> Iterator[tuple[Item, FieldError]]:
        """Yield one error for each cycle, at its first record in the input."""
        for plural in part_of_fields():
            edges = self.edges[plural]
            outside = {whole for found in edges.values() for whole in found if whole not in edges}
            for part, whole in self.stored.wholes(plural, outside) if outside else ():
                edges[part].setdefault(whole, None)
            for cycle in find_cycles(edges):
                relations = [edges[part][whole] for part, whole in zip(cycle, [*cycle[1:], cycle[0]], strict=True)]
                places = {place: one for place, one in enumerate(relations) if one}
                if places:
                    first = min(places, key=lambda place: places[place].item.ordinal)
                    item, pointer = places[first]
                    yield item, part_of_itself(pointer, cycle[first:] + cycle[:first])
