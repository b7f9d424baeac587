"""Positions in the list of events, and the same pages of Readout and the servers it is compared with."""

from collections.abc import Iterator
from itertools import count, islice
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from bench.client import Client
from bench.servers import Server

MAX_LIMIT = 500
"""Largest page size of Readout."""
MIN_PLACES = 200
"""Minimum number of positions."""
LAST_SHARE = 0.9
"""How far into the list the last position is."""


class Place(NamedTuple):
    """Position in an order: records before and after it, Readout's cursor, and the last record before it."""

    row: int
    left: int
    cursor: str
    last: dict[str, Any]


def walk_places(server: Server, step: int, query: str = "") -> Iterator[Place]:
    """Yield positions in the list of dated events, `step` records apart."""
    path = f"/events?limit={step}&fields=id,date,date_earliest{query}"
    with Client(server) as client:
        for number in count(1):
            response = client.get(path).json()
            if response["page"]["next"] is None or response["data"][-1]["date"] is None:
                return
            row, address = number * step, urlsplit(response["page"]["next"])
            yield Place(
                row, response["page"]["total"] - row, parse_qs(address.query)["cursor"][0], response["data"][-1]
            )
            path = f"{address.path}?{address.query}"


def spread_places(server: Server, events: int) -> list[Place]:
    """Return positions spread evenly over the first nine tenths of the list; records without a date come after that."""
    step = min(MAX_LIMIT, events // MIN_PLACES)
    return list(islice(walk_places(server, step), int(events * LAST_SHARE) // step))


def readout_page(place: Place, limit: int = 50, query: str = "", suffix: str = "") -> str:
    """Return Readout's page that starts at a position."""
    return f"/events{suffix}?limit={limit}&cursor={place.cursor}{query}"


def fastapi_page(place: Place, limit: int = 50) -> str:
    """Return FastAPI's page that starts at a position."""
    after = {"date": place.last["date_earliest"] or "", "id": place.last["id"], "limit": limit}
    return f"/events?{urlencode(after)}"


def datasette_page(name: str, place: Place, limit: int = 50) -> str:
    """Return Datasette's page at the same depth in its own order, by key, which is cheapest for it."""
    parameters = {"_size": limit, "_shape": "objects", "_next": place.row, "_col": "record", "_json": "record"}
    return f"/{name}/events.json?{urlencode(parameters)}"
