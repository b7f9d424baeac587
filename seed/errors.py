"""Errors in bundles, with file and line."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import FieldError, nearest
from seed.storage.mapping import singular

MAX_ERRORS = 1000
"""Maximum number of errors reported at once."""


@dataclass(frozen=True, order=True)
class BundleError:
    """Field error with its file and line."""

    path: Path
    line: int
    error: FieldError

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.error}"


class InvalidBundles(Exception):
    """Bundles that cannot be loaded, with every error in them, in the order of lines."""

    def __init__(self, flaws: Iterable[BundleError], more: bool = False) -> None:
        self.errors = sorted(flaws)
        told = [str(flaw) for flaw in self.errors]
        super().__init__("\n".join([*told, *([f"There are more faults than these {len(told)}."] if more else [])]))


def duplicate_id(pointer: str, plural: str, id: str) -> FieldError:
    """Return the error for an id that occurs twice."""
    return FieldError(pointer, f"{id!r} is the id of another record of these {plural}.")


def owned_by_other_bundle(pointer: str, id: str, owner: str) -> FieldError:
    """Return the error for an id that another bundle owns."""
    return FieldError(pointer, f"{id!r} belongs to the bundle {owner!r}; refer to it instead.")


def dangling_reference(pointer: str, plural: str, id: str, known: Iterable[str]) -> FieldError:
    """Return the error for a reference without target, with the nearest known id."""
    return FieldError(pointer, f"There is no {singular(plural)} {id!r}.", did_you_mean=nearest(id, known))


def paragraph_out_of_range(pointer: str, source: str, paragraphs: int) -> FieldError:
    """Return the error for a citation of a paragraph that the source does not have."""
    return FieldError(pointer, f"{source!r} has {paragraphs} paragraphs.")
