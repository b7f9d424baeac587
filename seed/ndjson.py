"""Bundles as NDJSON: one record per line, {"type": "events", "record": {…}}, where each source starts its bundle."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from schemas import RECORDS
from schemas.errors import FieldError, nearest
from schemas.strict_json import read_json
from seed.encoding import MAGIC_BYTES, UTF_8_BOM, encoding_error

SUFFIXES = {".ndjson", ".jsonl"}
MAX_LINE_BYTES = 1024 * 1024
"""Maximum length of a line in bytes."""
KEYS = {"type", "record"}
Read = Callable[[int], object]
"""Callback for the number of bytes read."""


class Line(NamedTuple):
    """A line of a file, truncated after MAX_LINE_BYTES + 1."""

    number: int
    text: bytes


class InvalidLine(Exception):
    """A line without a record, with the reason."""

    def __init__(
        self, detail: str, pointer: str = "", allowed: tuple[str, ...] = (), suggestion: str | None = None
    ) -> None:
        super().__init__(detail)
        self.error = FieldError(pointer, detail, allowed, suggestion)


def is_stream(path: Path) -> bool:
    """Return whether a file is read as a stream."""
    return path.suffix.lower() in SUFFIXES


def require_text(path: Path) -> None:
    """Raise InvalidLine if a file is not plain UTF-8 text, in which every line would be invalid."""
    with path.open("rb") as file:
        start = file.read(MAGIC_BYTES)
    if detail := encoding_error(start):
        raise InvalidLine(detail)
    if start.startswith(UTF_8_BOM):
        raise InvalidLine("The file begins with a byte order mark (U+FEFF). Save it as UTF-8 without BOM.")


def read_lines(path: Path, read: Read = lambda _: None) -> Iterator[Line]:
    """Yield every line that is not blank, with its number; a line that is too long is never blank."""
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(MAX_LINE_BYTES + 1), b""), start=1):
            read(len(line))
            is_too_long = len(line) > MAX_LINE_BYTES
            if is_too_long or not line.isspace():
                yield Line(number, line)
            if is_too_long and not line.endswith(b"\n"):
                _skip_line(file, read)


def _skip_line(file: BinaryIO, read: Read) -> None:
    """Skip the rest of a line."""
    while rest := file.readline(MAX_LINE_BYTES):
        read(len(rest))
        if rest.endswith(b"\n"):
            return


def parse_line(line: bytes) -> tuple[str, dict[str, Any]]:
    """Return the type and record of a line. Raises InvalidLine."""
    if len(line) > MAX_LINE_BYTES:
        raise InvalidLine(f"Longer than {MAX_LINE_BYTES} bytes. A record takes one line of at most this length.")
    try:
        value = read_json(line.decode())
    except UnicodeDecodeError as error:
        raise InvalidLine(f"Not UTF-8 text: {error.reason} at byte {error.start + 1} of the line.") from None
    except ValueError as error:
        raise InvalidLine(f"Not JSON: {error}.") from None
    if not isinstance(value, dict) or value.keys() != KEYS or not isinstance(value["record"], dict):
        raise InvalidLine('Must be {"type": …, "record": {…}}, with these two keys and no others.')
    plural = value["type"]
    if not isinstance(plural, str) or plural not in RECORDS:
        raise InvalidLine("Not a type of record.", "/type", tuple(RECORDS), nearest(plural, RECORDS))
    return plural, value["record"]
