"""The addresses that are served with an event."""

LISTS = {
    "events": "events?related_to",
    "proposals": "proposals?event",
    "positions": "positions?event",
    "statements": "statements?event",
    "statements_about": "statements?about",
}


def addresses(base: str, id: str) -> dict[str, object]:
    """The event's own address, and those of the lists that it leads to."""
    return {"url": f"{base}events/{id}", "links": {name: f"{base}{path}={id}" for name, path in LISTS.items()}}
