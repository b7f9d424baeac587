"""Errors in bundles, with file and line, and the messages about references between records."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from schemas.errors import FieldError
from seed.draft.guesses import ID, Guess, Unwritten
from seed.storage.mapping import singular
from seed.storage.retired_ids import RetiredId

MAX_ERRORS = 1000
"""Number of errors after which validation stops."""

MAX_SHOWN = 10
"""Maximum number of records that a message names, and of dangling references that are reported singly."""
CHOOSE_ACCOUNT = "Accounts are ids of parties and of sources: choose a different id."


@dataclass(frozen=True)
class BundleError:
    """A field error with its file and line; a line of 0 means the whole file."""

    path: Path
    line: int
    error: FieldError

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{place}: {self.error}" if self.error.pointer else f"{place}: {self.error.detail}"


def summarize(errors: Sequence[BundleError]) -> Iterator[str]:
    """Yield the errors as text. All that is left to write in a record that is a guess is one line."""
    undecided = {_record(one) for one in errors if isinstance(one.error, Guess) and one.error.pointer.endswith(ID)}
    unwritten: dict[tuple[Path, str], list[str]] = {}
    for one in errors:
        if isinstance(one.error, Unwritten) and _record(one) in undecided:
            unwritten.setdefault(_record(one), []).append(one.error.pointer.rpartition("/")[2])
    for one in errors:
        if (fields := unwritten.get(_record(one))) is None or not isinstance(one.error, Guess | Unwritten):
            yield str(one)
        elif one.error.pointer.endswith(ID):
            detail = f"A guess with unwritten fields: {', '.join(fields)}. Delete it, or write and accept it."
            yield str(replace(one, error=FieldError(one.error.pointer.removesuffix(ID), detail)))
        elif isinstance(one.error, Guess):
            yield str(one)


def _record(error: BundleError) -> tuple[Path, str]:
    """Return the file and the pointer of the record in which an error is."""
    return error.path, error.error.pointer.rpartition("/")[0]


def _place(error: BundleError) -> tuple[Path, int, list[tuple[int, str]], str]:
    """Return what errors are sorted by: file, line and pointer, in which the place 2 of a list comes before 10."""
    steps = [(len(step) if step.isdecimal() else 0, step) for step in error.error.pointer.split("/")]
    return error.path, error.line, steps, error.error.detail


class InvalidBundles(Exception):
    """Bundles that cannot be loaded, with every error in them, sorted by file, line and pointer."""

    def __init__(self, errors: Iterable[BundleError], is_truncated: bool = False) -> None:
        self.errors = sorted(errors, key=_place)
        self.is_truncated = is_truncated
        rest = [f"There are more than {len(self.errors)} errors; the others are not shown."] if is_truncated else []
        super().__init__("\n".join([*summarize(self.errors), *rest]))


@dataclass
class ErrorList:
    """Errors up to a maximum number."""

    errors: list[BundleError] = field(default_factory=list)

    def add(self, error: BundleError) -> None:
        """Add an error. Raises InvalidBundles if there are too many."""
        if len(self.errors) == MAX_ERRORS:
            raise InvalidBundles(self.errors, is_truncated=True)
        self.errors.append(error)

    def raise_any(self) -> None:
        """Raise InvalidBundles if there is an error."""
        if self.errors:
            raise InvalidBundles(self.errors)


@dataclass
class Unresolved:
    """The number of references to unknown records, and the first of them as errors."""

    count: int = 0
    first: list[BundleError] = field(default_factory=list)

    def add(self, error: BundleError) -> None:
        """Count an error, and keep it if it is among the first."""
        self.count += 1
        if self.count <= MAX_SHOWN:
            self.first.append(error)


def duplicate_id(plural: str, id: str) -> FieldError:
    """Return the error for an id that occurs twice."""
    return FieldError("/id", f"{id!r} is already the id of another of the {plural}. Choose a different id.")


def owned_by_other_bundle(id: str, owner: str) -> FieldError:
    """Return the error for an id that another bundle owns."""
    return FieldError("/id", f"{id!r} belongs to the bundle {owner!r}. Refer to it, or choose a different id.")


def shared_account_id(id: str, plural: str) -> FieldError:
    """Return the error for a party and a source with one id, which as an account could mean either."""
    return FieldError("/id", f"{id!r} is already the id of a {singular(plural)}. {CHOOSE_ACCOUNT}")


def retired_account_id(retired: RetiredId) -> FieldError:
    """Return the error for a party with an id that a source had, or the other way round."""
    return FieldError("/id", f"{retired} {CHOOSE_ACCOUNT}")


def retired_id(retired: RetiredId) -> FieldError:
    """Return the error for an id that no record may have again."""
    advice = "" if retired.successor else " Remove the record, or choose a different id."
    return FieldError("/id", f"{retired}{advice}", did_you_mean=retired.successor)


class DanglingReference(FieldError):
    """The error for a reference without target."""


def dangling_reference(pointer: str, plural: str, id: str, suggestion: str | None) -> DanglingReference:
    """Return the error for a reference without target, with the id that was probably meant."""
    return DanglingReference(pointer, f"There is no {singular(plural)} {id!r}.", did_you_mean=suggestion)


def unresolved_references(path: Path, database: Path, unresolved: Unresolved) -> BundleError:
    """Return one error for all references that cannot be resolved without a database."""
    detail = (
        f"{unresolved.count} references lead to records of other bundles that cannot be found; the first says:"
        f" {unresolved.first[0].error.detail} There is no database at {database}, and no bundle in"
        f" {path.resolve().parent} has them. Name the bundles that have them in the same command, or build the"
        " database: python -m seed load"
    )
    return BundleError(path, 0, FieldError("", detail))


def not_loaded(pointer: str, plural: str, id: str, bundle: Path) -> DanglingReference:
    """Return the error for a reference to a record of a bundle that is not loaded and not in the input."""
    detail = (
        f"The {singular(plural)} {id!r} is in {bundle}, which is not loaded. Name both files in one command, or load"
    )
    return DanglingReference(pointer, f"{detail} that one first: python -m seed load {bundle}")


def retired_reference(pointer: str, retired: RetiredId) -> DanglingReference:
    """Return the error for a reference to a record that was withdrawn, renamed or merged."""
    advice = "" if retired.successor else " Remove the reference."
    return DanglingReference(pointer, f"{retired}{advice}", did_you_mean=retired.successor)


def self_reference(pointer: str) -> FieldError:
    """Return the error for a reference of a record to itself."""
    return FieldError(pointer, "Refers to the record itself.")


def contrary_relation(pointer: str, proposal: str, other: str, relation: str) -> FieldError:
    """Return the error for a relation of a proposal that excludes the relation which the other one has to it."""
    return FieldError(
        pointer,
        f"{proposal!r} is `{relation}` {other!r}. Two proposals are `narrower_than` if they cannot be the same thing,"
        " and `variant_of` otherwise, never both: remove one.",
    )


def principal_of_principal(party: str, principal: str, last: str) -> FieldError:
    """Return the error for a principal that acts for another party itself."""
    detail = (
        f"{principal!r} itself acts for {last!r}. The principal is the state or body for which a party ultimately acts."
    )
    return FieldError("/principal", detail, did_you_mean=None if last == party else last)


def principal_of_others_principal(principal: str, party: str, bundle: str) -> FieldError:
    """Return the error for a principal of a party that is the principal of another one, outside the input."""
    return FieldError(
        "/principal",
        f"Must be null, because {party!r} of the bundle {bundle!r} acts for {principal!r}, and the principal is the"
        f" state or body for which a party ultimately acts. Or change the principal of {party!r} first.",
    )


def shared_identifier(pointer: str, identifier: str, scheme: str, party: str) -> FieldError:
    """Return the error for an identifier in a register that another party has."""
    detail = (
        f"{identifier} in {scheme} is {party!r} already. If they are one party, use that id, or merge one into the"
        " other; otherwise correct the identifier."
    )
    return FieldError(pointer, detail)


def part_of_itself(pointer: str, cycle: Sequence[str]) -> FieldError:
    """Return the error for records that are parts of each other."""
    detail = f"Makes {cycle[0]!r} part of itself: {part_of_chain(cycle)}. Remove `part_of` from one of them."
    return FieldError(pointer, detail)


def part_of_chain(cycle: Sequence[str]) -> str:
    """Return records that are parts of each other as a chain from the first to itself, shortened if it is long."""
    shown = [*cycle[:MAX_SHOWN], f"… ({len(cycle) - MAX_SHOWN} more)"] if len(cycle) > MAX_SHOWN else cycle
    return " → ".join([*shown, cycle[0]])


def contradicted_by_addition(pointer: str, addition: str, bundle: str, detail: str) -> FieldError:
    """Return the error for a record that is contradicted by an addition of another bundle, outside the input.

    The pointer is that of the error within the addition; the record has a field of the same name.
    """
    name = pointer.split("/")[1]
    return FieldError(
        f"/{name}",
        f"Makes additions/{addition} of the bundle {bundle!r} invalid at {pointer}: {detail} Load it together with a"
        f" version of {bundle!r} that fits.",
    )


def citation_of_source_missing(source: str) -> FieldError:
    """Return the error for a record that does not cite the source of its bundle."""
    detail = (
        f"None cites {source!r}, the source of the bundle, which has what is read from it. Cite a paragraph of it, or"
        " put the record into the bundle of a source that it cites."
    )
    return FieldError("/citations", detail)


def paragraph_out_of_range(pointer: str, source: str, paragraphs: int) -> FieldError:
    """Return the error for a citation of a paragraph that the source does not have."""
    return FieldError(pointer, f"The source {source!r} has only {paragraphs} paragraphs.")


def still_referenced(target: str, holder: str, bundle: str) -> FieldError:
    """Return the error for a stored record that the new bundle leaves out and another bundle refers to."""
    return FieldError(
        "",
        f"Leaves out {target}, to which {holder} of the bundle {bundle!r} refers. Keep {target}, or load it together "
        f"with a version of {bundle!r} that does not refer to it.",
    )


def paragraph_still_cited(paragraphs: int, holder: str, bundle: str, paragraph: int) -> FieldError:
    """Return the error for a source that becomes shorter than another bundle's citation of it."""
    return FieldError(
        "/paragraphs",
        f"Has only {paragraphs} paragraphs, but {holder} of the bundle {bundle!r} cites paragraph {paragraph}.",
    )
