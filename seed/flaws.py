"""What is wrong with files that someone handed in: where each fault stands, and how many of them are told."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from schemas.faults import Fault, nearest
from schemas.layout import singular

MOST_FAULTS = 1000
"""How many faults are told at once."""


@dataclass(frozen=True, order=True)
class Flaw:
    """A fault in a file, and the line where it stands."""

    path: Path
    line: int
    fault: Fault

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.fault}"


class Flawed(Exception):
    """Files that cannot be loaded, with every flaw found in them, in the order in which they stand."""

    def __init__(self, flaws: Iterable[Flaw], more: bool = False) -> None:
        self.flaws = sorted(flaws)
        told = [str(flaw) for flaw in self.flaws]
        super().__init__("\n".join([*told, *([f"There are more faults than these {len(told)}."] if more else [])]))


def repeated(pointer: str, plural: str, id: str) -> Fault:
    """An id that stands twice."""
    return Fault(pointer, f"{id!r} is the id of another record of these {plural}.")


def owned(pointer: str, id: str, owner: str) -> Fault:
    """An id that another bundle has."""
    return Fault(pointer, f"{id!r} belongs to the bundle {owner!r}; refer to it instead.")


def leads_nowhere(pointer: str, plural: str, id: str, known: Iterable[str]) -> Fault:
    """A reference to a record that is not there, with the one of those known that it may mean."""
    return Fault(pointer, f"There is no {singular(plural)} {id!r}.", did_you_mean=nearest(id, known))


def beyond(pointer: str, source: str, paragraphs: int) -> Fault:
    """A citation of a paragraph that the source does not have."""
    return Fault(pointer, f"{source!r} has {paragraphs} paragraphs.")
