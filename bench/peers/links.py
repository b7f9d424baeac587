"""URLs that are served with an event."""

LISTS = {
    "events": "events?related_to",
    "proposals": "proposals?event",
    "positions": "positions?event",
    "statements": "statements?event",
    "statements_about": "statements?about",
}


def addresses(base: str, id: str) -> dict[str, object]:
    """Return the URL of an event and those of its related lists."""
    return {"url": f"{base}events/{id}", "links": {name: f"{base}{path}={id}" for name, path in LISTS.items()}}
