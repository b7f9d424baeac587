"""The check that additions contradict neither their records nor each other, in the input and in the database."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from schemas import RECORDS, Addition
from schemas.addition_rules import Added, Conflict, Target, find_conflicts, read_addition, read_target
from schemas.errors import FieldError
from seed.errors import contradicted_by_addition
from seed.reference_check import Errors, Item
from seed.storage.additions import FIELDS
from seed.storage.writer import BATCH_SIZE
from seed.stored_ids import StoredIds


class PlacedAddition(NamedTuple):
    """An addition, and its item in the input without its data; None if it is not validated itself."""

    added: Added
    item: Item | None


class PlacedTarget(NamedTuple):
    """A record that is added to, and its item in the input without its data; None if it is not validated itself."""

    target: Target
    item: Item | None


class AdditionCheck:
    """Collects additions, then the records they add to, and reports their conflicts.

    The memory grows with the number of additions in the input and of records with additions.
    """

    def __init__(self, stored: StoredIds) -> None:
        self.stored = stored
        self.additions: dict[str, dict[str, list[PlacedAddition]]] = {plural: defaultdict(list) for plural in FIELDS}
        """By type and id of their records, the additions in the input."""
        self.targets: dict[str, dict[str, PlacedTarget]] = {plural: {} for plural in FIELDS}
        """By type and id, the records in the input that have additions."""

    def collect(self, items: Iterable[Item], is_context: bool = False) -> Iterator[Item]:
        """Yield the items, and keep the additions among them."""
        plurals = {field: plural for plural, field in FIELDS.items()}
        for item in items:
            added = read_addition(item.entry.data, item.source) if item.entry.plural == Addition.plural else None
            if added:
                placed = PlacedAddition(added, None if is_context else item.without_data())
                self.additions[plurals[added.field]][added.target].append(placed)
            yield item

    def add_targets(self, batch: Sequence[Item], is_context: bool = False) -> None:
        """Keep the records that have additions. All additions of the input have been collected before."""
        for plural in FIELDS:
            records = {item.entry.id: item for item in batch if item.entry.plural == plural and item.entry.id}
            with_stored = {added.target for added in self.stored.additions(plural, records)} if records else set()
            for id in records.keys() & (self.additions[plural].keys() | with_stored):
                item = records[id]
                target = read_target(item.entry.data, item.source, RECORDS[plural].label)
                self.targets[plural].setdefault(id, PlacedTarget(target, None if is_context else item.without_data()))

    def errors(self) -> Errors:
        """Yield the conflicts of additions: at the addition if that is in the input, otherwise at its record."""
        for plural in FIELDS:
            ids = list(dict.fromkeys((*self.additions[plural], *self.targets[plural])))
            for start in range(0, len(ids), BATCH_SIZE):
                yield from self._errors(plural, ids[start : start + BATCH_SIZE])

    def _errors(self, plural: str, ids: Sequence[str]) -> Errors:
        additions = {id: list(self.additions[plural].get(id, ())) for id in ids}
        for added in self.stored.additions(plural, ids):
            additions[added.target].append(PlacedAddition(added, None))
        stored = {id: PlacedTarget(target, None) for id, target in self.stored.targets(plural, ids)}
        targets = stored | {id: self.targets[plural][id] for id in ids if id in self.targets[plural]}
        for id, target in targets.items():
            items = {placed.added: placed.item for placed in additions[id]}
            for conflict in find_conflicts(target.target, items):
                if item := items[conflict.addition]:
                    yield item, FieldError(conflict.pointer, conflict.detail)
                elif target.item and not conflict.is_mutual:
                    yield target.item, _error_of_target(conflict)


def _error_of_target(conflict: Conflict) -> FieldError:
    return contradicted_by_addition(conflict.pointer, conflict.addition.id, conflict.addition.bundle, conflict.detail)
