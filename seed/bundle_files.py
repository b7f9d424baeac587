"""Bundles as they are read: a document in memory, or a stream of lines that is read again for each stage."""

import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from schemas.bundle import entries
from schemas.errors import FieldError, json_pointer
from schemas.references import is_id
from seed.draft.guesses import MARK
from seed.errors import BundleError, ErrorList
from seed.ndjson import InvalidLine, is_stream, parse_line, read_lines, require_text
from seed.progress import NO_PROGRESS, Progress
from seed.yaml_document import YamlDocument, YamlError, parse_yaml

MAX_DOCUMENT_BYTES = 32 * 1024 * 1024
"""Maximum size of a YAML bundle, which is read into memory."""
STDIN = {"-", "/dev/stdin", "/dev/fd/0"}


class Entry(NamedTuple):
    """A record as written, and where: a pointer into a document, or the line of a stream."""

    plural: str
    data: dict[str, Any]
    pointer: str = ""
    line: int = 0

    @property
    def id(self) -> str | None:
        """Return the id, that of a guess without its mark, or None if it is missing or malformed."""
        id = self.data.get("id")
        id = id.removeprefix(MARK) if isinstance(id, str) else id
        return id if is_id(id) else None


class Document:
    """A bundle in memory: YAML from a file, or JSON from a request."""

    def __init__(self, path: Path, document: YamlDocument) -> None:
        self.path, self.document = path, document

    def entries(self, progress: Progress = NO_PROGRESS) -> Iterator[Entry]:
        """Yield every record."""
        for plural, place, data in entries(self.document.data):
            yield Entry(plural, data, json_pointer(plural, place))

    def bundle_error(self, entry: Entry, error: FieldError) -> BundleError:
        """Return an error in a record with its file, line and pointer from the root of the document."""
        pointer = entry.pointer + error.pointer
        return BundleError(self.path, self.document.line(pointer), replace(error, pointer=pointer))


class Stream:
    """Any number of bundles, one record per line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self, progress: Progress = NO_PROGRESS) -> Iterator[Entry]:
        """Yield every record, and leave out lines that are not one."""
        for number, text in read_lines(self.path, progress.read):
            with suppress(InvalidLine):
                yield Entry(*parse_line(text), line=number)

    def bundle_error(self, entry: Entry, error: FieldError) -> BundleError:
        """Return an error in a record with its file and line."""
        return BundleError(self.path, entry.line, error)


Bundle = Document | Stream


def read_bundles(paths: Sequence[Path]) -> list[Bundle]:
    """Parse YAML files and open streams. Raises InvalidBundles with every file that cannot be read."""
    bundles: list[Bundle] = []
    errors = ErrorList()
    for path in paths:
        try:
            require_file(path)
            bundles.append(_open_stream(path) if is_stream(path) else Document(path, parse_yaml(path.read_bytes())))
        except InvalidLine as error:
            errors.add(BundleError(path, 1, error.error))
        except YamlError as error:
            errors.add(BundleError(path, error.line, error.error))
        except OSError as error:
            errors.add(BundleError(path, 0, FieldError("", f"Cannot be read: {error.strerror or error}.")))
    errors.raise_any()
    return bundles


def _open_stream(path: Path) -> Stream:
    """Return a stream. Raises InvalidLine if the file is not UTF-8 text."""
    require_text(path)
    return Stream(path)


def require_file(path: Path) -> None:
    """Raise OSError if a path is not a file, or too large for a document."""
    if str(path) in STDIN:
        raise OSError("standard input can be read only once; write a file, as in bundles.ndjson")
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise OSError(f"it is a directory; name the files in it, as in {path}/*.yaml")
    if not stat.S_ISREG(status.st_mode):
        raise OSError("it is not a regular file")
    if status.st_size > MAX_DOCUMENT_BYTES and not is_stream(path):
        limit = MAX_DOCUMENT_BYTES // 1024**2
        raise OSError(f"a YAML bundle of more than {limit} MiB is too large; write it as .ndjson, one record per line")
