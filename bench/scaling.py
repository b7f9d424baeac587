"""Latency for a single client, at article size and at full size."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from itertools import count, islice
from random import Random
from statistics import median
from typing import NamedTuple
from urllib.parse import unquote, urlencode

from bench.client import Client, p99, summarize_times
from bench.data import query
from bench.pages import MAX_LIMIT, readout_page, spread_places, walk_places
from bench.servers import Server, readout
from bench.types import Bench, Measurement, measure_once
from bench.word_lists import ADJECTIVES, NOUNS, VERBS

KINDS = ("", "&sort=-date", "&status=occurred")
"""Lists whose pages are requested: default order, reverse order, and filtered."""
PAGE_SIZE = 10
"""Records per page, also for the article, which has few."""
REQUESTS_PER_ROUND = 100
"""Requests per round."""
DRAWN_REQUESTS, REPEATED_REQUESTS, REPETITIONS = 1000, 20, 4
"""Drawn filters or searches, how many of the slowest are measured again, and how often."""
FORMS, FORM_WEIGHTS = ("{}", '"{}"', "{}*", "{} OR talks", "{} -ceasefire"), (6, 1, 1, 1, 1)
"""Forms of searches: words, a phrase, a prefix, alternatives, an exclusion."""
WARMUP_REQUESTS = 20
"""Requests of each kind before the measured ones."""
JULIAN_DAY_ZERO = 1721424.5
"""Julian day before 0001-01-01."""
RANGE_DAYS = (30, 3650)
"""Shortest and longest date range, in days."""


def size_ratio(bench: Bench) -> Measurement:
    """Measure p99 of uncached pages at full size ÷ at article size."""
    draw, number = Random(1), REQUESTS_PER_ROUND * bench.load.rounds * 4  # noqa: S311 - a sample, not a secret
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


@measure_once
def measure_filters(bench: Bench) -> "DrawnTimes":
    """Time filtered pages."""
    return measure_drawn(bench, party_queries(bench))


def filter_p99(bench: Bench) -> Measurement:
    """Measure the 99th percentile of filtered pages with an exact total, in milliseconds."""
    times = list(measure_filters(bench).first.values())
    return Measurement(p99(times), summarize_times(times))


def slowest_filter(bench: Bench) -> Measurement:
    """Measure the slowest filtered page in milliseconds."""
    return measure_filters(bench).slowest()


def slowest_search(bench: Bench) -> Measurement:
    """Measure the slowest search in milliseconds."""
    return measure_drawn(bench, searches()).slowest()


class DrawnTimes(NamedTuple):
    """Durations in milliseconds of random requests: of each once, and of the slowest again from other servers."""

    first: dict[str, float]
    again: dict[str, list[float]]

    def slowest(self) -> Measurement:
        """Return the slowest request, by the median of its durations, so that a pause of the machine does not count."""
        medians = {path: median([self.first[path], *times]) for path, times in self.again.items()}
        slowest = max(medians, key=lambda path: medians[path])
        once = max(self.first.values())
        detail = (
            f"{summarize_times(list(self.first.values()))}, once {once:.1f} ms; the slowest is `{unquote(slowest)}`"
        )
        return Measurement(medians[slowest], detail)


def measure_drawn(bench: Bench, paths: Iterator[str]) -> DrawnTimes:
    """Time many requests once each, and the slowest of them again, each time on a new server that has no totals yet."""
    warming, drawn = list(islice(paths, WARMUP_REQUESTS)), list(islice(paths, DRAWN_REQUESTS))
    first = dict(zip(drawn, time_requests(bench, warming, drawn), strict=True))
    slowest = sorted(first, key=lambda path: first[path])[-REPEATED_REQUESTS:]
    repeated = [time_requests(bench, warming, slowest) for _ in range(REPETITIONS)]
    return DrawnTimes(
        first, {path: list(times) for path, times in zip(slowest, zip(*repeated, strict=True), strict=True)}
    )


def time_requests(bench: Bench, warming: list[str], paths: list[str]) -> list[float]:
    """Return the durations of requests, from a new server."""
    with Server(readout(bench.files.big)) as server, Client(server, fresh=True) as client:
        client.times(warming)
        return client.times(paths)


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


def searches() -> Iterator[str]:
    """Yield distinct searches without end: common and rare words, then up to four random words in all forms."""
    lists, draw = (NOUNS, ADJECTIVES, VERBS), Random(1)  # noqa: S311 - a sample, not a secret
    words, weights = zip(*((word, 1 / rank) for words in lists for rank, word in enumerate(words, 1)), strict=True)
    seen = set()
    singles = [words[place] for words in lists for place in (0, 1, 2, -2, -1)]
    for number in count():
        drawn = singles[number : number + 1] or draw.choices(words, weights, k=draw.randint(1, 4))
        terms = " ".join(dict.fromkeys(drawn))
        form = draw.choices(FORMS, FORM_WEIGHTS)[0]
        query = form.format(terms) if number >= len(singles) else terms
        if query not in seen:
            seen.add(query)
            yield "/search?" + urlencode({"q": query})
