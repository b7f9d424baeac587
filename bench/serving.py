"""Requests per second and CPU per request, compared with the upper limit and with other frameworks."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from bench import servers
from bench.client import Client, TimedResponse
from bench.load import Series
from bench.pages import Place, datasette_page, fastapi_page, readout_page, spread_places
from bench.servers import MeasurementFailed, Server
from bench.types import Bench, Measurement
from schemas import Event

RECORD, PAGE, VIEW = "/events/trump-putin-call", "/events", "/proposals/full-truce/standing"
SERVER_HEADERS = {"connection", "date", "server"}
OWN_FIELDS = Event.declared().keys()
COMPARED_PAGES = 3
"""Number of pages compared before measuring."""

SeriesByServer = Mapping[str, Series]


@contextmanager
def record_responses(server: Server) -> Iterator[Path]:
    """Yield a file of recorded responses for the raw functions."""
    with Client(server) as client, NamedTemporaryFile("w", suffix=".json") as file:
        recorded = [(path, client.get(path)) for path in (RECORD, PAGE, VIEW)]
        json.dump([(path, application_headers(response), response.body.decode()) for path, response in recorded], file)
        file.flush()
        yield Path(file.name)


def application_headers(response: TimedResponse) -> list[tuple[str, str]]:
    """Return the headers that the application sets."""
    return [(name, value) for name, value in response.headers if name.lower() not in SERVER_HEADERS]


@cache
def measure_cached(bench: Bench) -> Mapping[str, SeriesByServer]:
    """Measure cached responses; return series by path and server."""
    with ExitStack() as up:
        start = up.enter_context
        ours = start(Server(servers.readout(bench.files.article)))
        recording = start(record_responses(ours))
        asgi, wsgi, flask = (
            start(Server(peer(recording))) for peer in (servers.raw_asgi, servers.raw_wsgi, servers.bare_flask)
        )
        fastapi = start(Server(servers.fastapi_record(bench.files.article)))
        peers_by_path = {RECORD: [asgi, fastapi], PAGE: [asgi, wsgi, flask], VIEW: [asgi]}
        for path, peers in peers_by_path.items():
            for peer in peers:
                require_same_response(ours, peer, path)
        requests = {RECORD: "cached record", PAGE: "cached page", VIEW: "cached view"}
        series = {
            path: bench.load.compare(requests[path], {server: [path] for server in (ours, *peers)})
            for path, peers in peers_by_path.items()
        }
    bench.series.extend(one for each in series.values() for one in each.values())
    return series


@cache
def measure_uncached(bench: Bench) -> SeriesByServer:
    """Measure pages that are never requested twice; return series by server."""
    with ExitStack() as up:
        ours, fastapi, datasette = (
            up.enter_context(Server(program(bench.files.big)))
            for program in (servers.readout, servers.fastapi_page, servers.datasette)
        )
        walked = spread_places(ours, bench.files.events)
        name = bench.files.big.stem
        for place in walked[:: len(walked) // COMPARED_PAGES]:
            require_same_page(place, ours, fastapi, datasette, name)
        targets = {
            ours: [readout_page(place) for place in walked],
            fastapi: [fastapi_page(place) for place in walked],
            datasette: [datasette_page(name, place) for place in walked],
        }
        series = bench.load.compare("uncached page of 50", targets, fresh=True)
    bench.series.extend(series.values())
    return series


def require_same_response(ours: Server, peer: Server, path: str) -> None:
    """Raise MeasurementFailed if a server returns something else than Readout."""
    with Client(ours) as one, Client(peer) as other:
        mine, theirs = one.get(path).json(), other.get(path).json()
    if mine != theirs:
        raise MeasurementFailed(f"{peer.program.name} responses something else to {path}")


def require_same_page(place: Place, ours: Server, fastapi: Server, datasette: Server, name: str) -> None:
    """Raise MeasurementFailed if a server's page has other records or another total."""
    with Client(ours) as one, Client(fastapi) as two, Client(datasette) as three:
        mine, theirs = one.get(readout_page(place)).json(), two.get(fastapi_page(place)).json()
        listed = three.get(datasette_page(name, place)).json()
        # Datasette has its own order: compare each of its records with the same record of Readout.
        of_theirs = [row["record"] for row in listed["rows"]]
        of_mine = [one.get(f"/events/{record['id']}").json() for record in of_theirs]
    if mine["data"] != theirs["data"]:
        raise MeasurementFailed(f"{fastapi.program.name} has another page at row {place.row}")
    if [own_fields(record) for record in of_mine] != of_theirs or len(of_theirs) != len(mine["data"]):
        raise MeasurementFailed(f"{datasette.program.name} has other records at row {place.row}")
    if not mine["page"]["total"] == theirs["total"] == listed["filtered_table_rows_count"]:
        raise MeasurementFailed("the totals differ")


def own_fields(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record without derived fields and the keys that are added when it is served."""
    return {name: value for name, value in record.items() if name in OWN_FIELDS}


def ratio_to_raw_asgi(bench: Bench) -> Measurement:
    """Measure the lowest ratio of rates to the raw ASGI function."""
    shares = {
        series["Readout"].request: rate_ratio(series, "raw ASGI function").value
        for series in measure_cached(bench).values()
    }
    return Measurement(min(shares.values()), ", ".join(f"{request} {share:.2f}" for request, share in shares.items()))


def ratio_to_flask(bench: Bench) -> Measurement:
    """Measure the ratio of rates to the bare Flask route."""
    return rate_ratio(measure_cached(bench)[PAGE], "bare Flask route")


def ratio_to_fastapi(bench: Bench) -> Measurement:
    """Measure the ratio of rates to FastAPI."""
    return rate_ratio(measure_cached(bench)[RECORD], "FastAPI async, orjson")


def datasette_cpu_ratio(bench: Bench) -> Measurement:
    """Measure CPU of Datasette ÷ CPU of Readout."""
    return cpu_ratio(measure_uncached(bench), "Datasette")


def fastapi_cpu_ratio(bench: Bench) -> Measurement:
    """Measure CPU of FastAPI ÷ CPU of Readout."""
    return cpu_ratio(measure_uncached(bench), "FastAPI, pydantic")


def rate_ratio(series: SeriesByServer, peer: str) -> Measurement:
    """Return the ratio of requests per second."""
    ours, theirs = (series[name].middle("rate") for name in ("Readout", peer))
    return Measurement(ours / theirs, f"{ours:,.0f} requests/s, {theirs:,.0f}")


def cpu_ratio(series: SeriesByServer, peer: str) -> Measurement:
    """Return the ratio of CPU per request."""
    ours, theirs = (series[name].middle("cpu") for name in ("Readout", peer))
    return Measurement(theirs / ours, f"{ours:,.0f} µs of CPU a page, {theirs:,.0f} µs")
