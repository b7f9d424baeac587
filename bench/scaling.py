"""Latency for a single client, at article size and at full size."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import date
from itertools import islice
from random import Random
from statistics import median
from urllib.parse import urlencode

from bench.client import Client, p99, summarize_times
from bench.data import query
from bench.pages import MAX_LIMIT, readout_page, spread_places, walk_places
from bench.servers import Server, readout
from bench.types import Bench, Measurement
from bench.word_lists import ADJECTIVES, NOUNS, VERBS

KINDS = ("", "&sort=-date", "&status=occurred")
"""Lists whose pages are requested: default order, reverse order, and filtered."""
PAGE_SIZE = 10
"""Records per page, also for the article, which has few."""
REQUESTS_PER_ROUND = 100
"""Requests per round."""
WARMUP_REQUESTS = 20
"""Requests of each kind before the measured ones."""
JULIAN_DAY_ZERO = 1721424.5
"""Julian day before 0001-01-01."""
RANGE_DAYS = (30, 3650)
"""Shortest and longest date range, in days."""


def size_ratio(bench: Bench) -> Measurement:
    """Measure p99 of uncached pages at full size ÷ at article size."""
    draw, number = Random(1), REQUESTS_PER_ROUND * bench.load.rounds * 2  # noqa: S311 - a sample, not a secret
    with ExitStack() as up:
        small, large = (up.enter_context(Server(readout(file))) for file in (bench.files.article, bench.files.big))
        one, other = (up.enter_context(Client(server, fresh=True)) for server in (small, large))
        few, many = sample_pages(small, 1), sample_pages(large, min(MAX_LIMIT, bench.files.events // 1000))
        for client, paths in ((one, few), (other, many)):
            client.times(draw.choices(paths, k=WARMUP_REQUESTS * len(KINDS)))
        pairs = [(one.get(draw.choice(few)).took, other.get(draw.choice(many)).took) for _ in range(number)]
    article, full = (list(times) for times in zip(*pairs, strict=True))
    return Measurement(
        p99(full) / p99(article), f"article: {summarize_times(article)}; full size: {summarize_times(full)}"
    )


def sample_pages(server: Server, step: int) -> list[str]:
    """Return pages of every kind with the same number of records."""
    paths = []
    for kind in KINDS:
        walked = [
            place for place in islice(walk_places(server, step, kind), REQUESTS_PER_ROUND) if place.left >= PAGE_SIZE
        ]
        paths += [readout_page(place, PAGE_SIZE, kind) for place in walked]
    return paths


def depth_ratio(bench: Bench) -> Measurement:
    """Measure the median of a page deep in the list ÷ the first page."""
    with Server(readout(bench.files.big)) as server, Client(server, fresh=True) as client:
        place = spread_places(server, bench.files.events)[-1]
        deep = readout_page(place)
        client.times(["/events", deep] * WARMUP_REQUESTS)
        pairs = [
            (client.get("/events").took, client.get(deep).took) for _ in range(REQUESTS_PER_ROUND * bench.load.rounds)
        ]
    first, last = (list(times) for times in zip(*pairs, strict=True))
    return Measurement(
        median(last) / median(first),
        f"page one: {summarize_times(first)}; beyond row {place.row:,}: {summarize_times(last)}",
    )


def filter_p99(bench: Bench) -> Measurement:
    """Measure the 99th percentile of filtered pages with an exact total, in milliseconds."""
    requests = list(islice(party_queries(bench), REQUESTS_PER_ROUND * bench.load.rounds + WARMUP_REQUESTS))
    with Server(readout(bench.files.big)) as server, Client(server, fresh=True) as client:
        times = client.times(requests)[WARMUP_REQUESTS:]
    return Measurement(p99(times), summarize_times(times))


def party_queries(bench: Bench) -> Iterator[str]:
    """Yield lists of events by party and date range; parties are drawn as often as they take part."""
    parties = query(bench.files.big, "select party, count(*) from events_participants group by party order by party")
    ((earliest, latest),) = query(
        bench.files.big, "select julianday(min(date_earliest)), julianday(max(date_latest)) from events"
    )
    ids, weights = zip(*parties, strict=True)
    draw = Random(1)  # noqa: S311 - a sample, not a secret
    shortest, longest = RANGE_DAYS
    while True:
        length = shortest * (longest / shortest) ** draw.random()
        since = draw.uniform(float(earliest), float(latest) - length)
        (party,) = draw.choices(ids, weights)
        yield "/events?" + urlencode({"party": party, "since": iso_date(since), "until": iso_date(since + length)})


def iso_date(julian: float) -> str:
    """Convert a Julian day to ISO 8601."""
    return date.fromordinal(int(julian - JULIAN_DAY_ZERO)).isoformat()


def slowest_search(bench: Bench) -> Measurement:
    """Measure the slowest search in milliseconds."""
    with Server(readout(bench.files.big)) as server, Client(server, fresh=True) as client:
        client.get("/search?q=nothing")
        times = {words: client.get("/search?" + urlencode({"q": words})).took for words in search_terms()}
    slowest = max(times, key=lambda words: times[words])
    return Measurement(times[slowest], f"{summarize_times(list(times.values()))}; the slowest is {slowest!r}")


def search_terms() -> Iterable[str]:
    """Yield search terms from common to rare, single and combined, each once."""
    lists = (NOUNS, ADJECTIVES, VERBS)
    common, rare = ([word for words in lists for word in words[part]] for part in (slice(0, 10), slice(-10, None)))
    yield from (*common, *rare)
    yield from (f"{one} {other}" for one, other in zip(common, reversed(common), strict=True) if one != other)
    yield from (f"{one} {other}" for one, other in zip(common, rare, strict=True))
    yield from (" ".join(three) for three in zip(NOUNS[:10], ADJECTIVES[:10], VERBS[:10], strict=True))
