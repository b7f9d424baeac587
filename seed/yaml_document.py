"""YAML as plain data, with the line of every value.

Built from PyYAML's events. Why not its loader: it keeps no lines, reads `NO` and `2025-03-18` as other types than text,
expands aliases without limit, and its C version crashes on deep nesting.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml

from schemas.errors import FieldError, json_pointer
from seed.encoding import MAGIC_BYTES, encoding_error

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_DEPTH = 20
MAX_POINTER_LENGTH = 300
"""Length of a JSON pointer. Each value has one, so the long key of a list would be stored once for each item."""
# The core schema of YAML 1.2 without forms that do not look like numbers: 041 and 0x1f stay text.
NULLS = {"", "~", "null", "Null", "NULL"}
BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
FLOAT = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,30}(?:[eE][-+][0-9]{1,3})?")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
"""Characters that YAML does not allow."""
HINTS = {
    "mapping values are not allowed in this context": (
        "Put text that contains a colon and a space in quotes, and align the keys of a record."
    ),
    "found character that cannot start any token": (
        "Indent with spaces, not tabs, and put text that begins with @, % or ` in quotes."
    ),
    "found a tab character that violates indentation": "Indent with spaces, not tabs.",
    "did not find expected key": (
        "Put the whole text in quotes if it begins with a quotation mark; double an apostrophe inside '…'."
    ),
    "found unexpected end of stream": "A quotation mark or bracket is not closed.",
    "did not find expected ',' or ']'": "The list needs commas between its items and ] at its end.",
    "did not find expected ',' or '}'": "The object needs commas between its fields and } at its end.",
    "block sequence entries are not allowed in this context": "Write each `- item` of a list on a line of its own.",
    "could not find expected ':'": "Each field is written `name: value`.",
    "did not find expected alphabetic or numeric character": "Put text that begins with & or * in quotes.",
}
"""What to do about the messages of LibYAML."""


class YamlError(Exception):
    """Invalid YAML, or YAML that bundles do not use; `line` counts from 1."""

    def __init__(self, line: int, error: FieldError) -> None:
        super().__init__(str(error))
        self.line, self.error = line, error


@dataclass
class YamlDocument:
    """Plain data, and the line (from 1) of each value by JSON pointer."""

    data: Any
    lines: dict[str, int]

    def line(self, pointer: str) -> int:
        """Return the line of a pointer, or of its nearest existing parent."""
        while pointer and pointer not in self.lines:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer, 1)


def parse_yaml(content: str | bytes) -> YamlDocument:
    """Parse the one document in a text. Raises YamlError."""
    text = _decode(content) if isinstance(content, bytes) else content
    if control := CONTROL.search(text):
        code_point = f"U+{ord(control[0]):04X}"
        raise _error(text, control.start(), f"Not YAML: contains the control character {code_point}. Remove it.")
    try:
        return _Reader(yaml.parse(text, Loader=LOADER)).document()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        hint = HINTS.get(error.problem or "")
        detail = f"Not YAML: {error.problem}." + (f" {hint}" if hint else "")
        raise YamlError(line, FieldError("", detail)) from None
    except (yaml.YAMLError, UnicodeError) as error:
        raise YamlError(1, FieldError("", f"Not YAML: {str(error).splitlines()[0]}.")) from None


def _decode(content: bytes) -> str:
    if detail := encoding_error(content[:MAGIC_BYTES]):
        raise YamlError(1, FieldError("", detail))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = content[error.start : error.start + 1]
        line = content.count(b"\n", 0, error.start) + 1
        detail = (
            f"Not UTF-8 text: byte 0x{byte.hex().upper()}, in Latin-1 {byte.decode('latin-1')!r}. Save it as UTF-8."
        )
        raise YamlError(line, FieldError("", detail)) from None


def _error(text: str, position: int, detail: str) -> YamlError:
    return YamlError(text.count("\n", 0, position) + 1, FieldError("", detail))


class _Reader:
    """Builds data from events and records the line of every value."""

    def __init__(self, events: Iterable[yaml.Event]) -> None:
        self.events = iter(events)
        self.lines: dict[str, int] = {}

    def document(self) -> YamlDocument:
        documents = []
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents.append(self.value(next(self.events), ""))
            if len(documents) > 1:
                raise _unsupported_feature(event, "", "a second document in one file")
        return YamlDocument(documents[0] if documents else None, self.lines)

    def value(self, event: yaml.Event, pointer: str) -> Any:
        if pointer.count("/") > MAX_DEPTH:
            raise _unsupported_feature(event, "/" + pointer.split("/")[1], f"more than {MAX_DEPTH} levels")
        if getattr(event, "anchor", None) is not None:
            raise _unsupported_feature(event, pointer, "anchors and aliases")
        if getattr(event, "tag", None) is not None:
            raise _unsupported_feature(event, pointer, "tags")
        self.lines.setdefault(pointer, _line(event))
        if isinstance(event, yaml.ScalarEvent):
            return event.value if event.style else parse_scalar(event.value)
        return self.sequence(pointer) if isinstance(event, yaml.SequenceStartEvent) else self.mapping(pointer)

    def sequence(self, pointer: str) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.value(event, f"{pointer}/{len(items)}"))
        return items

    def mapping(self, pointer: str) -> dict[str, Any]:
        data: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise _unsupported_feature(event, pointer, "keys that are not text")
            here = pointer + json_pointer(event.value)
            if len(here) > MAX_POINTER_LENGTH:
                raise _unsupported_feature(event, pointer, "keys this long")
            if event.value in data:
                raise YamlError(_line(event), FieldError(here, "The same key occurs twice."))
            self.lines[here] = _line(event)
            data[event.value] = self.value(next(self.events), here)
        return data


def parse_scalar(text: str) -> Any:
    """Return the value of an unquoted scalar."""
    if text in NULLS:
        return None
    if INTEGER.fullmatch(text):
        return int(text)
    if FLOAT.fullmatch(text):
        return float(text)
    return BOOLEANS.get(text, text)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _unsupported_feature(event: yaml.Event, pointer: str, feature: str) -> YamlError:
    return YamlError(_line(event), FieldError(pointer, f"Bundles must not use {feature}."))
