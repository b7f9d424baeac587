"""What the clients of the soak ask, by kind: each kind a stream of questions that never ends."""

import json
from collections.abc import Callable, Generator, Iterable, Sequence
from itertools import count
from random import Random
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from bench import words
from bench.servers import HOST
from bench.soak.asking import NOT_MODIFIED, Question, Raw, Told

Questions = Generator[Question | Raw, Told | None, None]
"""Questions, each of which may depend on the last answer, which is None where there was none to be had."""

EVENTS = 2000
"""How many events are invented beside the article."""
PARTY, VIEW = "/parties/putin", "/proposals/full-truce/standing"
POPULAR = {
    PARTY: 30,
    "/parties/trump?fields=id,role,revision": 10,
    "/events/trump-putin-call": 10,
    "/events": 10,
    "/parties?principal=russia": 10,
    "/positions?principal=ukraine&include=proposal": 5,
    VIEW: 10,
    "/matrix?negotiation=ukraine-war-settlement": 4,
    "/events/trump-putin-call/accounts": 4,
    "/search?q=hockey": 3,
    "/positions.csv?principal=ukraine": 3,
    "/openapi.json": 1,
}
"""Paths with how often they are asked for. A list as CSV is a stream, which is never held, and popular all the same."""
MARKED = {PARTY, "/parties/trump?fields=id,role,revision", "/parties?principal=russia"}
CODINGS = ("gzip", "gzip, zstd", "identity")
AGAIN, HEAD = 0.4, 0.05
"""How often a client asks for what it has, and how often for the headers alone."""
PAGES = 6
"""How many pages of a list one client walks."""
LONG, MANY, LARGE = 9000, 200, 70_000
"""More bytes of a path, more headers and more bytes of one than are taken."""


def cached(draw: Random, _bundle: bytes) -> Questions:
    """The same few questions again and again, in every coding, often by clients that have the answer already."""
    held: dict[tuple[str, str], Told] = {}
    paths, weights = list(POPULAR), list(POPULAR.values())
    while True:
        (path,), coding = draw.choices(paths, weights), draw.choice(CODINGS)
        headers = {"Host": HOST, "Accept-Encoding": coding}
        has = held.get((path, coding))
        if has and has.etag and draw.random() < AGAIN:
            again = {**headers, "If-None-Match": has.etag}
            told = yield Question(path, again, (200, NOT_MODIFIED), marked=path in MARKED, held=has.edition)
        elif draw.random() < HEAD:
            yield Question(path, headers, method="HEAD")
            continue
        else:
            told = yield Question(path, headers, marked=path in MARKED)
        if told and told.status != NOT_MODIFIED:
            held[path, coding] = told._replace(body=b"")


def uncached(draw: Random, _bundle: bytes) -> Questions:
    """Questions that nobody asked before: filters, searches, orders, walks through lists, and under another name."""
    for number in count():
        match number % 8:
            case 0:
                yield Question(PARTY, {"Host": f"h{number}-{draw.getrandbits(64):x}.{HOST}"}, marked=True)
            case 1:
                yield Question(f"/events?{urlencode({'q': sought(draw), 'limit': draw.randint(1, 100)})}")
            case 2:
                yield Question(f"/search?{urlencode({'q': sought(draw)})}")
            case 3:
                yield Question(f"{VIEW}?as_of={day(draw)}")
            case 4:
                yield Question(f"/statements?since={day(draw)}&sort=-date,id&include=proposals&limit=20")
            case 5:
                yield Question(f"/events/event-{draw.randrange(EVENTS)}?include=statements&fields=id,title,kind")
            case 6:
                yield Question(f"/positions?party=party-{draw.randrange(20)}&until={day(draw)}&facet=stance,party")
            case _:
                yield from walk(f"/events?since={day(draw)}&sort=title&limit={draw.randint(10, 60)}")


def walk(path: str) -> Questions:
    """The pages of a list, one after the other."""
    for _ in range(PAGES):
        told = yield Question(path)
        following = json.loads(told.body)["page"]["next"] if told else None
        if following is None:
            return
        address = urlsplit(following)
        path = f"{address.path}?{address.query}"


def streams(draw: Random, _bundle: bytes) -> Questions:
    """Lists and exports as files: read whole, read slowly, and left half-way."""
    while True:
        day_, kind = day(draw), draw.choice(("call", "talks", "meeting", "statement"))
        yield Question("/parties.ndjson", marked=True)
        yield Question(f"/events.csv?kind={kind}&since={day_}")
        yield Question("/export/readout.ndjson", marked=True, read="slowly")
        yield Question(f"/timeline.csv?since={day_}", read="partly")
        yield Question("/parties.csv", {"Accept-Encoding": "gzip"}, marked=True)
        yield Question("/events.ndjson", read="partly")
        yield Question(f"/statements.csv?since={day_}", read="slowly")
        yield Question(f"/events.ics?kind={kind}", {"Accept-Encoding": "zstd"})
        yield Question("/export/readout.db", read="partly")
        yield Question("/export/readout.zip")


def bad(draw: Random, _bundle: bytes) -> Questions:
    """Questions that are refused, and bytes that are none."""
    while True:
        yield draw.choice(REFUSED)


def checks(draw: Random, bundle: bytes) -> Questions:
    """Bundles handed in to be checked: a sound one, and garbage of every sort."""
    kind = {"Content-Type": "application/json"}
    for number in count():
        garbage = draw.randbytes(draw.randint(1, 5000))
        yield Question("/check", kind, method="POST", body=bundle)
        yield Question("/check", kind, (400,), "POST", garbage)
        yield Question("/check", kind, (422,), "POST", json.dumps({"sources": number, "parties": [{}]}).encode())
        yield Question("/check", {"Content-Type": "text/plain"}, (415,), "POST", garbage)


class Kind(NamedTuple):
    """A kind of questions: how many come in a second, and how many clients share them."""

    name: str
    asks: Callable[[Random, bytes], Questions]
    rate: float
    clients: int

    def row(self) -> tuple[object, ...]:
        """What there is to tell of it."""
        return self.name, f"{self.rate:g}", self.clients, self.asks.__doc__


KINDS = (
    Kind("cached", cached, 260, 10),
    Kind("uncached", uncached, 30, 8),
    Kind("streams", streams, 0.5, 8),
    Kind("bad", bad, 10, 4),
    Kind("checks", checks, 0.5, 2),
)


def request(line: str, *headers: str, body: str = "") -> bytes:
    """The bytes of a request, right or wrong."""
    return "\r\n".join((line, "Host: x", *headers, "", body)).encode("latin-1")


def sought(draw: Random) -> str:
    """Two words, which may or may not be found together."""
    return f"{draw.choice(words.NOUNS)} {draw.choice(words.ADJECTIVES)}"


def day(draw: Random) -> str:
    """Any day of twenty years."""
    return f"{draw.randint(2006, 2025)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"


def wrong(status: int, paths: Iterable[str], **more: Any) -> list[Question | Raw]:
    """Questions that are refused with a status."""
    return [Question(path, statuses=(status,), **more) for path in paths]


def malformed(status: int, sent: Iterable[bytes]) -> list[Question | Raw]:
    """Bytes that are refused with a status."""
    return [Raw(each, status) for each in sent]


POST, CHUNKED = ("POST /check HTTP/1.1", "Content-Type: application/json"), "Transfer-Encoding: chunked"
REFUSED: Sequence[Question | Raw] = [
    *wrong(400, ("/events?knd=call", "/events?kind=cal", "/events?limit=0", "/events?cursor=abc", "/search")),
    *wrong(400, ("/events?since=2025-13-45", "/events?sort=colour", "/matrix?as_of=x", "/events?limit=1&limit=2")),
    *wrong(404, ("/nowhere", "/parties/nobody", "/events.xml", "/parties/%00", "/parties/%2e%2e%2fpasswd")),
    *wrong(405, ("/events", PARTY), method="PUT"),
    *wrong(405, ("/events", "/export/readout.db"), method="DELETE"),
    *wrong(406, ("/events",), headers={"Accept": "image/png"}),
    *malformed(400, (b"GARBAGE\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")),
    *malformed(
        400, (request("GET / HTTP/3.7"), request("GET /\xff\xfe HTTP/1.1"), request("GET / HTTP/1.1", "A B: 1"))
    ),
    *malformed(400, (request(*POST, "Content-Length: 5", CHUNKED, body="2\r\n[]\r\n0\r\n\r\n"),)),
    *malformed(400, (request(*POST, "Content-Length: 5", "Content-Length: 6", body="[    ]"),)),
    *malformed(400, (request(*POST, CHUNKED, body="zz\r\n[]\r\n0\r\n\r\n"),)),
    *malformed(414, (request(f"GET /{'a' * LONG} HTTP/1.1"),)),
    *malformed(431, (request("GET / HTTP/1.1", *(f"X-{number}: a" for number in range(MANY))),)),
    *malformed(431, (request("GET / HTTP/1.1", f"X: {'a' * LARGE}"),)),
]
