"""Acceptance of the guesses in a draft, without changing the rest of its file.

Why not load and dump: as for digests, that would lose comments and the layout.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from schemas import RECORDS
from schemas.bundle import entries
from seed.draft.guesses import MARK
from seed.draft.layout import without_text
from seed.yaml_document import LOADER, parse_yaml

TEXTS = ("title", "summary", "question")
"""The fields that a draft leaves to write. A record with all of them was read by whoever wrote them."""
IS_DRAFT = "draft: true\n"


@dataclass(frozen=True)
class Acceptance:
    """A draft with accepted records: its text, their number, and the number of values still to decide or to write."""

    text: str
    accepted: int
    left: int


def accept(draft: str) -> Acceptance:
    """Remove the mark from the id of each record whose texts are written, and of each party that these refer to.

    Other guesses stay. Once nothing is left to decide or to write, the comments that repeat the text and the line
    `draft: true` are removed as well. Raises YamlError.
    """
    data = parse_yaml(draft).data
    records = [record for _, _, record in entries(data)]
    accepted = [record for record in records if _is_written(record)]
    others = [record for record in records if not any(name in record for name in TEXTS)]
    while more := [one for one in others if _plain_id(one) in set(_texts(accepted)) and one not in accepted]:
        accepted += more
    ids = {record["id"] for record in accepted if isinstance(record.get("id"), str) and record["id"].startswith(MARK)}
    text = draft
    for start, end in sorted(_places(yaml.compose(draft, Loader=LOADER), ids), reverse=True):
        text = text[:start] + text[start:end].strip("'\"").removeprefix(MARK) + text[end:]
    left = sum(_undecided(parse_yaml(text).data))
    return Acceptance(text if left else without_text(text).replace(IS_DRAFT, "", 1), len(ids), left)


def _is_written(record: dict[str, Any]) -> bool:
    texts = [record[name] for name in TEXTS if name in record]
    return bool(texts) and all(texts)


def _plain_id(record: dict[str, Any]) -> str:
    return str(record.get("id")).removeprefix(MARK)


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in a value."""
    if isinstance(value, str):
        yield value.removeprefix(MARK)
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _places(root: Any, ids: set[str]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each of these ids in a file."""
    for plural, items in root.value if isinstance(root, yaml.MappingNode) else ():
        for item in items.value if plural.value in RECORDS else ():
            yield from (
                (value.start_mark.index, value.end_mark.index)
                for name, value in item.value
                if name.value == "id" and value.value in ids
            )


def _undecided(value: Any, name: str = "") -> Iterator[bool]:
    """Yield for each value whether it is a guess or an unwritten text."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else ((name, inner) for inner in value):
            yield from _undecided(inner, key)
    else:
        yield value is None if name in TEXTS else isinstance(value, str) and value.startswith(MARK) and name != "quote"
