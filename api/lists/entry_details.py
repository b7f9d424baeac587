"""Details of entries of the timeline that other tables have, read at once for all entries of a response."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Entry = dict[str, Any]


def with_ids(entries: Iterable[Entry]) -> list[Entry]:
    """Return entries with the id of their own record as `record`, which nested records have already."""
    return [{**entry, "record": entry["id"].partition("/")[2]} for entry in entries]


def with_detail(
    entries: Iterable[Entry], plural: str, name: str, read: Callable[[list[str]], Mapping[str, Any]], default: Any
) -> list[Entry]:
    """Return entries with a detail of each record of a type, nested ones included; other records have the default.

    `read` returns the details by id of the record.
    """
    entries = with_ids(entries)
    every = (record for entry in entries for record in (entry, *entry["records"]))
    ids = [record["record"] for record in every if record["type"] == plural]
    details = read(ids) if ids else {}

    def extend(record: Entry) -> Entry:
        return {**record, name: details.get(record["record"], default) if record["type"] == plural else default}

    return [{**extend(entry), "records": [extend(record) for record in entry["records"]]} for entry in entries]
