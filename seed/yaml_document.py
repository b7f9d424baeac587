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

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_DEPTH = 20
Path = tuple[str | int, ...]
# The core schema of YAML 1.2 without forms that do not look like numbers: 041 and 0x1f stay text.
NULLS = {"", "~", "null", "Null", "NULL"}
BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
FLOAT = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,30}")


class YamlError(Exception):
    """Invalid YAML, or YAML that bundles do not use; `line` counts from 1."""

    def __init__(self, line: int, fault: FieldError) -> None:
        super().__init__(str(fault))
        self.line, self.error = line, fault


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


def parse_yaml(text: str | bytes) -> YamlDocument:
    """Parse the one document in a text. Raises YamlError."""
    try:
        return _Reader(yaml.parse(text, Loader=LOADER)).document()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise YamlError(line, FieldError("", f"Not YAML: {error.problem}.")) from None
    except (yaml.YAMLError, UnicodeError) as error:
        raise YamlError(1, FieldError("", f"Not YAML: {str(error).splitlines()[0]}.")) from None


class _Reader:
    """Builds data from events and records the line of every value."""

    def __init__(self, events: Iterable[yaml.Event]) -> None:
        self.events = iter(events)
        self.lines: dict[str, int] = {}

    def document(self) -> YamlDocument:
        documents = []
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents.append(self.value(next(self.events), ()))
            if len(documents) > 1:
                raise _unsupported(event, (), "a second document in one file")
        return YamlDocument(documents[0] if documents else None, self.lines)

    def value(self, event: yaml.Event, path: Path) -> Any:
        if len(path) > MAX_DEPTH:
            raise _unsupported(event, path[:1], f"more than {MAX_DEPTH} levels")
        if getattr(event, "anchor", None) is not None:
            raise _unsupported(event, path, "anchors and aliases")
        if getattr(event, "tag", None) is not None:
            raise _unsupported(event, path, "tags")
        self.lines.setdefault(json_pointer(*path), _line(event))
        if isinstance(event, yaml.ScalarEvent):
            return event.value if event.style else plain(event.value)
        return self.sequence(path) if isinstance(event, yaml.SequenceStartEvent) else self.mapping(path)

    def sequence(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.value(event, (*path, len(items))))
        return items

    def mapping(self, path: Path) -> dict[str, Any]:
        held: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise _unsupported(event, path, "keys that are not text")
            here = (*path, event.value)
            if event.value in held:
                raise YamlError(_line(event), FieldError(json_pointer(*here), "Stands in the same place twice."))
            self.lines[json_pointer(*here)] = _line(event)
            held[event.value] = self.value(next(self.events), here)
        return held


def plain(text: str) -> Any:
    """Return what an unquoted scalar means."""
    if text in NULLS:
        return None
    if INTEGER.fullmatch(text):
        return int(text)
    if FLOAT.fullmatch(text):
        return float(text)
    return BOOLEANS.get(text, text)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _unsupported(event: yaml.Event, path: Path, what: str) -> YamlError:
    return YamlError(_line(event), FieldError(json_pointer(*path), f"Bundles do not use {what}."))
