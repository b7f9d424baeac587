"""The fields that are added to a served event: derived fields, revision and URLs."""

from typing import Any

import orjson

LISTS = {
    "events": "events?related_to",
    "proposals": "proposals?event",
    "positions": "positions?event",
    "statements": "statements?event",
    "statements_about": "statements?about",
    "questions": "questions?event",
    "additions": "additions?event",
}


def served(record: str, derived: str, revision: int, base: str, id: str) -> dict[str, Any]:
    """Return an event as it is served, from the columns of its row."""
    fields: dict[str, Any] = orjson.loads(f"{record[:-1]}{derived}}}")
    return fields | {"revision": revision} | addresses(base, id)


def addresses(base: str, id: str) -> dict[str, object]:
    """Return the URL of an event and those of its related lists."""
    return {"url": f"{base}events/{id}", "links": {name: f"{base}{path}={id}" for name, path in LISTS.items()}}
