"""Requests per second and CPU per request, compared with the upper limit and with other frameworks."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any

from bench import servers
from bench.equality import is_equal, record_responses, require_same_page
from bench.load import Series
from bench.pages import datasette_page, fastapi_page, readout_page, spread_places
from bench.servers import RAW_ASGI, MeasurementFailed, Server
from bench.types import Bench, Measurement, measure_once

RECORD, PAGE, VIEW, HTML = "/events/trump-putin-call", "/events", "/matrix", "/events/trump-putin-call.html"
REQUESTS = {RECORD: "cached record", PAGE: "cached page", VIEW: "cached view", HTML: "cached HTML page"}
HTML_SERVER = "Readout, as HTML"
COMPARED_PAGES = 3
"""Number of pages compared before measuring."""

SeriesByServer = Mapping[str, Series]


@measure_once
def measure_cached(bench: Bench) -> Mapping[str, SeriesByServer]:
    """Measure cached responses; return series by path and server."""
    with ExitStack() as up:
        start = up.enter_context
        ours = start(Server(servers.readout(bench.files.article)))
        recording = start(record_responses(ours, list(REQUESTS)))
        asgi, flask = (start(Server(peer(recording))) for peer in (servers.raw_asgi, servers.bare_flask))
        fastapi = start(Server(servers.fastapi_record(bench.files.article)))
        peers_by_path = {RECORD: [asgi, fastapi], PAGE: [asgi, flask], VIEW: [asgi], HTML: [asgi]}
        series = {
            path: bench.load.compare(
                REQUESTS[path],
                {server: [path] for server in (ours, *(peer for peer in peers if is_equal(ours, peer, path)))},
            )
            for path, peers in peers_by_path.items()
        }
    bench.series.extend(one for each in series.values() for one in each.values())
    return series


@measure_once
def measure_uncached(bench: Bench) -> SeriesByServer:
    """Measure pages that are never requested twice; return series by server."""
    with ExitStack() as up:
        ours, html, fastapi, datasette = (
            up.enter_context(Server(program))
            for program in (
                servers.readout(bench.files.big),
                servers.readout(bench.files.big, HTML_SERVER),
                servers.fastapi_page(bench.files.big),
                servers.datasette(bench.files.big),
            )
        )
        walked = spread_places(ours, bench.files.events)
        name = bench.files.big.stem
        for place in walked[:: len(walked) // COMPARED_PAGES]:
            require_same_page(place, ours, fastapi, datasette, name)
        targets = {
            ours: [readout_page(place) for place in walked],
            html: [readout_page(place, suffix=".html") for place in walked],
            fastapi: [fastapi_page(place) for place in walked],
            datasette: [datasette_page(name, place) for place in walked],
        }
        series = bench.load.compare("uncached page of 50", targets, fresh=True)
    bench.series.extend(series.values())
    return series


def ratio_to_raw_asgi(bench: Bench) -> Measurement:
    """Measure the lowest ratio of rates to the raw ASGI function, of the responses that programs ask for."""
    measured = measure_cached(bench)
    shares = {REQUESTS[path]: rate_ratio(measured[path], RAW_ASGI).value for path in (RECORD, PAGE, VIEW)}
    return Measurement(min(shares.values()), ", ".join(f"{request} {share:.2f}" for request, share in shares.items()))


def html_ratio_to_raw_asgi(bench: Bench) -> Measurement:
    """Measure the ratio of rates to the raw ASGI function, of a page for browsers."""
    return rate_ratio(measure_cached(bench)[HTML], RAW_ASGI)


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


def html_cpu_ratio(bench: Bench) -> Measurement:
    """Measure CPU of a page for browsers ÷ CPU of the same page as JSON."""
    return cpu_ratio(measure_uncached(bench), HTML_SERVER)


def worst_imbalance(bench: Bench) -> Measurement:
    """Measure the largest ratio between the responses of two workers in any round."""
    ours = [series["Readout"] for series in (*measure_cached(bench).values(), measure_uncached(bench))]
    return worst_round(ours)


def worst_imbalance_on_one_core(bench: Bench) -> Measurement:
    """Measure the same for workers that get the same time from the scheduler."""
    with Server(servers.readout(bench.files.article)) as ours, pinned(ours.workers()):
        series = bench.load.compare("workers on one core", {ours: [RECORD]})
    return worst_round(series.values())


def worst_round(all_series: Iterable[Series]) -> Measurement:
    """Return the largest ratio between the responses of two workers in any round."""
    ratios = sorted(each.imbalance for series in all_series for each in series.rounds)
    return Measurement(ratios[-1], f"{len(ratios)} rounds, median {median(ratios):.2f}")


@contextmanager
def pinned(workers: Iterable[Any]) -> Iterator[None]:
    """Keep workers on one core, and this process and wrk on another. Raises MeasurementFailed if there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) == 1:
        raise MeasurementFailed("needs two cores")
    for worker in workers:
        worker.cpu_affinity(cores[:1])
    os.sched_setaffinity(0, cores[1:2])
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def rate_ratio(series: SeriesByServer, peer: str) -> Measurement:
    """Return the ratio of requests per second."""
    ours, theirs = middle_pair(series, peer, "rate")
    return Measurement(ours / theirs, f"{ours:,.0f} requests/s, {theirs:,.0f}")


def cpu_ratio(series: SeriesByServer, peer: str) -> Measurement:
    """Return the ratio of CPU per request."""
    ours, theirs = middle_pair(series, peer, "cpu")
    return Measurement(theirs / ours, f"{ours:,.0f} µs of CPU a page, {theirs:,.0f} µs")


def middle_pair(series: SeriesByServer, peer: str, of: str) -> tuple[float, float]:
    """Return the medians of Readout and a peer. Raises MeasurementFailed if the peer was not measured."""
    if peer not in series:
        raise MeasurementFailed(f"{peer} was not measured")
    return series["Readout"].middle(of), series[peer].middle(of)
