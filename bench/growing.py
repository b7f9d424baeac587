"""How long one client waits, at the size of an article and at that of everything."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import date
from itertools import islice
from random import Random
from statistics import median
from urllib.parse import urlencode

from bench.client import Client, high, told
from bench.data import ask
from bench.measured import Bench, Measured
from bench.pages import HIGHEST, everywhere, places, readout_page
from bench.servers import Server, ours
from bench.words import ADJECTIVES, NOUNS, VERBS

KINDS = ("", "&sort=-date", "&status=occurred")
"""The lists whose pages are asked for: in the usual order, backwards, and those that a filter lets through."""
SHORT = 10
"""Records a page where the article is asked, too, which has few."""
ASKED = 100
"""Requests a round."""
UNTIMED = 20
"""Requests of a kind that come before those that count."""
BEFORE_THE_FIRST = 1721424.5
"""The Julian day before 0001-01-01."""
SPANS = (30, 3650)
"""The shortest and the longest time asked for, in days."""


def growth(bench: Bench) -> Measured:
    """How many times as long the slowest hundredth of uncached pages takes at full size."""
    draw, number = Random(1), ASKED * bench.load.rounds * 2  # noqa: S311 - a sample, not a secret
    with ExitStack() as up:
        small, large = (up.enter_context(Server(ours(file))) for file in (bench.files.article, bench.files.big))
        one, other = (up.enter_context(Client(server, fresh=True)) for server in (small, large))
        few, many = pages(small, 1), pages(large, min(HIGHEST, bench.files.events // 1000))
        for client, paths in ((one, few), (other, many)):
            client.times(draw.choices(paths, k=UNTIMED * len(KINDS)))
        pairs = [(one.get(draw.choice(few)).took, other.get(draw.choice(many)).took) for _ in range(number)]
    article, full = (list(times) for times in zip(*pairs, strict=True))
    return Measured(high(full) / high(article), f"article: {told(article)}; full size: {told(full)}")


def pages(server: Server, step: int) -> list[str]:
    """Pages of every kind, each with as many records as the others."""
    found = []
    for kind in KINDS:
        walked = [place for place in islice(places(server, step, kind), ASKED) if place.left >= SHORT]
        found += [readout_page(place, SHORT, kind) for place in walked]
    return found


def far(bench: Bench) -> Measured:
    """How many times as long a page far into the list takes as the first."""
    with Server(ours(bench.files.big)) as server, Client(server, fresh=True) as client:
        place = everywhere(server, bench.files.events)[-1]
        there = readout_page(place)
        client.times(["/events", there] * UNTIMED)
        pairs = [(client.get("/events").took, client.get(there).took) for _ in range(ASKED * bench.load.rounds)]
    first, last = (list(times) for times in zip(*pairs, strict=True))
    return Measured(
        median(last) / median(first),
        f"page one: {told(first)}; beyond row {place.row:,}: {told(last)}",
    )


def filtered(bench: Bench) -> Measured:
    """The milliseconds within which 99 of 100 filtered pages come with their exact total."""
    questions = list(islice(linked(bench), ASKED * bench.load.rounds + UNTIMED))
    with Server(ours(bench.files.big)) as server, Client(server, fresh=True) as client:
        times = client.times(questions)[UNTIMED:]
    return Measured(high(times), told(times))


def linked(bench: Bench) -> Iterator[str]:
    """Lists of the events of a party in a time; parties are drawn as often as they take part."""
    parties = ask(bench.files.big, "select party, count(*) from events_participants group by party order by party")
    ((earliest, latest),) = ask(
        bench.files.big, "select julianday(min(date_earliest)), julianday(max(date_latest)) from events"
    )
    ids, weights = zip(*parties, strict=True)
    draw = Random(1)  # noqa: S311 - a sample, not a secret
    shortest, longest = SPANS
    while True:
        length = shortest * (longest / shortest) ** draw.random()
        since = draw.uniform(float(earliest), float(latest) - length)
        (party,) = draw.choices(ids, weights)
        yield "/events?" + urlencode({"party": party, "since": day(since), "until": day(since + length)})


def day(julian: float) -> str:
    """A Julian day as ISO 8601 has it."""
    return date.fromordinal(int(julian - BEFORE_THE_FIRST)).isoformat()


def search(bench: Bench) -> Measured:
    """The milliseconds that the slowest search takes."""
    with Server(ours(bench.files.big)) as server, Client(server, fresh=True) as client:
        client.get("/search?q=nothing")
        times = {words: client.get("/search?" + urlencode({"q": words})).took for words in searches()}
    slowest = max(times, key=lambda words: times[words])
    return Measured(times[slowest], f"{told(list(times.values()))}; the slowest is {slowest!r}")


def searches() -> Iterable[str]:
    """Words to search for, from the most common to the rarest, alone and several together; each is asked for once."""
    lists = (NOUNS, ADJECTIVES, VERBS)
    common, rare = ([word for words in lists for word in words[part]] for part in (slice(0, 10), slice(-10, None)))
    yield from (*common, *rare)
    yield from (f"{one} {other}" for one, other in zip(common, reversed(common), strict=True) if one != other)
    yield from (f"{one} {other}" for one, other in zip(common, rare, strict=True))
    yield from (" ".join(three) for three in zip(NOUNS[:10], ADJECTIVES[:10], VERBS[:10], strict=True))
