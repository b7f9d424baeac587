"""Bundles as NDJSON, a line a record: {"type": "events", "record": {…}}. A source opens the bundle read from it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from schemas import RECORDS
from schemas.errors import FieldError, nearest
from schemas.strict_json import read_json

SUFFIX = ".ndjson"
MAX_LINE_BYTES = 1024 * 1024
"""How many bytes a line may have."""
KEYS = {"type", "record"}
Read = Callable[[int], object]
"""Told of the bytes that were read."""


class Line(NamedTuple):
    """A line of a file; of one that is too long, the beginning."""

    number: int
    text: bytes


class InvalidLine(Exception):
    """A line that holds none, and why not."""

    def __init__(self, detail: str, pointer: str = "", allowed: tuple[str, ...] = (), near: str | None = None) -> None:
        super().__init__(detail)
        self.error = FieldError(pointer, detail, allowed, near)


def is_stream(path: Path) -> bool:
    """Whether a file is read as a stream of records."""
    return path.suffix == SUFFIX


def read_lines(path: Path, read: Read = lambda _: None) -> Iterator[Line]:
    """Every line that is not blank, with its number."""
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(MAX_LINE_BYTES + 1), b""), start=1):
            read(len(line))
            if not line.isspace():
                yield Line(number, line)
            if len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
                _skip(file, read)


def _skip(file: BinaryIO, read: Read) -> None:
    while rest := file.readline(MAX_LINE_BYTES):
        read(len(rest))
        if rest.endswith(b"\n"):
            return


def parse_line(line: bytes) -> tuple[str, dict[str, Any]]:
    """The type and the record that a line holds; NoRecord where it holds none."""
    if len(line) > MAX_LINE_BYTES:
        raise InvalidLine(f"Is longer than the {MAX_LINE_BYTES} bytes that a line may have.")
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise InvalidLine(f"Not UTF-8 text: {error.reason} at byte {error.start + 1} of the line.") from None
    if text.startswith("\ufeff"):
        raise InvalidLine("Begins with a byte order mark; write plain UTF-8.")
    try:
        value = read_json(text)
    except ValueError as error:
        raise InvalidLine(f"Not JSON: {error}.") from None
    if not isinstance(value, dict) or value.keys() != KEYS or not isinstance(value["record"], dict):
        raise InvalidLine('Must be {"type": …, "record": {…}}, with these two keys and no other.')
    plural = value["type"]
    if not isinstance(plural, str) or plural not in RECORDS:
        raise InvalidLine(f"{plural!r} is not a type of record.", "/type", tuple(RECORDS), nearest(plural, RECORDS))
    return plural, value["record"]
