"""Keyset pagination: pages, and the cursors that point to them."""

import base64
import json
import sqlite3
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class Page:
    """The rows of a page, the total number of matches, and the cursors of the next and the previous page."""

    rows: list[sqlite3.Row]
    total: int
    next: str | None
    previous: str | None


class Cursor(NamedTuple):
    """A position in an order: the sort keys of a record, and whether the page lies before or after that record."""

    values: list[Any]
    backwards: bool


def encode_cursor(cursor: Cursor, query_digest: str) -> str:
    """Return a cursor as URL-safe text, bound to a query by its digest."""
    content = COMPACT.encode([query_digest, cursor.backwards, *cursor.values])
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def decode_cursor(text: str, query_digest: str) -> Cursor | None:
    """Parse a cursor. Returns None if it is malformed or was made for another query."""
    try:
        digest, backwards, *values = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError, RecursionError):
        return None
    return Cursor(values, backwards) if digest == query_digest and isinstance(backwards, bool) else None
