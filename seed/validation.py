"""The one validation pipeline, for files, streams and requests: shape and fields of each record, then references.

Every record is validated once, as it is read. References are checked at the end, because they may point forward.
"""

import sqlite3
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from marshmallow import ValidationError

from schemas import RECORDS
from schemas.bundle import outline_errors
from schemas.errors import FieldError, errors_from_marshmallow
from schemas.references import self_references
from seed.addition_check import AdditionCheck
from seed.batches import batches
from seed.bundle_files import Bundle, Document, Entry, Stream
from seed.definition_check import IdentifierCheck, PrincipalCheck, RelationCheck
from seed.draft.guesses import explain_guess
from seed.errors import MAX_ERRORS, DanglingReference, ErrorList, InvalidBundles, Unresolved, self_reference
from seed.input_ids import InputIds
from seed.ndjson import InvalidLine, Line, parse_line, read_lines
from seed.parallel import CHUNK_SIZE, process_map
from seed.part_of_check import PartOfCheck
from seed.progress import NO_PROGRESS, Progress
from seed.reference_check import FindBundle, ReferenceCheck, find_no_bundle, read_items
from seed.storage.writer import BATCH_SIZE, IncomingRecord
from seed.stored_ids import StoredIds
from seed.yaml_document import YamlDocument

SCHEMAS = {plural: (record(), tuple(record.declared())) for plural, record in RECORDS.items()}
"""One schema instance per type, and the names of its fields in order."""
PARALLEL_THRESHOLD_BYTES = 8 * 1024 * 1024
"""Size in bytes up to which one process is faster than starting several."""


class ValidatedLine(NamedTuple):
    """A line of a stream: a complete record, or an invalid one with its errors; without a type, no record."""

    number: int
    plural: str
    data: dict[str, Any]
    errors: list[FieldError]


def validate_record(plural: str, data: dict[str, Any]) -> tuple[dict[str, Any], list[FieldError]]:
    """Return the complete record and no errors, or the record as written and its errors."""
    schema, names = SCHEMAS[plural]
    try:
        record = schema.load(data)
    except ValidationError as error:
        found = islice(errors_from_marshmallow(error.messages), MAX_ERRORS + 1)
        return data, [explain_guess(data, one, _description(plural, one.pointer)) for one in found]
    if errors := [self_reference(reference.pointer) for reference in self_references(plural, record)]:
        return data, errors
    return {name: record[name] for name in names}, []


def _description(plural: str, pointer: str) -> str:
    """Return the description of a field of a record; empty for a part of a field."""
    field = RECORDS[plural].declared().get(pointer[1:])
    return str(field.metadata.get("description", "")) if field else ""


def validate_lines(lines: Sequence[Line]) -> list[ValidatedLine]:
    """Validate some lines of a stream."""
    return [_validate_line(line) for line in lines]


def _validate_line(line: Line) -> ValidatedLine:
    try:
        plural, data = parse_line(line.text)
    except InvalidLine as error:
        return ValidatedLine(line.number, "", {}, [error.error])
    return ValidatedLine(line.number, plural, *validate_record(plural, data))


class Validation:
    """Validation of some bundles together."""

    def __init__(
        self,
        bundles: Sequence[Bundle],
        context: Sequence[Document] = (),
        progress: Progress = NO_PROGRESS,
        resolves_all: bool = True,
        find_bundle: FindBundle = find_no_bundle,
    ) -> None:
        """`context` are bundles to which references may point, and which are not validated themselves.

        Without `resolves_all`, references to unknown records are counted in `unresolved`, with the first of them,
        instead of reported, unless they seem to be misspelled. `find_bundle` locates the target of a
        reference that is in none of these.
        """
        self.find_bundle = find_bundle
        self.bundles, self.context, self.progress, self.resolves_all = bundles, context, progress, resolves_all
        self.errors = ErrorList()
        self.unresolved = Unresolved()

    def valid_records(self) -> Generator[IncomingRecord]:
        """Read every bundle and yield its valid records; add the errors in the others to `errors`."""
        for bundle in self.bundles:
            source: str | None = None
            for entry, errors in self._validate(bundle):
                if entry.plural == "sources":
                    source = entry.id or ""
                if isinstance(bundle, Stream) and entry.plural and source is None:
                    errors.append(FieldError("", "Comes before any source. A source starts the bundle read from it."))
                for error in errors:
                    self.errors.add(bundle.bundle_error(entry, error))
                if not errors and entry.plural:
                    yield IncomingRecord(entry.plural, source or "", entry.data)

    def check_references(self, database: sqlite3.Connection | None) -> None:
        """Add the errors between records: of the bundles, of the context, and of the database, if there is one."""
        self.progress.step("Checking references")
        with closing(InputIds()) as ids:
            stored = StoredIds(database, ids)
            check, part_of_check, addition_check = (
                ReferenceCheck(ids, stored, self.find_bundle),
                PartOfCheck(stored),
                AdditionCheck(stored),
            )
            pair_checks = RelationCheck(stored), PrincipalCheck(stored), IdentifierCheck(stored)
            ids.add(addition_check.collect(read_items(self.context), is_context=True), is_context=True)
            ids.add(addition_check.collect(read_items(self.bundles)))
            for one in (part_of_check, *pair_checks):
                one.add(read_items(self.context), is_context=True)
            addition_check.add_targets(list(read_items(self.context)), is_context=True)
            for batch in batches(read_items(self.bundles), BATCH_SIZE):
                for one in (part_of_check, *pair_checks):
                    one.add(batch)
                addition_check.add_targets(batch)
                for item, error in check.errors(batch):
                    if isinstance(error, DanglingReference) and not (self.resolves_all or error.did_you_mean):
                        self.unresolved.add(item.bundle.bundle_error(item.entry, error))
                    else:
                        self.errors.add(item.bundle.bundle_error(item.entry, error))
            others = (part_of_check, addition_check, *pair_checks)
            for item, error in chain.from_iterable(one.errors() for one in others):
                self.errors.add(item.bundle.bundle_error(item.entry, error))

    def _validate(self, bundle: Bundle) -> Iterator[tuple[Entry, list[FieldError]]]:
        return _validate_document(bundle) if isinstance(bundle, Document) else _validate_stream(bundle, self.progress)


def _validate_document(bundle: Document) -> Iterator[tuple[Entry, list[FieldError]]]:
    yield Entry("", {}), list(islice(outline_errors(bundle.document.data), MAX_ERRORS + 1))
    for entry in bundle.entries():
        data, errors = validate_record(entry.plural, entry.data)
        yield entry._replace(data=data), errors


def _validate_stream(bundle: Stream, progress: Progress) -> Iterator[tuple[Entry, list[FieldError]]]:
    chunks = batches(read_lines(bundle.path, progress.read), CHUNK_SIZE)
    is_large = bundle.path.stat().st_size > PARALLEL_THRESHOLD_BYTES
    validated: Iterable[list[ValidatedLine]] = (
        process_map(validate_lines, chunks) if is_large else map(validate_lines, chunks)
    )
    number = 0
    for number, plural, data, errors in chain.from_iterable(validated):
        yield Entry(plural, data, line=number), errors
    if not number:
        yield Entry("", {}, line=1), [FieldError("", "Contains no record.")]


def validate_document(data: Any, database: sqlite3.Connection | None) -> tuple[list[IncomingRecord], list[FieldError]]:
    """Return the records of a valid JSON bundle, or every error in another one, in the order of InvalidBundles."""
    validation = Validation([Document(Path(), YamlDocument(data, {}))])
    try:
        records = list(validation.valid_records())
        validation.check_references(database)
        validation.errors.raise_any()
    except InvalidBundles as error:
        return [], [bundle_error.error for bundle_error in error.errors]
    return records, []
