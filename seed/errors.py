"""What is wrong with files that someone handed in: where each fault stands, and how many of them are told."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import FieldError, nearest
from seed.storage.mapping import singular

MAX_ERRORS = 1000
"""How many faults are told at once."""


@dataclass(frozen=True, order=True)
class BundleError:
    """A fault in a file, and the line where it stands."""

    path: Path
    line: int
    error: FieldError

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.error}"


class InvalidBundles(Exception):
    """Files that cannot be loaded, with every flaw found in them, in the order in which they stand."""

    def __init__(self, flaws: Iterable[BundleError], more: bool = False) -> None:
        self.errors = sorted(flaws)
        told = [str(flaw) for flaw in self.errors]
        super().__init__("\n".join([*told, *([f"There are more faults than these {len(told)}."] if more else [])]))


def duplicate_id(pointer: str, plural: str, id: str) -> FieldError:
    """An id that stands twice."""
    return FieldError(pointer, f"{id!r} is the id of another record of these {plural}.")


def owned_by_other_bundle(pointer: str, id: str, owner: str) -> FieldError:
    """An id that another bundle has."""
    return FieldError(pointer, f"{id!r} belongs to the bundle {owner!r}; refer to it instead.")


def dangling_reference(pointer: str, plural: str, id: str, known: Iterable[str]) -> FieldError:
    """A reference to a record that is not there, with the one of those known that it may mean."""
    return FieldError(pointer, f"There is no {singular(plural)} {id!r}.", did_you_mean=nearest(id, known))


def paragraph_out_of_range(pointer: str, source: str, paragraphs: int) -> FieldError:
    """A citation of a paragraph that the source does not have."""
    return FieldError(pointer, f"{source!r} has {paragraphs} paragraphs.")
