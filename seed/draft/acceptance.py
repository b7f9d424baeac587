"""Acceptance of the guesses in a draft, without changing the rest of its file.

Why not load and dump: as for digests, that would lose comments and the layout.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from schemas import RECORDS
from schemas.bundle import entries
from schemas.references import is_id
from seed.draft.guesses import MARK, texts
from seed.draft.layout import without_text
from seed.yaml_document import LOADER, parse_yaml

TEXTS = ("title", "summary", "question")
"""The fields that a draft leaves to write. A record with all of them was read by whoever wrote them."""
LINE_END = re.compile(r"\r\n?|\n|$")
Edit = tuple[int, int, str]
"""Start and end of the replaced part of a text, and its replacement."""


@dataclass(frozen=True)
class Acceptance:
    """A draft with accepted records: its text, their number, and the number of values still to decide or to write."""

    text: str
    accepted: int
    left: int


def accept(draft: str) -> Acceptance:
    """Remove the mark from the ids of records whose texts are written, and of the records without texts they refer to.

    Other guesses stay. Once nothing is left to decide or to write, the comments that repeat the text and the line
    `draft: true` are removed as well. Raises YamlError.
    """
    records = [record for _, _, record in entries(parse_yaml(draft).data)]
    ids = {record["id"] for record in _accepted(records) if _is_guess(record.get("id"))}
    edits = list(_decisions(yaml.compose(draft, Loader=LOADER), ids))
    text = _edited(draft, edits)
    data = parse_yaml(text).data
    unwritten = (_unwritten(plural, record) for plural, _, record in entries(data))
    left = sum(_guesses(data)) + sum(map(len, unwritten))
    return Acceptance(text if left else _finished(without_text(text)), len(edits), left)


def _accepted(records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the records whose texts are written, and those without texts to which they refer, also through others."""
    unread, by_id = list[dict[str, Any]](), defaultdict[str, list[dict[str, Any]]](list)
    for record in records:
        if _is_written(record):
            unread.append(record)
        elif not any(name in record for name in TEXTS):
            by_id[str(record.get("id")).removeprefix(MARK)].append(record)
    while unread:
        yield from unread
        unread = [one for text in set(texts(unread)) for one in by_id.pop(text, ())]


def _is_guess(id: Any) -> bool:
    """Return whether an id is a guess. A value without a valid id is left to decide."""
    return isinstance(id, str) and id.startswith(MARK) and is_id(id.removeprefix(MARK))


def _edited(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with some parts replaced."""
    parts, place = [], 0
    for start, end, replacement in sorted(edits):
        parts += [text[place:start], replacement]
        place = end
    return "".join([*parts, text[place:]])


def _finished(draft: str) -> str:
    """Return a draft without the line `draft: true`; in YAML on a single line, with `draft: false`."""
    root: Any = yaml.compose(draft, Loader=LOADER)
    ((key, value),) = [field for field in root.value if field[0].value == "draft"]
    if root.flow_style:
        return _edited(draft, [(value.start_mark.index, value.end_mark.index, "false")])
    start = key.start_mark.index - key.start_mark.column
    end = next(LINE_END.finditer(draft, value.end_mark.index)).end()
    return _edited(draft, [(start, end, "")])


def _is_written(record: dict[str, Any]) -> bool:
    written = [record[name] for name in TEXTS if name in record]
    return bool(written) and all(written)


def _decisions(root: Any, ids: set[str]) -> Iterator[Edit]:
    """Yield the edits that remove the mark from these ids."""
    for plural, items in root.value:
        for item in items.value if plural.value in RECORDS and isinstance(items, yaml.SequenceNode) else ():
            for name, value in item.value if isinstance(item, yaml.MappingNode) else ():
                if name.value == "id" and isinstance(value, yaml.ScalarNode) and value.value in ids:
                    yield value.start_mark.index, value.end_mark.index, value.value.removeprefix(MARK)


def _guesses(value: Any, name: str = "") -> Iterator[bool]:
    """Yield for each value whether it is a guess."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else ((name, inner) for inner in value):
            yield from _guesses(inner, key)
    else:
        yield isinstance(value, str) and value.startswith(MARK) and name not in ("quote", *TEXTS)


def _unwritten(plural: str, record: dict[str, Any]) -> list[str]:
    """Return the fields of a record that are null and must not be."""
    required = {name for name, field in RECORDS[plural].declared().items() if not field.allow_none}
    required |= {*TEXTS, "inference"} if record.get("explicit") is False else {*TEXTS}
    return [name for name, value in record.items() if value is None and name in required]
