"""Places in the list of events, and pages that begin there: the same ones for Readout and its peers."""

from collections.abc import Iterator
from itertools import count, islice
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from bench.client import Client
from bench.servers import Server

MAX_LIMIT = 500
"""The longest page that Readout gives."""
MIN_PLACES = 200
"""How many places there are at least."""
LAST_SHARE = 0.9
"""How far into the list the last of them lies."""


class Place(NamedTuple):
    """A place in an order: how many records lie before it and beyond it, Readout's cursor, and the last one before."""

    row: int
    left: int
    cursor: str
    last: dict[str, Any]


def walk_places(server: Server, step: int, query: str = "") -> Iterator[Place]:
    """The places in the list of dated events that lie some steps apart, in order, read off Readout page by page."""
    path = f"/events?limit={step}&fields=id,date,date_earliest{query}"
    with Client(server) as client:
        for number in count(1):
            answer = client.get(path).json()
            if answer["page"]["next"] is None or answer["data"][-1]["date"] is None:
                return
            row, address = number * step, urlsplit(answer["page"]["next"])
            yield Place(row, answer["page"]["total"] - row, parse_qs(address.query)["cursor"][0], answer["data"][-1])
            path = f"{address.path}?{address.query}"


def spread_places(server: Server, events: int) -> list[Place]:
    """Places evenly spread over the first nine tenths of the list; beyond those come the records without a date."""
    step = min(MAX_LIMIT, events // MIN_PLACES)
    return list(islice(walk_places(server, step), int(events * LAST_SHARE) // step))


def readout_page(place: Place, limit: int = 50, query: str = "") -> str:
    """The page of Readout that begins at a place."""
    return f"/events?limit={limit}&cursor={place.cursor}{query}"


def fastapi_page(place: Place, limit: int = 50) -> str:
    """The same page of FastAPI."""
    after = {"date": place.last["date_earliest"] or "", "id": place.last["id"], "limit": limit}
    return f"/events?{urlencode(after)}"


def datasette_page(name: str, place: Place, limit: int = 50) -> str:
    """A page of Datasette, as far into its own order, which is that of the keys: the one that costs it least."""
    asked = {"_size": limit, "_shape": "objects", "_next": place.row, "_col": "record", "_json": "record"}
    return f"/{name}/events.json?{urlencode(asked)}"
